import type { Answer, AskedQuestion, Contradiction, InterviewState } from '../ask/interview.js';
import { UNNAMED } from '../ask/places.js';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { ItemGroup, Prompter } from './ask-prompter.js';
import { cut } from './ask-prompter.js';
import { contradictionPage, introPage, leadingPage, notePage, questionPage, type ScreenOptions } from './ask-screen.js';
import { type AskSession, questionOf } from './ask-session.js';

export interface Conversation {
  session: AskSession;
  prompter: Prompter;
  /** Writes to the terminal, on which nothing else stands. */
  show: (text: string) => void;
  screen: () => ScreenOptions;
}

/** What a person does at a question. */
type Act = { kind: 'answer'; value: string } | { kind: 'paste' } | { kind: 'change' } | { kind: 'report' };

/** Asks until nothing more would change what to do, or the report is wished for. Throws what the prompter does. */
export class Interviewer {
  readonly #session: AskSession;
  readonly #prompter: Prompter;
  readonly #show: (text: string) => void;
  readonly #screen: () => ScreenOptions;
  /** Contradictions that the person has seen. */
  readonly #seen = new Set<string>();
  /** The answers as they were when all of them could be used. */
  #before: readonly Answer[] = [];
  #leading: InterviewState['leading'] | undefined;

  constructor({ session, prompter, show, screen }: Conversation) {
    this.#session = session;
    this.#prompter = prompter;
    this.#show = show;
    this.#screen = screen;
  }

  async run(): Promise<void> {
    const { say } = this.#screen();
    this.#show(introPage(say('intro'), this.#screen()));
    const given = this.#session.answers.length;
    if (given > 0) this.#note(say('resumed', { n: given }));
    for (;;) {
      const state = await this.#settled();
      if (state === undefined) continue;
      if (this.#leading !== undefined || state.leading.length > 0) {
        this.#show(leadingPage(state.leading, this.#leading, this.#screen()));
      }
      this.#leading = state.leading;
      if (!(await this.#turn(state))) return;
    }
  }

  /** Where the answers lead to; undefined where some of them were changed, because they do not go together. */
  async #settled(): Promise<InterviewState | undefined> {
    const state = await this.#session.state();
    if (state.refused.length > 0 && (await this.#tellRefused(state))) return undefined;
    this.#before = this.#session.answers;
    for (const contradiction of state.contradictions) {
      const key = JSON.stringify([contradiction.questions, contradiction.text]);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      if (await this.#resolve(contradiction)) return undefined;
    }
    return state;
  }

  /** What cannot be used is no answer: the question is open again. Whether the answers are others now. */
  async #tellRefused(state: InterviewState): Promise<boolean> {
    const { say } = this.#screen();
    for (const { question, why } of state.refused) {
      const name = (await this.#session.asked(question))?.text ?? question;
      this.#note(say('refusedOf', { question: name, why }));
    }
    const refused = new Set(state.refused.map(({ question }) => question));
    const usable = this.#session.answers.filter(({ question }) => !refused.has(question));
    const isChanged = usable.length < this.#session.answers.length;
    // What was answered to the same question before is as good as it was.
    const before = this.#before.filter(({ question }) => refused.has(question));
    const last = this.#session.answers.filter(({ question }) => refused.has(question));
    this.#session.restore(
      this.#session.answers.flatMap((answer) => {
        if (!refused.has(answer.question)) return [answer];
        return before.filter((old) => old.question === answer.question && !last.includes(old));
      }),
    );
    return isChanged;
  }

  /** One question; false where it was the last. */
  async #turn(state: InterviewState): Promise<boolean> {
    const { say } = this.#screen();
    const { question } = state;
    if (question === undefined) {
      this.#show('\n');
      this.#note(say('done', { why: state.done ?? '' }));
      return this.#last();
    }
    const number = this.#session.answers.length + 1;
    this.#show(questionPage(question, number, this.#screen()));
    const act = await this.#prompter.choose<Act>(say('answerPrompt'), this.#choices(question));
    if (act.kind === 'report') {
      this.#note(say('ended'));
      return false;
    }
    if (act.kind === 'answer') this.#session.give(await this.#answered(question, act.value));
    else if (act.kind === 'change') await this.#change();
    else {
      const pasted = await this.#paste();
      if (pasted !== undefined) this.#session.give({ question: question.id, pasted });
    }
    return true;
  }

