import type { CniProfile } from '../../facts/cnis.js';
import type { Role } from '../../facts/flow.js';
import type { LegPattern } from '../../facts/leg.js';
import type {
  FlowError,
  FlowPattern,
  FlowProto,
  FlowStage,
  FlowState,
  Scalar,
  SubjectKind,
} from '../../facts/model.js';

/** A text in both languages. */
export interface Text {
  en: string;
  zh: string;
}
export type Lang = keyof Text;

/** Where in the rulebook's YAML something stands: 1-based. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** Something wrong with the rulebook. An error stops the load; a warning is for `podnet rules lint`. */
export interface RulebookProblem extends Position {
  severity: 'error' | 'warning';
  message: string;
}

export type FactType = 'boolean' | 'number' | 'string' | 'list';

/** A line of rules/facts.yaml. */
export interface FactDefinition {
  name: string;
  subject: SubjectKind;
  type: FactType;
  unit?: string;
  /** `parser ID`, `derivation ID`, `log` or `answer`. */
  from: string;
  about: string;
  collect?: string;
  /** Log facts only. */
  pattern?: string;
  components?: string[];
}

export type Operator =
  | 'equal'
  | 'notEqual'
  | 'lessThan'
  | 'lessThanInclusive'
  | 'greaterThan'
  | 'greaterThanInclusive'
  | 'in'
  | 'notIn'
  | 'contains'
  | 'doesNotContain'
  /** Lists only: `value: true` where the list holds something, `false` where it is empty. */
  | 'notEmpty'
  /** A text that is a version, in a range such as `>=1.16 <1.16.13`. */
  | 'versionWithin';

export interface Leaf {
  fact: string;
  operator: Operator;
  value: Scalar | number[];
}
/** A json-rules-engine condition over flat facts of one subject. */
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Leaf;

/** Words of the rulebook; numbers stand in one table, `numbers.ts`. */
export type Shows = 'always' | 'often' | 'sometimes';
export type Elsewhere = 'never' | 'rare' | 'sometimes' | 'common';
export type Prior = 'common' | 'normal' | 'rare';
export type Cost = 'look' | 'access' | 'disturb';

export type Quantifier = 'some' | 'every' | 'only-failing';

export interface Evidence {
  id: string;
  subject: SubjectKind;
  /** Where `subject` has many of a thing: the condition is judged on each `of` of it. */
  quantifier?: { how: Quantifier; of: SubjectKind };
  when: Condition;
  elsewhere: Elsewhere;
  /** Evidence of one group counts once. */
  group?: string;
  /** What it states is itself what somebody complains of, without any flow that fails: pods that do not start. */
  symptom?: true;
  statement: Text;
  collect: string;
  cost: Cost;
  /** Names of the facts that `when` reads. */
  facts: string[];
  at: Position;
}

export interface Break {
  leg: LegPattern;
  /** One of these roles must be held by the hypothesis' subject; empty: any role. */
  roles: Role[];
  /** Errors it shows as; empty: any. */
  as: (FlowError | 'slow' | 'lossy')[];
  how: Shows;
  /**
   * Whether all peers of the subject are hit, or only some (a route, a tunnel entry, a peering is missing for one of
   * them): then what works with other peers hardly speaks against the cause.
   */
  peers: 'all' | 'some';
  /** Fact name to the values under which this item holds; an unknown fact does not exclude. */
  when: Record<string, string[]>;
}

export interface Step {
  do: Text;
  /** `node`, `pod`, `cluster`, `workstation`: where `run` is to be typed. */
  on?: string;
  /** `{node}`, `{pod}`, `{namespace}`, `{service}` and facts by name (`{addresses.nic}`) are filled in, quoted for the shell. */
  run?: string;
  risk?: 'none' | 'low' | 'medium' | 'high';
  undo?: string;
  /** What a verify command must show. */
  expect?: Text;
  /** A Prometheus alert that tells before a person does. */
  alert?: Alert;
}

export interface Alert {
  /** PromQL. */
  expr: string;
  /** How long it must hold, as Prometheus writes it: `5m`. */
  for?: string;
}

export interface CauseEvidence {
  id: string;
  shows: Shows;
  /** Proves the cause by itself: what `confirmed` needs. */
  direct: boolean;
}

export interface Cause {
  id: string;
  category: string;
  classes: string[];
  scope: 'cluster' | 'node' | 'pod' | 'service';
  requires: Record<string, string[]>;
  prior: Prior;
  title: Text;
  mechanism: Text;
  signature: { breaks: Break[]; spares: LegPattern[] };
  evidence: CauseEvidence[];
  /** Evidence whose presence on a subject rules the cause out there. */
  excludes: string[];
  /** Causes that this one brings about. */
  leadsTo: string[];
  /** Not-a-fault entries only: the reasons for expected failures that they explain. */
  explains: string[];
  fix: Step[];
  persist: Step[];
  verify: Step[];
  prevent: Step[];
  references: string[];
  at: Position;
}

export interface Question {
  id: string;
  text: Text;
  why?: Text;
  fact: string;
  cost: Cost;
}

/** Where an end of a leg question sits: the failing client's node, the node of what it wants to reach, any other node. */
export const PLACES = ['here', 'there', 'third'] as const;
export type Place = (typeof PLACES)[number];

/** Kinds of ends that a question may name; `self` is a Service whose only backend is the asking pod. */
export const ASKED_ENDS = [
  'pod',
  'node',
  'service',
  'self',
  'nodeport',
  'external',
  'dns-internal',
  'dns-external',
] as const;

/**
 * An end of a leg question: `pod@here`, `node@there`, `service@there` (a ClusterIP whose backend sits there), `service`
 * (one whose backends are anywhere), `nodeport@there`, `external`, `dns-internal`, `dns-external`, `self`.
 */
export interface AskedEnd {
  kind: (typeof ASKED_ENDS)[number];
  place?: Place;
}

/** An attempt that a person is asked about, from what to what. */
export interface AskedLeg {
  from: AskedEnd;
  to: AskedEnd;
  proto: FlowProto;
  /** Full-sized packets, or a transfer that needs them. */
  large: boolean;
}

/** A question about what works and what does not. */
export interface LegQuestion extends AskedLeg {
  id: string;
  /** `{here}`, `{there}`, `{third}` stand for the names of the nodes. */
  text: Text;
  why: Text;
  /** How to try it; the same words in braces, and capitals for what the person puts in. Read-only. */
  run: string;
  cost: Cost;
}

/** How a reporter says what is wrong: one choice of the opening question. */
export interface OpeningSymptom {
  id: string;
  /** The documented class under which it stands. */
  class: string;
  text: Text;
  /** What it says: at least one attempt that fails. */
  flows: (AskedLeg & { state: FlowState; error?: FlowError; pattern?: FlowPattern; stage?: FlowStage })[];
}

/** What to collect where next to nothing is known, in this order. */
export interface FirstLook {
  id: string;
  text: Text;
  collect: string;
  cost: Cost;
  /** Not asked for where the input holds any fact or record of one of these names. */
  unless: string[];
}

export interface TaxonomyClass {
  id: string;
  title: Text;
  symptom: Text;
  causes: string[];
}

export interface Rulebook {
  version: 1;
  /** `sha256:…` over the rules' files: the same rules give the same digest. */
  digest: string;
  categories: { id: string; title: Text }[];
  classes: TaxonomyClass[];
  facts: FactDefinition[];
  evidence: Evidence[];
  causes: Cause[];
  cnis: CniProfile[];
  questions: Question[];
  legQuestions: LegQuestion[];
  symptoms: OpeningSymptom[];
  firstLooks: FirstLook[];
}
