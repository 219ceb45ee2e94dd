import type { Answer, AskedQuestion, InterviewState } from '../ask/interview.js';
import { SYMPTOM } from '../ask/question-ids.js';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { BundleContents } from '../facts/bundle/entry.js';

/** What the questionnaire needs besides the answers. */
export interface AskBase {
  contents: BundleContents | undefined;
  rulebook: Rulebook;
  lang: Lang;
}

/** One question has one answer; the opening answer may name nodes behind its id. */
export function questionOf(id: string): string {
  return id.startsWith(`${SYMPTOM}@`) ? SYMPTOM : id;
}

/** The answers so far, what follows from them, and what was asked. */
export class AskSession {
  readonly #base: AskBase;
  /** Called before the answers are weighed, which may take a second. */
  readonly #onWork: () => void;
  readonly #asked = new Map<string, AskedQuestion>();
  #answers: readonly Answer[];

  constructor(base: AskBase, answers: readonly Answer[], onWork: () => void = () => {}) {
    this.#base = base;
    this.#onWork = onWork;
    this.#answers = [...answers];
  }

  get answers(): readonly Answer[] {
    return this.#answers;
  }

  get base(): AskBase {
    return this.#base;
  }

  /** The same answers in another language. */
  in(lang: Lang): AskSession {
    return lang === this.#base.lang ? this : new AskSession({ ...this.#base, lang }, this.#answers, this.#onWork);
  }

  async state(): Promise<InterviewState> {
    return this.#interview(this.#answers);
  }

  /** Adds an answer. What is pasted for a question that has an answer, or chosen after a paste, joins it. */
  give(answer: Answer): void {
    const at = this.#indexOf(answer.question);
    if (at < 0) {
      this.#answers = [...this.#answers, answer];
      return;
    }
    const before = this.#answers[at]!;
    const pasted = [before.pasted, answer.pasted].filter((text) => text !== undefined).join('\n');
    this.#answers = this.#answers.with(at, { ...before, ...answer, ...(pasted === '' ? {} : { pasted }) });
  }

  /** Puts an answer in the place of the one to the same question. */
  replace(answer: Answer): void {
    const at = this.#indexOf(answer.question);
    this.#answers = at < 0 ? [...this.#answers, answer] : this.#answers.with(at, answer);
  }

  withdraw(question: string): void {
    this.#answers = this.#without(question);
  }

  /** All answers as they were at some time. */
  restore(answers: readonly Answer[]): void {
    this.#answers = [...answers];
  }

  /** A question that was answered, as it was asked; undefined where there is no such question. */
  async asked(id: string): Promise<AskedQuestion | undefined> {
    // What was answered in an earlier session was not asked in this one.
    const { knownQuestion } = await import('../ask/known-question.js');
    return this.#asked.get(questionOf(id)) ?? knownQuestion(id, this.#base);
  }

  async #interview(answers: readonly Answer[]): Promise<InterviewState> {
    this.#onWork();
    const { interview } = await import('../ask/interview-state.js');
    const { contents, rulebook, lang } = this.#base;
    const state = await interview(contents, answers, { rulebook, lang });
    for (const question of state.open) this.#asked.set(question.id, question);
    if (state.question !== undefined) this.#asked.set(state.question.id, state.question);
    return state;
  }

  #indexOf(id: string): number {
    return this.#answers.findIndex(({ question }) => questionOf(question) === questionOf(id));
  }

  #without(id: string): readonly Answer[] {
    return this.#answers.filter(({ question }) => questionOf(question) !== questionOf(id));
  }
}
