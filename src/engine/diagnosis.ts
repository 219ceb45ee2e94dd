import type { CapturePath } from '../facts/capture.js';
import type { Problem, Scalar, Source, Subject } from '../facts/model.js';
import type { Cost } from './rulebook/types.js';

/**
 * The diagnosis: what the CLI prints and REST answers. Names are stable; report/diagnosis.schema.json describes it.
 */
export interface Diagnosis {
  version: 1;
  lang: 'en' | 'zh';
  rulebook: string;
  outcome: 'diagnosed' | 'healthy' | 'not-a-fault' | 'unexplained' | 'insufficient';
  /** One sentence: the verdict. */
  verdict: string;
  diagnoses: RankedCause[];
  notFaults: NotFault[];
  alsoFound: AlsoFound[];
  unexplained: UnexplainedFlow[];
  next: NextStep[];
  /** Where captures show that a flow was lost, or as far as which it came without an answer. */
  captured: CapturedFlow[];
  /** What changed, oldest first, where the input tells. */
  timeline: { at?: string; what: string; on?: Subject; source: Source }[];
  complaint?: string;
  /** What was understood: how many nodes, pods, flows and symptoms. */
  seen: { nodes: number; pods: number; services: number; flows: number; symptoms: number; facts: number };
  input: { recognised: number; unrecognised: string[]; problems: Problem[] };
}

export interface RankedCause {
  rank: number;
  cause: string;
  category: string;
  title: string;
  subjects: Subject[];
  when: 'now' | 'past';
  /** Marginal over the competing sets of causes, 0 to 1, two decimals. */
  probability: number;
  confidence: 'confirmed' | 'likely' | 'possible';
  mechanism: string;
  because: { cause: string; title: string; probability: number }[];
  explains: { symptoms: number; of: number; legs: string[] };
  evidence: WeighedEvidence[];
  fix: ReportStep[];
  persist: ReportStep[];
  verify: ReportStep[];
  prevent: ReportStep[];
  references: string[];
}

export interface WeighedEvidence {
  id: string;
  verdict: 'for' | 'against' | 'unknown';
  /** Whether what the statement says is so; absent where it is not known. */
  present?: boolean;
  /** Decibans: 10·log10 of the likelihood ratio; positive speaks for the cause; 0 where unknown. */
  weight: number;
  statement: string;
  /** What it says is something that people complain of though no flow fails; only where it is seen. */
  symptom?: true;
  facts: { subject: Subject; name: string; value: Scalar; source: Source }[];
  /** Where unknown: what makes it known, or why it could not be. */
  collect?: string;
  reason?: string;
}

export interface ReportStep {
  do: string;
  on?: string;
  run?: string;
  risk?: string;
  undo?: string;
  expect?: string;
  alert?: { expr: string; for?: string };
}

export interface NotFault {
  id: string;
  explains: string[];
  statement: string;
}

export interface AlsoFound {
  cause: string;
  title: string;
  subjects: Subject[];
  why: string;
}

export interface UnexplainedFlow {
  flow: string;
  leg: string;
  error?: string;
  source: Source;
}

/** A flow followed through captures. */
export interface CapturedFlow {
  /** `10.244.1.5 > 10.244.2.7 icmp`. */
  flow: string;
  /**
   * `lost`: seen at `seenAt`, and not at `missingAt`, which was captured as well; `outside-tunnel`: it left `seenAt` and the NIC
   * without passing the tunnel device `missingAt`; `unanswered`: seen at `seenAt`, behind which nothing was captured;
   * `untranslated`: the reply came to `seenAt` from an address that was not asked; `refused`: a reset came back from behind `seenAt`.
   */
  verdict: 'lost' | 'outside-tunnel' | 'untranslated' | 'unanswered' | 'refused';
  direction: CapturePath['direction'];
  /** Small packets pass, large ones do not. */
  largeOnly: boolean;
  /** `n2/eth0`. */
  seenAt: string;
  missingAt?: string;
  /** Flows that went the same way. */
  count: number;
  source: Source;
}

export interface NextStep {
  /** Id of a question or an evidence. */
  id: string;
  text: string;
  collect?: string;
  /** Expected information gain, bits. */
  gain: number;
  cost: Cost;
  /** Causes that the answer parts. */
  separates: string[];
}
