import type { Flow, Role } from '../../facts/flow.js';
import { ROLES } from '../../facts/flow.js';
import type { FlowError, FlowPattern, FlowProto, FlowStage, FlowState, SubjectKind } from '../../facts/model.js';
import { COST, ELSEWHERE, PRIOR, SHOWS } from './numbers.js';
import type { Break, Cause, FactType, Operator, Quantifier, Step } from './types.js';

/**
 * The words that the rulebook's YAML may use, as lists. A type of types.ts or model.ts that gets a new word does not
 * compile here until the word is listed.
 */
function wordsOf<T extends string>(table: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(table) as T[];
}

export const SHOWS_WORDS = wordsOf(SHOWS);
export const ELSEWHERE_WORDS = wordsOf(ELSEWHERE);
export const PRIOR_WORDS = wordsOf(PRIOR);
export const COST_WORDS = wordsOf(COST);
export const ROLE_WORDS: readonly Role[] = ROLES;
export const PEERS_WORDS = wordsOf<Break['peers']>({ all: 1, some: 1 });

export const SUBJECT_KINDS = wordsOf<SubjectKind>({
  cluster: 1,
  zone: 1,
  node: 1,
  interface: 1,
  pod: 1,
  service: 1,
  'node-pair': 1,
  flow: 1,
  capture: 1,
});

export const SCOPES = wordsOf<Cause['scope']>({ cluster: 1, node: 1, pod: 1, service: 1 });

export const QUANTIFIERS = wordsOf<Quantifier>({ some: 1, every: 1, 'only-failing': 1 });

export const FACT_TYPES = wordsOf<FactType>({ boolean: 1, number: 1, string: 1, list: 1 });

/** How a break shows: the errors of a failing flow, and the states of one that works badly. */
export const BREAKS_AS = wordsOf<Break['as'][number]>({
  timeout: 1,
  refused: 1,
  reset: 1,
  'no-route': 1,
  'host-unreachable': 1,
  nxdomain: 1,
  servfail: 1,
  stalled: 1,
  'message-too-long': 1,
  certificate: 1,
  'http-error': 1,
  slow: 1,
  lossy: 1,
} satisfies Record<FlowError | 'slow' | 'lossy', 1>);

export const FLOW_PROTOS = wordsOf<FlowProto>({ icmp: 1, tcp: 1, udp: 1, dns: 1, http: 1 });

export const FLOW_STATES = wordsOf<FlowState>({ failing: 1, ok: 1, slow: 1, lossy: 1 });

export const FLOW_ERRORS = wordsOf<FlowError>({
  timeout: 1,
  refused: 1,
  reset: 1,
  'no-route': 1,
  'host-unreachable': 1,
  nxdomain: 1,
  servfail: 1,
  stalled: 1,
  'message-too-long': 1,
  certificate: 1,
  'http-error': 1,
});

export const FLOW_STAGES = wordsOf<FlowStage>({ resolve: 1, connect: 1, tls: 1, request: 1, transfer: 1 });

export const FLOW_PATTERNS = wordsOf<FlowPattern>({ constant: 1, intermittent: 1, 'under-load': 1, 'after-idle': 1 });

/** Why a flow is expected to fail: what a not-a-fault entry may explain. */
export const EXPECTED_FAILURES = wordsOf<NonNullable<Flow['expectedWhy']>>({
  'icmp-to-service': 1,
  'above-own-mtu': 1,
  'no-such-name': 1,
  'server-answered': 1,
  'ping-filtered': 1,
  'application-answered': 1,
});

export const RISKS = wordsOf<NonNullable<Step['risk']>>({ none: 1, low: 1, medium: 1, high: 1 });

/** Where a step's command is to be typed. */
export const STEP_PLACES = ['node', 'pod', 'cluster', 'workstation'] as const;

/** The category whose entries explain what is no fault. */
export const NOT_A_FAULT = 'not-a-fault';

/** What the `value` of a condition must be: one value of the fact's type, several of them, a yes or no, or a range of versions. */
export type ValueShape = 'same' | 'several' | 'number' | 'element' | 'boolean' | 'versions';

/**
 * Operators by the type of fact that they make sense on, and what their value must be. json-rules-engine compares with
 * `===`, so `equal` never holds on a list, and it turns texts into numbers for `lessThan`: neither is offered here.
 */
export const OPERATORS: Readonly<Record<FactType, Readonly<Partial<Record<Operator, ValueShape>>>>> = {
  boolean: { equal: 'same', notEqual: 'same' },
  number: {
    equal: 'same',
    notEqual: 'same',
    lessThan: 'number',
    lessThanInclusive: 'number',
    greaterThan: 'number',
    greaterThanInclusive: 'number',
    in: 'several',
    notIn: 'several',
  },
  string: { equal: 'same', notEqual: 'same', in: 'several', notIn: 'several', versionWithin: 'versions' },
  list: { contains: 'element', doesNotContain: 'element', notEmpty: 'boolean' },
};

export const ALL_OPERATORS: readonly Operator[] = wordsOf<Operator>({
  equal: 1,
  notEqual: 1,
  lessThan: 1,
  lessThanInclusive: 1,
  greaterThan: 1,
  greaterThanInclusive: 1,
  in: 1,
  notIn: 1,
  contains: 1,
  doesNotContain: 1,
  notEmpty: 1,
  versionWithin: 1,
});
