import type { Answer, InterviewState } from '../ask/interview.js';
import type { Diagnosis } from '../engine/diagnosis.js';
import type { Lang } from '../engine/rulebook/types.js';
import type { Format } from './negotiate.js';
import type { FieldFault } from './problem.js';

/** What the server has its workers do, and what they answer: all that judges what strangers sent. */

/** A file of a request: an archive, facts, a text, told apart by content and name. */
export interface Upload {
  name: string;
  bytes: Uint8Array;
}

export interface DiagnoseTask {
  kind: 'diagnose';
  uploads: Upload[];
  /** The only upload is facts as JSON, which are to be right in every field. */
  strict: boolean;
  lang: Lang;
  format: Format;
  /** How many causes are shown. */
  top?: number;
}

/** A diagnosis of the history in another format. */
export interface RenderTask {
  kind: 'render';
  json: Uint8Array;
  format: Format;
  top?: number;
}

/** Where a session stands: its whole state is what it began with and the answers. */
export interface InterviewTask {
  kind: 'interview';
  uploads: Upload[];
  strict: boolean;
  answers: readonly Answer[];
  lang: Lang;
}

/** What the collected state does with packets: of one flow, or of those that were tried. */
export interface WalkTask {
  kind: 'walk';
  uploads: Upload[];
  strict: boolean;
  lang: Lang;
  format: 'json' | 'text';
  /** `size` in bytes at IP level. */
  flow?: { from: string; to: string; size?: number };
  /** Without a flow: those that worked as well. */
  all?: boolean;
  verbose?: boolean;
}

export type Task = DiagnoseTask | RenderTask | InterviewTask | WalkTask;

/** By what the history finds a diagnosis. */
export interface Summary {
  outcome: Diagnosis['outcome'];
  verdict: string;
  /** Cause and subject of each hypothesis and of what was found beside them. */
  found: { cause: string; subject: string }[];
}

export interface DiagnoseResult {
  /** As `podnet diagnose --format json` prints it, all causes. */
  json: Uint8Array;
  /** The answer in the format asked for; absent where that is `json` with all causes. */
  answer?: Uint8Array;
  summary: Summary;
}

export interface ResultOf {
  diagnose: DiagnoseResult;
  render: { answer: Uint8Array };
  interview: { state: InterviewState };
  walk: { answer: Uint8Array };
}

/** What a worker cannot do with an input, as opposed to what it failed at. */
export interface TaskRefusal {
  status: number;
  word: 'not-json' | 'invalid-fields';
  faults: FieldFault[];
}

export interface WorkerSetup {
  rulebookFile: string;
  /** Unpacked bytes of one request at most. */
  inputBytes: number;
}

export type ToWorker = { id: number; task: Task };
export type FromWorker =
  | { ready: true }
  | { id: number; result: ResultOf[Task['kind']] }
  | { id: number; refused: TaskRefusal }
  | { id: number; failed: string };
