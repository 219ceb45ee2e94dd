import type { AskedQuestion, InterviewState } from '../../ask/interview.js';
import { percent, subjectsText } from '../../report/phrases.js';
import { sanitizeProse } from '../../report/sanitize.js';
import { wordsOf } from '../../report/words.js';
import { diagnosisMessage } from './diagnosis-message.js';
import { command, heading, item, line, type Message, type Part, run } from './message.js';
import { type ChatSay, chatWordsOf } from './words.js';

const SHOWN = { leading: 3, contradictions: 3, refused: 2, commands: 6 } as const;

/** More choices than these are listed, and their buttons bear numbers. */
const WORDED_BUTTONS = 6;

/** Where and how a person answers. */
export interface AnswerPlace {
  session: string;
  sessionLink: string;
  /** How the bot is called there: `/diagnose`, `@podnet`. */
  invocation: string;
}

/** Where a session stands: the next question with its choices, or, where there is none, the answer. */
export function stateMessage(state: InterviewState, place: AnswerPlace): Message {
  const say = chatWordsOf(state.diagnosis.lang);
  const parts = [...remarks(state, say)];
  const link = { text: say('sessionPage'), url: place.sessionLink };
  const { question } = state;
  if (question === undefined) {
    const answer = diagnosisMessage(state.diagnosis, undefined);
    const done = state.done === undefined ? say('done') : state.done;
    return { ...answer, parts: [...parts, line(run(done)), ...answer.parts], link };
  }
  const numbered = question.choices.length > WORDED_BUTTONS;
  parts.push(heading(question.text));
  parts.push(line(run(`${say('why')}${wordsOf(state.diagnosis.lang)('stop')}`), run(question.why)));
  // Before the commands, which a chat may cut.
  parts.push(...leading(state, say));
  parts.push(...commandParts(question, say));
  return {
    summary: sanitizeProse(question.text),
    parts,
    choices: question.choices.map(({ text }, index) => item(`${index + 1}.`, run(text))),
    typed: numberHint(question, place, say),
    closing: pasteHint(question, place, say),
    buttons: question.choices.map(({ value, text }, index) => ({
      text: numbered ? String(index + 1) : sanitizeProse(text),
      session: place.session,
      question: question.id,
      value,
    })),
    numbered,
    link,
  };
}

function remarks(state: InterviewState, say: ChatSay): Part[] {
  const parts: Part[] = [];
  for (const { why } of state.refused.slice(-SHOWN.refused)) parts.push(line(run(say('refused'), 'strong'), run(why)));
  if (state.contradictions.length > 0) parts.push(heading(say('contradictions')));
  for (const { text } of state.contradictions.slice(0, SHOWN.contradictions)) parts.push(item('-', run(text)));
  return parts;
}

function commandParts(question: AskedQuestion, say: ChatSay): Part[] {
  const parts: Part[] = [];
  for (const { run: typed, on } of question.commands.slice(0, SHOWN.commands)) {
    parts.push(line(run(say('runOn', { where: on }))), command(typed));
  }
  return parts;
}

function leading(state: InterviewState, say: ChatSay): Part[] {
  const { lang } = state.diagnosis;
  const causes = state.leading.slice(0, SHOWN.leading);
  if (causes.length === 0) return [];
  const parts: Part[] = [heading(say('leading'))];
  for (const { title, probability, subjects } of causes) {
    const where = subjects.length === 0 ? [] : [run(subjectsText(subjects, wordsOf(lang)), 'code')];
    parts.push(item('-', run(title), run(percent(probability)), ...where));
  }
  return parts;
}

function numberHint(question: AskedQuestion, { invocation, session }: AnswerPlace, say: ChatSay): Part[] {
  if (question.choices.length === 0) return [];
  return [line(run(say('choose')), run(`${invocation} answer ${session} ${say('numberPlace')}`, 'code'))];
}

function pasteHint(question: AskedQuestion, { invocation, session }: AnswerPlace, say: ChatSay): Part[] {
  if (question.commands.length === 0 && question.kind !== 'symptom') return [];
  const typed = `${invocation} answer ${session} ${say('pastePlace')}`;
  return [line(run(say('choosePaste')), run(typed, 'code'))];
}
