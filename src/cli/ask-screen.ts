import type { AskedQuestion, Contradiction, InterviewState } from '../ask/interview.js';
import { kindOf, partsOf, type Subject } from '../facts/model.js';
import { Page } from '../report/page.js';
import { percent } from '../report/phrases.js';
import { sanitizeProse } from '../report/sanitize.js';
import { displayWidth, wrap } from '../report/wrap.js';
import type { AskSay } from './ask-words.js';

/** What a person sees between two answers: pages of text for a terminal. */

export interface ScreenOptions {
  say: AskSay;
  color: boolean;
  /** Columns. */
  width: number;
}

/** Causes that are shown, and subjects of each. */
const SHOWN = { leading: 5, subjects: 3 } as const;

type Leading = InterviewState['leading'];

export function introPage(text: string, { color, width }: ScreenOptions): string {
  const page = new Page(width, color);
  page.paragraph(text);
  return page.toString();
}

/** A line of what podnet did or could not do. */
export function notePage(text: string, { color, width }: ScreenOptions): string {
  const page = new Page(width, color);
  page.item('*', text, 0, 'strong');
  return page.toString();
}

/** The causes in the lead with their probabilities, and how far each moved since `before`. */
export function leadingPage(leading: Leading, before: Leading | undefined, options: ScreenOptions): string {
  const { say, color, width } = options;
  const page = new Page(width, color);
  page.blank();
  page.heading(say('leading'));
  if (leading.length === 0) page.paragraph(say('noLeading'), 2);
  const shown = leading.slice(0, SHOWN.leading);
  const moves = shown.map((cause) => moveOf(cause, before, say));
  const figures = shown.map(({ probability }) => percent(probability));
  const figureWidth = Math.max(0, ...figures.map(displayWidth));
  const moveWidth = Math.max(0, ...moves.map(displayWidth));
  const barWidth = width >= 76 ? 20 : 10;
  for (const [index, cause] of shown.entries()) {
    const figure = padStart(figures[index]!, figureWidth);
    const move = padStart(moves[index]!, moveWidth);
    // ASCII alone: the blocks of other characters are two columns wide on some Chinese terminals.
    const filled = Math.min(barWidth, Math.round(cause.probability * barWidth));
    const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled);
    const mark = [figure, move, bar].filter((part) => part !== '').join(' ');
    const [first = '', ...more] = wrap(titleOf(cause, say), width - displayWidth(mark) - 5);
    const further = ' '.repeat(displayWidth(mark) + 2);
    page.rows([`${mark}  ${first}`], 2, index === 0 ? 'strong' : 'plain');
    page.rows(
      more.map((line) => `${further}${line}`),
      2,
      index === 0 ? 'strong' : 'plain',
    );
  }
  return `\n${page.toString().trimStart()}`;
}

/** What is asked, why, and the commands that tell. */
export function questionPage(question: AskedQuestion, number: number, options: ScreenOptions): string {
  const { say, color, width } = options;
  const page = new Page(width, color);
  page.heading(say('question', { n: number, text: question.text }));
  if (question.why !== '') page.paragraph(say('why', { why: question.why }), 2);
  let on: Subject | undefined;
  for (const command of question.commands) {
    if (command.on !== on) page.label(say('run', { where: whereOf(command.on, say) }), 2);
    on = command.on;
    page.command(command.run, 6);
  }
  return `\n${page.toString().trimStart()}`;
}

export function contradictionPage(contradiction: Contradiction, { say, color, width }: ScreenOptions): string {
  const page = new Page(width, color);
  page.heading(say('contradiction'));
  page.paragraph(contradiction.text, 2);
  return `\n${page.toString().trimStart()}`;
}

/** `(+14)`, in percentage points; what stood nowhere before is new, what did not move is empty. */
function moveOf(cause: Leading[number], before: Leading | undefined, say: AskSay): string {
  if (before === undefined) return '';
  const same = before.find((other) => other.cause === cause.cause);
  if (same === undefined) return before.length === 0 ? '' : `(${say('fresh')})`;
  const points = Math.round(cause.probability * 100) - Math.round(same.probability * 100);
  if (points === 0) return '';
  return `(${points > 0 ? '+' : ''}${points})`;
}

function titleOf(cause: Leading[number], say: AskSay): string {
  const title = sanitizeProse(cause.title);
  // That it is somewhere in the cluster says nothing.
  const subjects = cause.subjects.filter((subject) => subject !== 'cluster');
  if (subjects.length === 0) return title;
  const shown = subjects.slice(0, SHOWN.subjects).map(sanitizeProse);
  return `${title}${say('subjects', { subjects: listOf(shown, subjects.length - shown.length, say) })}`;
}

function listOf(texts: readonly string[], left: number, say: AskSay): string {
  return [...texts, ...(left > 0 ? [say('andMore', { n: left })] : [])].join(say('comma'));
}

function whereOf(subject: Subject, say: AskSay): string {
  const kind = kindOf(subject);
  const parts = partsOf(subject);
  if (kind === 'cluster') return say('onCluster');
  if (kind === 'node') return say('onNode', { node: parts.join('/') });
  if (kind === 'pod') return say('onPod', { pod: parts.join('/') });
  return say('onOther', { subject });
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}
