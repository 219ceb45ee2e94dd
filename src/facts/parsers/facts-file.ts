import { isMap, isScalar, isSeq } from 'yaml';
import type { RecordName, Scalar } from '../model.js';
import { CLUSTER } from '../model.js';
import { isSubject, plainText, probeOf, subjectNamed, yesOrNo } from './fact-values.js';
import { isObject } from './json-shape.js';
import { readLimitedYaml } from './limited-yaml.js';
import { isoTime } from './log-time.js';
import type { Command, FactSink, Parser } from './parser.js';

const MAX_PROBLEMS = 50;
/** What begins like JSON and is none is read as YAML's flow style up to this size; above it is a cut facts.json. */
const MAX_FLOW_STYLE = 1024 * 1024;

const CLUSTER_KEYS = [
  'cni',
  'cniMode',
  'kubeProxyMode',
  'podCIDR',
  'serviceCIDR',
  'kubernetesVersion',
  'os',
  'kernel',
] as const;

/** Names that hold structured records: a bare value under one of them would mislead whoever reads the records. */
const RECORD_NAMES: Readonly<Record<RecordName, true>> = {
  link: true,
  address: true,
  route: true,
  rule: true,
  neighbour: true,
  fdb: true,
  'bridge-port': true,
  'iptables-chain': true,
  'iptables-rule': true,
  'nft-rule': true,
  'nft-chain': true,
  'nft-set': true,
  socket: true,
  conntrack: true,
  probe: true,
  capture: true,
  'address-claim': true,
  'resolv-conf': true,
  'node-object': true,
  'pod-object': true,
  'service-object': true,
  'endpoints-object': true,
  'networkpolicy-object': true,
  'namespace-object': true,
  'workload-object': true,
  'configmap-object': true,
  'webhook-object': true,
  'egress-object': true,
  'proxy-variables': true,
  'ingress-object': true,
  'ingressclass-object': true,
  event: true,
  'log-event': true,
  'answered-lookup': true,
  change: true,
  'ipvs-service': true,
  ipset: true,
  'nic-config': true,
  'cni-config': true,
  qdisc: true,
  bond: true,
};

/**
 * `facts.yaml` or `facts.json`: what the reporter says of the cluster, what reached what, what was changed, answers of the
 * questionnaire, and plain facts of collectors. An entry that is wrong costs itself and is reported with its line.
 */
export const factsFile: Parser = {
  id: 'facts-file',
  provides: [],
  reads: ({ program }: Command) => /^(?:facts-file|facts\.(?:ya?ml|json))$/.test(program),
  recognises: (head) =>
    head.some((line) => /^"?version"?\s*:\s*1\b/.test(line)) &&
    head.some((line) => /^(?:cluster|reachability|complaint|answers|statements|facts)\s*:/.test(line)),
  parse({ text }, sink) {
    const braced = /^[\uFEFF\s]*\{/.test(text.slice(0, 4096));
    const root = braced ? readJson(text, sink) : undefined;
    if (braced && root === undefined && text.length > MAX_FLOW_STYLE) {
      sink.problem(1, 'not JSON: the file is malformed or cut');
      return;
    }
    const read = root ?? readYaml(text, sink);
    if (read !== undefined) new FactsReader(read, sink).read();
  },
};

/** A parsed file, and the line of an entry in it: `line('reachability', 3)`. */
interface Root {
  value: Readonly<Record<string, unknown>>;
  line(key: string, entry?: string | number): number;
}

/** Undefined where it is no JSON: YAML's flow style also begins with a brace. */
function readJson(text: string, sink: FactSink): Root | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return undefined;
  }
  if (isObject(value)) return { value, line: () => 1 };
  sink.problem(1, 'facts are to be an object');
  return { value: {}, line: () => 1 };
}

