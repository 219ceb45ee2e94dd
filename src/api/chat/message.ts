import { commandLines, sanitize, sanitizeProse } from '../../report/sanitize.js';
import { cutText } from './text-limit.js';

/**
 * A chat message before any platform's markup. All text in it is literal and free of control characters: a renderer
 * writes it so that its platform shows it and obeys nothing in it.
 */

export interface Run {
  /** One line. */
  text: string;
  style?: 'strong' | 'code';
}

export type Part =
  | { kind: 'heading' | 'text'; runs: Run[] }
  /** An entry of a list; `mark` is `-`, `1.`, `+` or the like. */
  | { kind: 'item'; mark: string; runs: Run[] }
  /** A command or an output, line by line. */
  | { kind: 'code'; text: string };

/** What a button says, and the answer that it stands for. */
export interface Button {
  text: string;
  session: string;
  question: string;
  value: string;
}

export interface Message {
  /** One sentence, for notifications and where nothing else can be shown. */
  summary: string;
  parts: Part[];
  /** The choices of a question by number. Shown behind the parts where there are no buttons, or `numbered` ones. */
  choices: Part[];
  /** How a number is sent, where there are no buttons. One line, never cut. */
  typed: Part[];
  /** How to go on by typing in any case. One line, never cut. */
  closing: Part[];
  buttons: Button[];
  /** The buttons bear the numbers of `choices`, as there are too many of them for words. */
  numbered: boolean;
  /** Where there is more; shown at the end, never cut. The address is the server's own. */
  link?: { text: string; url: string };
}

/** A part of a line; what a stranger wrote may be in it. */
export function run(text: string, style?: Run['style']): Run {
  const safe = sanitizeProse(text);
  return style === undefined ? { text: safe } : { text: safe, style };
}

export function heading(text: string): Part {
  return { kind: 'heading', runs: [run(text, 'strong')] };
}

export function line(...runs: Run[]): Part {
  return { kind: 'text', runs };
}

export function item(mark: string, ...runs: Run[]): Part {
  return { kind: 'item', mark, runs };
}

/** A command as it is typed. */
export function command(text: string): Part {
  return { kind: 'code', text: commandLines(text).join('\n') };
}

/** What a message has that asks nothing. */
export const NO_QUESTION = { choices: [], typed: [], closing: [], buttons: [], numbered: false };

/** A message of one sentence. */
export function plainMessage(text: string, link?: Message['link']): Message {
  const parts = [line(run(text))];
  const summary = sanitize(text);
  return { summary, parts, ...NO_QUESTION, ...(link === undefined ? {} : { link }) };
}

/** Characters of a part's text, marks not counted. */
function lengthOf(part: Part): number {
  return part.kind === 'code' ? part.text.length : part.runs.reduce((sum, { text }) => sum + text.length, 0);
}

/** A part with at most so many characters of text. */
export function shorten(part: Part, max: number): Part {
  if (part.kind === 'code') return { ...part, text: cutText(part.text, { max, unit: 'characters' }) };
  const runs: Run[] = [];
  let left = max;
  for (const each of part.runs) {
    if (left <= 0) break;
    runs.push({ ...each, text: cutText(each.text, { max: left, unit: 'characters' }) });
    left -= each.text.length;
  }
  return { ...part, runs };
}

/** Fewest characters for which a part is begun that does not fit as a whole. */
const WORTH_BEGINNING = 40;

/**
 * The parts that fit: whole ones from the first on, and as much of the next as there is room for. `notice` then says that
 * something was left out; room is kept for it. `cost` is what a part takes of the room, separators included.
 */
export function fitParts(parts: readonly Part[], room: number, notice: Part, cost: (part: Part) => number): Part[] {
  let whole = 0;
  for (const part of parts) whole += cost(part);
  if (whole <= room) return [...parts];
  const fitted: Part[] = [];
  let left = room - cost(notice);
  for (const part of parts) {
    const price = cost(part);
    if (price <= left) {
      fitted.push(part);
      left -= price;
      continue;
    }
    const begun = beginning(part, left, cost);
    if (begun !== undefined) fitted.push(begun);
    break;
  }
  return left < 0 ? [] : [...withoutLooseHeading(fitted), notice];
}

/** As much of a part as fits. */
function beginning(part: Part, room: number, cost: (part: Part) => number): Part | undefined {
  let fits = 0;
  let tooMany = lengthOf(part);
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (cost(shorten(part, middle)) <= room) fits = middle;
    else tooMany = middle;
  }
  return fits < WORTH_BEGINNING ? undefined : shorten(part, fits);
}

function withoutLooseHeading(parts: Part[]): Part[] {
  return parts.at(-1)?.kind === 'heading' && parts.length > 1 ? parts.slice(0, -1) : parts;
}

/**
 * All parts of a message in their order, within a room. How to answer is always among them, then the choices come before
 * what the question rests on.
 */
export function layOut(
  message: Message,
  layout: { buttons: boolean; room: number; notice: Part; cost: (part: Part) => number },
): Part[] {
  const { buttons, room, notice, cost } = layout;
  const all = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + cost(part), 0);
  const last = [...(buttons ? [] : message.typed), ...message.closing];
  const left = room - all(last);
  const listed = !buttons || message.numbered ? message.choices : [];
  const first = Math.min(all(message.parts.slice(0, 1)), left / 2);
  const choices = fitParts(listed, left - first, notice, cost);
  return [...fitParts(message.parts, left - all(choices), notice, cost), ...choices, ...last];
}
