export interface Trial {
  id: string;
  variant: string;
  /** The cause that is to be found; none for a control. */
  cause?: string;
  alsoAcceptable?: string[];
  /** The fault is in a network that no node's state shows: between the nodes, or beyond the cluster. */
  beyond?: boolean;
}

export interface TrialResult {
  fault: Trial;
  /** Checks that did not come out as they should, in words. */
  wrong: string[];
  outcome: string;
  rank?: number;
  probability?: number;
  /** The cause that was ranked first. */
  first?: string;
  legs: string[];
  right: boolean;
  walks: TrialWalks;
  seconds: number;
}

/** How the walk's predictions for the flows of one bundle compare with what happened. */
export interface TrialWalks {
  flows: number;
  agree: number;
  /** Of those that agree, the ones for which the walk says `varies`. */
  varies: number;
  /** Failed in a network that no node's state shows, and delivered as far as that state shows. */
  beyond: number;
  disagree: readonly unknown[];
  unknown: readonly unknown[];
}

export interface WalkSum {
  bundles: number;
  flows: number;
  /** Verdicts that can be compared: `agree` and `disagree`. */
  given: number;
  agree: number;
  varies: number;
  disagree: number;
  unknown: number;
  beyond: number;
  /** Of those given, the share that agrees; 0 where none is given. */
  agreeing: number;
  /** Of all flows, the share that is unknown. */
  notKnown: number;
}

/** Where clusters keep their files. */
export const CLUSTERS: string;
export const FAULTS: Trial[];
export const CONTROLS: Trial[];
export const KNOWN_MISSES: Record<string, string>;
/** Where the walk is known to disagree, by the fault's id. */
export const WALK_DISAGREEMENTS: Record<string, { why: string; atMost: number }>;
/** Tries a fault or a control when fewer clusters than the machine bears are up. */
export function trialInTurn(fault: Trial): Promise<TrialResult>;
export function removeLeftovers(): Promise<void>;
export function whyNoLab(): Promise<string | undefined>;
export function labTable(results: readonly TrialResult[]): string;
/** Writes docs/lab.md and the section of docs/walk.md about the lab. */
export function writeLabPages(results: readonly TrialResult[], seconds: number): void;
export function walkSum(results: readonly TrialResult[]): WalkSum;
/** Disagreements of the walk that no reason is given for, in words. */
export function unexplainedWalks(results: readonly TrialResult[]): string[];