  /** Before the report a mistake can still be put right. */
  async #last(): Promise<boolean> {
    const { say } = this.#screen();
    if (this.#session.answers.length === 0) return false;
    const act = await this.#prompter.choose<'report' | 'change'>(say('whatNext'), [
      {
        items: [
          { text: say('actReport'), value: 'report' },
          { text: say('actChange'), value: 'change' },
        ],
      },
    ]);
    if (act === 'change') await this.#change();
    return act === 'change';
  }

  #choices(question: AskedQuestion): ItemGroup<Act>[] {
    const { say } = this.#screen();
    const { rulebook, lang } = this.#session.base;
    const answers: ItemGroup<Act>[] =
      question.kind === 'symptom'
        ? bySymptomClass(question, rulebook, lang)
        : [{ items: question.choices.map(({ value, text }) => ({ text, value: { kind: 'answer', value } })) }];
    const paste = { text: say('actPaste'), value: { kind: 'paste' } } as const;
    const more: { text: string; value: Act }[] = [];
    // Where it tells the most it comes first.
    if (question.kind === 'output' || question.kind === 'symptom') answers.unshift({ items: [paste] });
    else more.push(paste);
    if (this.#session.answers.length > 0) more.push({ text: say('actChange'), value: { kind: 'change' } });
    more.push({ text: say('actReport'), value: { kind: 'report' } });
    return [...answers, { title: say('also'), items: more }];
  }

  /** A choice as an answer; that of what is wrong names the nodes, where they are known. */
  async #answered({ id, kind }: AskedQuestion, value: string): Promise<Answer> {
    const symptom = this.#session.base.rulebook.symptoms.find((known) => known.id === value);
    if (kind !== 'symptom' || symptom === undefined) return { question: id, value };
    const ends = symptom.flows.flatMap(({ from, to }) => [from.place, to.place]);
    const names: string[] = [];
    for (const place of ['here', 'there'] as const) names.push(ends.includes(place) ? await this.#nodeName(place) : '');
    const named = names.join(',').replace(/,+$/, '');
    return { question: named === '' ? questionOf(id) : `${questionOf(id)}@${named}`, value };
  }

  async #nodeName(place: 'here' | 'there'): Promise<string> {
    const { say } = this.#screen();
    const name = UNNAMED[place];
    for (;;) {
      const message = place === 'here' ? say('nodeHere', { name }) : say('nodeThere', { name });
      const typed = (await this.#prompter.line(message)).trim();
      if (/^(?:[A-Za-z0-9][\w.-]{0,252})?$/.test(typed)) return typed;
      this.#note(say('nodeName'));
    }
  }

  async #paste(): Promise<string | undefined> {
    const { say } = this.#screen();
    this.#show(introPage(say('pasteHow'), this.#screen()));
    const pasted = await this.#prompter.paste();
    this.#show('\n');
    if (pasted === '') {
      this.#note(say('pasteNothing'));
      return undefined;
    }
    this.#note(say('pasteTaken', { n: linesOf(pasted).length }));
    return pasted;
  }

  /** Whether an answer was changed. */
  async #resolve(contradiction: Contradiction): Promise<boolean> {
    const { say } = this.#screen();
    this.#show(contradictionPage(contradiction, this.#screen()));
    const items: { text: string; value: string | undefined }[] = [];
    for (const id of contradiction.questions) {
      const answer = this.#session.answers.find(({ question }) => questionOf(question) === questionOf(id));
      if (answer === undefined) continue;
      const [question, given] = await this.#described(answer);
      items.push({ text: say('contradictionChange', { question, answer: given }), value: id });
    }
    items.push({ text: say('contradictionLeave'), value: undefined });
    const id = await this.#prompter.choose(say('contradictionAsk'), [{ items }]);
    return id !== undefined && (await this.#reanswer(id));
  }

  async #change(): Promise<void> {
    const { say } = this.#screen();
    const items: { text: string; value: string | undefined }[] = [];
    for (const answer of this.#session.answers) {
      const [question, given] = await this.#described(answer);
      items.push({ text: `${question} [${given}]`, value: answer.question });
    }
    items.push({ text: say('changeNone'), value: undefined });
    const id = await this.#prompter.choose(say('changeWhich'), [{ items }]);
    if (id !== undefined) await this.#reanswer(id);
  }

  /** Whether the answer to a question was changed or withdrawn. */
  async #reanswer(id: string): Promise<boolean> {
    const { say } = this.#screen();
    const question = await this.#session.asked(id);
    const number = this.#session.answers.findIndex((answer) => questionOf(answer.question) === questionOf(id)) + 1;
    if (question !== undefined) this.#show(questionPage(question, number, this.#screen()));
    const choices: ItemGroup<Act | { kind: 'withdraw' } | { kind: 'keep' }>[] =
      question === undefined
        ? []
        : question.kind === 'symptom'
          ? bySymptomClass(question, this.#session.base.rulebook, this.#session.base.lang)
          : [{ items: question.choices.map(({ value, text }) => ({ text, value: { kind: 'answer', value } })) }];
    const act = await this.#prompter.choose(say('changeTo'), [
      ...choices,
      {
        title: say('also'),
        items: [
          { text: say('actPaste'), value: { kind: 'paste' } },
          { text: say('withdraw'), value: { kind: 'withdraw' } },
          { text: say('keep'), value: { kind: 'keep' } },
        ],
      },
    ]);
    if (act.kind === 'withdraw') this.#session.withdraw(id);
    else if (act.kind === 'answer' && question !== undefined) {
      this.#session.replace(await this.#answered(question, act.value));
    } else if (act.kind === 'paste') {
      const pasted = await this.#paste();
      if (pasted === undefined) return false;
      this.#session.replace({ question: id, pasted });
    } else return false;
    return true;
  }

  /** The question and what was answered, as they were read. */
  async #described(answer: Answer): Promise<[question: string, given: string]> {
    const { say, width } = this.#screen();
    const question = await this.#session.asked(answer.question);
    const given: string[] = [];
    if (answer.value !== undefined) {
      given.push(question?.choices.find(({ value }) => value === answer.value)?.text ?? answer.value);
    }
    if (answer.pasted !== undefined) {
      const lines = linesOf(answer.pasted);
      given.push(say('pasted', { n: lines.length, first: cut(lines[0] ?? '', Math.floor(width / 2)) }));
    }
    return [question?.text ?? answer.question, given.join('; ')];
  }

  #note(text: string): void {
    this.#show(notePage(text, this.#screen()));
  }
}

/** The ways to say what is wrong under the classes to which they belong. */
function bySymptomClass(question: AskedQuestion, rulebook: Rulebook, lang: Lang): ItemGroup<Act>[] {
  const classOf = new Map(rulebook.symptoms.map((symptom) => [symptom.id, symptom.class]));
  const itemsOf = (wanted: string | undefined): { text: string; value: Act }[] =>
    question.choices
      .filter(({ value }) => classOf.get(value) === wanted)
      .map(({ value, text }) => ({ text, value: { kind: 'answer', value } }));
  return [
    ...rulebook.classes.map(({ id, title }) => ({ title: title[lang], items: itemsOf(id) })),
    { items: itemsOf(undefined) },
  ].filter(({ items }) => items.length > 0);
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}
