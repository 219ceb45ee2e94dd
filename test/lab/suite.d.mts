export interface Trial {
  id: string;
  variant: string;
  /** The cause that is to be found; none for a control. */
  cause?: string;
  alsoAcceptable?: string[];
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
  seconds: number;
}

/** Where clusters keep their files. */
export const CLUSTERS: string;
export const FAULTS: Trial[];
export const CONTROLS: Trial[];
export const KNOWN_MISSES: Record<string, string>;
/** Tries a fault or a control when fewer clusters than the machine bears are up. */
export function trialInTurn(fault: Trial): Promise<TrialResult>;
export function removeLeftovers(): Promise<void>;
export function whyNoLab(): Promise<string | undefined>;
export function labTable(results: readonly TrialResult[]): string;
export function writeLabPage(results: readonly TrialResult[], seconds: number): void;
