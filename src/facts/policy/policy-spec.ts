import type { Fact, NetworkPolicyObject, Source } from '../model.js';
import type { JsonObject } from '../parsers/json-shape.js';
import { isObject, objectOf } from '../parsers/json-shape.js';
import type { IpBlock } from './ip-block.js';
import { parseIpBlock } from './ip-block.js';
import type { PolicyPort } from './policy-port.js';
import { parsePolicyPort } from './policy-port.js';
import type { LabelSelector } from './selector.js';
import { parseSelector, selectorOfLabels } from './selector.js';

export type Direction = 'ingress' | 'egress';
export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** An entry of `from` or `to`. */
export type Peer =
  /** Selectors that are there are ANDed; pods without a namespaceSelector are of the policy's own namespace. */
  | { kind: 'selectors'; pods?: LabelSelector; namespaces?: LabelSelector }
  | { kind: 'block'; block: IpBlock }
  | { kind: 'malformed' };

/** A rule of `ingress` or `egress`. */
export interface Rule {
  /** Entries are ORed; `all` where none are listed. */
  peers: 'all' | readonly Peer[];
  /** Entries are ORed; `all` where none are listed. */
  ports: 'all' | readonly PolicyPort[];
  /** It holds something that Kubernetes would not accept, beside what could be read. */
  malformed: boolean;
}

/** A NetworkPolicy of networking.k8s.io, read once. */
export interface ParsedPolicy {
  namespace: string;
  name: string;
  source: Source;
  selector: LabelSelector;
  /** Whether it isolates the pods that it selects; undefined where that is not known. */
  isolates: Readonly<Record<Direction, boolean | undefined>>;
  /** What it allows; undefined where that is not known. */
  rules: Readonly<Record<Direction, readonly Rule[] | undefined>>;
  /** Read from a table, which shows no rules. */
  partial: boolean;
}

export function parsePolicy({ value, source }: Fact<NetworkPolicyObject>): ParsedPolicy {
  const { namespace, name } = value;
  if (value.partial === true) {
    const selector = value.complexSelector
      ? { requirements: [], malformed: true }
      : selectorOfLabels(value.podSelector);
    const unknown = { ingress: undefined, egress: undefined };
    return { namespace, name, source, selector, isolates: unknown, rules: unknown, partial: true };
  }
  const spec = isObject(value.spec) ? value.spec : undefined;
  const read = objectOf(spec);
  return {
    namespace,
    name,
    source,
    selector: spec === undefined ? { requirements: [], malformed: true } : parseSelector(spec.podSelector),
    isolates: spec === undefined ? { ingress: undefined, egress: undefined } : isolatedBy(read),
    rules: { ingress: rulesOf(read.ingress, 'from'), egress: rulesOf(read.egress, 'to') },
    partial: false,
  };
}

/**
 * The directions of policyTypes. Without any: ingress always, and egress where there are egress rules (an empty list is
 * none: SetDefaults_NetworkPolicy of Kubernetes' pkg/apis/networking/v1).
 */
function isolatedBy(spec: JsonObject): ParsedPolicy['isolates'] {
  const types = spec.policyTypes ?? [];
  if (!Array.isArray(types)) return { ingress: undefined, egress: undefined };
  if (types.length === 0) {
    const egress = spec.egress ?? [];
    return { ingress: true, egress: Array.isArray(egress) ? egress.length > 0 : undefined };
  }
  // What is none of the two may have been meant as either.
  const other = types.every((type) => type === 'Ingress' || type === 'Egress') ? false : undefined;
  return {
    ingress: types.includes('Ingress') ? true : other,
    egress: types.includes('Egress') ? true : other,
  };
}

function rulesOf(value: unknown, peersKey: 'from' | 'to'): readonly Rule[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  return value.map((rule) => ruleOf(rule, peersKey));
}

function ruleOf(value: unknown, peersKey: 'from' | 'to'): Rule {
  if (!isObject(value)) return { peers: 'all', ports: 'all', malformed: true };
  const { [peersKey]: peers, ports, ...others } = value;
  return {
    peers: listOf(peers, peerOf),
    ports: listOf(ports, parsePolicyPort),
    // A misspelt `from` would otherwise be a rule that allows everybody.
    malformed: Object.keys(others).length > 0 || !isList(peers) || !isList(ports),
  };
}

function isList(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}

function listOf<T>(value: unknown, parse: (one: unknown) => T): 'all' | readonly T[] {
  return Array.isArray(value) && value.length > 0 ? value.map((one) => parse(one)) : 'all';
}

/** The API takes an ipBlock alone, or selectors: at least one, at most both. */
function peerOf(value: unknown): Peer {
  if (!isObject(value)) return { kind: 'malformed' };
  const { podSelector, namespaceSelector, ipBlock, ...others } = value;
  const pods = podSelector ?? undefined;
  const namespaces = namespaceSelector ?? undefined;
  const block = ipBlock ?? undefined;
  if (Object.keys(others).length > 0) return { kind: 'malformed' };
  if (block !== undefined) {
    return pods === undefined && namespaces === undefined
      ? { kind: 'block', block: parseIpBlock(block) }
      : { kind: 'malformed' };
  }
  if (pods === undefined && namespaces === undefined) return { kind: 'malformed' };
  return {
    kind: 'selectors',
    ...(pods === undefined ? {} : { pods: parseSelector(pods) }),
    ...(namespaces === undefined ? {} : { namespaces: parseSelector(namespaces) }),
  };
}
