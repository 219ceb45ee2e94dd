/**
 * Legs: the class of a flow, from what to what, how near, which protocol. `pod>pod@cross-node/icmp`,
 * `pod>clusterip@same-node/tcp`, `node>pod@cross-node/icmp+large`, `pod>dns-internal`; `*` stands for any.
 * One vocabulary for probes, dumps, answers and the rulebook's signatures.
 */

export const LEG_KINDS = [
  'pod',
  'node',
  'clusterip',
  'nodeport',
  'loadbalancer',
  'external',
  'dns-internal',
  'dns-external',
] as const;
export type LegKind = (typeof LEG_KINDS)[number];
export const NEARNESS = ['self', 'own-node', 'same-node', 'cross-node', 'varies'] as const;
export type Nearness = (typeof NEARNESS)[number];
export const LEG_PROTOCOLS = ['icmp', 'tcp', 'udp'] as const;
export type LegProtocol = (typeof LEG_PROTOCOLS)[number];

export interface Leg {
  from: LegKind;
  to: LegKind;
  near?: Nearness;
  proto?: LegProtocol;
  large: boolean;
}

/** A pattern over legs: an absent part stands for any. `large: true` asks for large packets, absent takes both. */
export interface LegPattern {
  from?: LegKind;
  to?: LegKind;
  near?: Nearness;
  proto?: LegProtocol;
  large?: true;
  text: string;
}

const LEG = /^([\w*-]+)>([\w*-]+)(?:@([\w*-]+))?(?:\/([\w*-]+))?(\+large)?$/;

export function formatLeg(leg: Leg): string {
  return `${leg.from}>${leg.to}${leg.near === undefined ? '' : `@${leg.near}`}${leg.proto === undefined ? '' : `/${leg.proto}`}${leg.large ? '+large' : ''}`;
}

const interned = new Map<string, Leg>();

/**
 * The one object of a leg: flows of the same leg share it, so that what is worked out for a leg can be kept by identity.
 * There are at most a few thousand different legs, whatever the input.
 */
export function internLeg(leg: Leg): Leg {
  const key = formatLeg(leg);
  let one = interned.get(key);
  if (one === undefined) {
    one = Object.freeze({ ...leg });
    interned.set(key, one);
  }
  return one;
}

/** Parses a pattern; `error` says which part is not a word of the vocabulary and which words are. */
export function parseLegPattern(text: string): { pattern: LegPattern } | { error: string } {
  const match = LEG.exec(text);
  if (match === null) return { error: `"${text}" is not a leg: expected from>to[@near][/protocol][+large]` };
  const [, from, to, near, proto, large] = match as unknown as [string, string, string, string?, string?, string?];
  const pattern: LegPattern = { text };
  const wrong = (part: string, value: string, words: readonly string[]) => ({
    error: `"${value}" is not a ${part} of a leg: expected ${words.join(', ')} or *`,
  });
  if (from !== '*') {
    if (!LEG_KINDS.includes(from as LegKind)) return wrong('source', from, LEG_KINDS);
    pattern.from = from as LegKind;
  }
  if (to !== '*') {
    if (!LEG_KINDS.includes(to as LegKind)) return wrong('target', to, LEG_KINDS);
    pattern.to = to as LegKind;
  }
  if (near !== undefined && near !== '*') {
    if (!NEARNESS.includes(near as Nearness)) return wrong('nearness', near, NEARNESS);
    pattern.near = near as Nearness;
  }
  if (proto !== undefined && proto !== '*') {
    if (!LEG_PROTOCOLS.includes(proto as LegProtocol)) return wrong('protocol', proto, LEG_PROTOCOLS);
    pattern.proto = proto as LegProtocol;
  }
  if (large !== undefined) pattern.large = true;
  return { pattern };
}

/**
 * Whether a leg is of the pattern's class. `varies` (a Service whose backends are on several nodes) and an unknown
 * nearness or protocol may be any: they match, and the caller decides what a maybe is worth.
 */
export function matchLeg(pattern: LegPattern, leg: Leg): 'yes' | 'maybe' | 'no' {
  if (pattern.from !== undefined && pattern.from !== leg.from) return 'no';
  if (pattern.to !== undefined && pattern.to !== leg.to) return 'no';
  if (pattern.large === true && !leg.large) return 'no';
  let sure = true;
  if (pattern.near !== undefined && pattern.near !== leg.near) {
    if (leg.near !== undefined && leg.near !== 'varies') return 'no';
    sure = false;
  }
  if (pattern.proto !== undefined && pattern.proto !== leg.proto) {
    if (leg.proto !== undefined) return 'no';
    sure = false;
  }
  return sure ? 'yes' : 'maybe';
}
