import type { Diagnosis } from '../engine/diagnosis.js';
import type { Cost } from '../engine/rulebook/types.js';
import type { Subject } from '../facts/model.js';

/**
 * The questionnaire's contract. Its whole state is the list of answers so far, beside the bundle that it started from:
 * answers in, next question out. The terminal, `--answers`, and the REST sessions all go through it.
 */

/** What is asked for: `symptom` opens, `leg` asks what works, `yes-no` what only the reporter knows, `output` a command. */
export type QuestionKind = 'symptom' | 'leg' | 'yes-no' | 'output';

export interface Choice {
  /** What an answer's `value` is to be. `unknown` is always among them, and costs nothing. */
  value: string;
  text: string;
}

/** A command whose output is asked for, read-only, with what it tells. */
export interface AskedCommand {
  run: string;
  /** `node/n2`, `pod/default/web`, or `cluster` (from a workstation). */
  on: Subject;
}

export interface AskedQuestion {
  /** Names the question and what it is about: `symptom`, `ping-own-node@n1`, `restart-agent-helps`, `output@node/n1`. */
  id: string;
  kind: QuestionKind;
  text: string;
  /** Why it is asked: what the answer parts. */
  why: string;
  choices: Choice[];
  /** The commands that answer it; their outputs may be pasted as the answer, several at once. */
  commands: AskedCommand[];
  /** Causes that the answer parts, the leading one first. */
  separates: { cause: string; title: string }[];
  cost: Cost;
  /** Expected information gain, bits. */
  gain: number;
}

/** One answer. Either a choice's value, or pasted text, or both (a paste that the person has read as `no`). */
export interface Answer {
  question: string;
  /** One of the question's choices; absent where only text was pasted. */
  value?: string;
  /** Output that was pasted: with or without prompts, one or several commands. */
  pasted?: string;
}

/** Two things that cannot both be so, or an answer that what was measured speaks against. */
export interface Contradiction {
  /** Ids of the answers that are in it, at least one. */
  questions: string[];
  text: string;
}

export interface InterviewState {
  /** What to ask now; absent where nothing more would change what to do. */
  question?: AskedQuestion;
  /** The best few questions, the next one first. */
  open: AskedQuestion[];
  /** Causes in the lead, best first, with their probabilities. */
  leading: { cause: string; title: string; probability: number; subjects: Subject[] }[];
  contradictions: Contradiction[];
  /** Answers that could not be used, with why: no such question, no such choice, nothing recognised in the paste. */
  refused: { question: string; why: string }[];
  /** Why it has stopped, for a person; absent while there is a question. */
  done?: string;
  /** What `podnet diagnose` answers for the same facts. */
  diagnosis: Diagnosis;
}