function readYaml(text: string, sink: FactSink): Root | undefined {
  const read = readLimitedYaml(text, 'facts.json', (line, message) => sink.problem(line, message));
  if (read === undefined) return undefined;
  const { contents } = read;
  if (!isMap(contents)) {
    if (contents !== null) sink.problem(1, 'facts are to be a mapping');
    return undefined;
  }
  const nodes = new Map<string, { key: unknown; value: unknown }>();
  const value: Record<string, unknown> = {};
  for (const pair of contents.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (key === '__proto__') continue;
    nodes.set(key, pair);
    value[key] = read.plain(pair.value);
  }
  return {
    value,
    line(key, entry) {
      const pair = nodes.get(key);
      const child = entry === undefined ? undefined : childOf(pair?.value, entry);
      return read.lineOf(child ?? pair?.key);
    },
  };
}

function childOf(node: unknown, entry: string | number): unknown {
  if (isSeq(node)) return typeof entry === 'number' ? node.items[entry] : undefined;
  return isMap(node)
    ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === entry)?.key
    : undefined;
}

class FactsReader {
  readonly #root: Root;
  readonly #sink: FactSink;
  #problems = 0;

  constructor(root: Root, sink: FactSink) {
    this.#root = root;
    this.#sink = sink;
  }

  read(): void {
    for (const [key, value] of Object.entries(this.#root.value)) {
      if (value === null || value === undefined) continue;
      switch (key) {
        case 'version':
          if (plainText(value) !== '1')
            this.#problem(`version ${JSON.stringify(value)?.slice(0, 20)} is not known: read as version 1`, key);
          break;
        case 'cluster':
          this.#cluster(value);
          break;
        case 'complaint':
          if (plainText(value) === undefined) this.#problem('`complaint` is to be a text', key);
          else this.#sink.fact('complaint', plainText(value)!, this.#root.line(key), { subject: CLUSTER });
          break;
        case 'incident':
          this.#incident(value);
          break;
        case 'changes':
          this.#each(key, value, (entry, index) => this.#change(entry, index));
          break;
        case 'reachability':
          this.#each(key, value, (entry, index) => this.#reachability(entry, index));
          break;
        case 'answers':
          this.#answers(value);
          break;
        case 'statements':
          this.#each(key, value, (entry, index) => this.#statement(entry, index));
          break;
        case 'facts':
          this.#each(key, value, (entry, index) => this.#fact(entry, index));
          break;
        default:
          this.#problem(`\`${key.slice(0, 60)}\` is not known here: left out`, key);
      }
    }
    if (this.#problems > MAX_PROBLEMS)
      this.#sink.problem(1, `${this.#problems - MAX_PROBLEMS} more entries of this file are wrong`);
  }

  #problem(message: string, key: string, entry?: string | number): void {
    this.#problems += 1;
    if (this.#problems <= MAX_PROBLEMS) this.#sink.problem(this.#root.line(key, entry), message);
  }

  #each(key: string, value: unknown, read: (entry: unknown, index: number) => void): void {
    if (!Array.isArray(value)) {
      this.#problem(`\`${key}\` is to be a list`, key);
      return;
    }
    for (let i = 0; i < value.length; i += 1) {
      read(value[i], i);
      // A matrix of a hundred thousand entries need not be in memory twice.
      value[i] = undefined;
    }
  }

  #cluster(value: unknown): void {
    if (!isObject(value)) {
      this.#problem('`cluster` is to be a mapping', 'cluster');
      return;
    }
    for (const [key, one] of Object.entries(value)) {
      if (one === null || one === undefined) continue;
      const text = plainText(Array.isArray(one) && one.every((part) => typeof part === 'string') ? one.join(',') : one);
      if (!CLUSTER_KEYS.some((known) => known === key))
        this.#problem(`\`cluster.${key.slice(0, 60)}\` is not known: left out`, 'cluster', key);
      else if (text === undefined) this.#problem(`\`cluster.${key}\` is to be a text`, 'cluster', key);
      else this.#sink.fact(key, text, this.#root.line('cluster', key), { subject: CLUSTER });
    }
  }

  #incident(value: unknown): void {
    if (!isObject(value)) {
      this.#problem('`incident` is to be a mapping with from and to', 'incident');
      return;
    }
    for (const key of ['from', 'to'] as const) {
      const text = plainText(value[key]);
      if (text === undefined) continue;
      this.#sink.fact(`incident.${key}`, isoTime(text) ?? text, this.#root.line('incident', key), { subject: CLUSTER });
    }
  }

  #change(entry: unknown, index: number): void {
    const object = isObject(entry) ? entry : { what: entry };
    const what = plainText(object.what);
    if (what === undefined) {
      this.#problem('a change without `what`', 'changes', index);
      return;
    }
    const on = object.on === undefined || object.on === null ? undefined : subjectNamed(object.on);
    if (on === undefined && object.on !== undefined && object.on !== null)
      this.#problem('`on` is not a subject such as node/n1: left out', 'changes', index);
    const at = isoTime(plainText(object.at) ?? '');
    if (at === undefined && plainText(object.at) !== undefined)
      this.#problem('`at` is not a time of ISO 8601: left out', 'changes', index);
    this.#sink.record('change', on === undefined ? { what } : { what, on }, this.#root.line('changes', index), {
      subject: CLUSTER,
      ...(at === undefined ? {} : { at }),
    });
  }

  #reachability(entry: unknown, index: number): void {
    const read = probeOf(entry);
    // A probe that was not made is unknown, which is what no fact at all says.
    if (read === 'unknown') return;
    if ('wrong' in read) {
      this.#problem(`this entry of reachability ${read.wrong}`, 'reachability', index);
      return;
    }
    for (const warning of read.warnings) this.#problem(warning, 'reachability', index);
    this.#sink.record('probe', read.probe, this.#root.line('reachability', index), {
      subject: CLUSTER,
      ...(read.at === undefined ? {} : { at: read.at }),
    });
  }

  #answers(value: unknown): void {
    if (!isObject(value)) {
      this.#problem('`answers` is to be a mapping of question ids to yes, no or unknown', 'answers');
      return;
    }
    for (const [id, given] of Object.entries(value)) {
      const line = this.#root.line('answers', id);
      const answer = yesOrNo(given);
      if (answer === undefined)
        this.#problem(`the answer to ${JSON.stringify(id.slice(0, 60))} is not yes, no or unknown`, 'answers', id);
      else if (answer === null)
        this.#sink.unknown(`answer.${id}`, 'the reporter does not know', line, { subject: CLUSTER });
      else this.#sink.fact(`answer.${id}`, answer, line, { subject: CLUSTER });
    }
  }

  /** What a person says of an evidence, without the output that would show it. */
  #statement(entry: unknown, index: number): void {
    const object = isObject(entry) ? entry : {};
    const id = plainText(object.evidence);
    const is = yesOrNo(object.is);
    const on = object.on === undefined ? CLUSTER : subjectNamed(object.on);
    if (id === undefined || is === undefined || on === undefined) {
      this.#problem('a statement needs evidence, on (node/n1) and is (yes, no, unknown)', 'statements', index);
      return;
    }
    const line = this.#root.line('statements', index);
    if (is === null) this.#sink.unknown(`statement.${id}`, 'the reporter does not know', line, { subject: on });
    else this.#sink.fact(`statement.${id}`, is, line, { subject: on });
  }

  #fact(entry: unknown, index: number): void {
    const line = (): number => this.#root.line('facts', index);
    if (!isObject(entry) || typeof entry.subject !== 'string' || typeof entry.name !== 'string' || entry.name === '') {
      this.#problem('a fact needs subject, name and value', 'facts', index);
      return;
    }
    const { subject, name, value } = entry;
    if (!isSubject(subject))
      this.#problem(`${JSON.stringify(subject.slice(0, 60))} is not a subject such as node/n1`, 'facts', index);
    else if (Object.hasOwn(RECORD_NAMES, name))
      this.#problem(`\`${name}\` is a record, not a plain fact`, 'facts', index);
    else if (!isPlainValue(value))
      this.#problem('the value of a fact is a text, a number, true, false or a list of texts', 'facts', index);
    else {
      const at = typeof entry.at === 'string' ? isoTime(entry.at) : undefined;
      this.#sink.fact(name, value, line(), at === undefined ? { subject } : { subject, at });
    }
  }
}

function isPlainValue(value: unknown): value is Scalar {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
