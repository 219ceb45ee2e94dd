import type { Lang } from '../../engine/rulebook/types.js';
import { layOut, line, type Message, type Part, run } from './message.js';
import { cutText, sizeOf } from './text-limit.js';
import { chatWordsOf } from './words.js';

/**
 * A message as Feishu's card. Texts are `plain_text`, in which Feishu reads no markup: no mention, no link, no formatting
 * can be written into them.
 */

/** A body may have 20 KB; the card stands in it as a string, in which quotes take two bytes. */
const CARD_BYTES = 19_000;
const TITLE_CHARACTERS = 100;
const BUTTON_CHARACTERS = 80;
const BUTTONS_IN_ROW = 5;

interface PlainText {
  tag: 'plain_text';
  content: string;
}

/** What a button sends back. */
export interface FeishuChoice {
  session: string;
  question: string;
  value: string;
}

type Element = { tag: 'div'; text: PlainText } | { tag: 'action'; actions: FeishuButton[] };

interface FeishuButton {
  tag: 'button';
  text: PlainText;
  type: 'default';
  value?: FeishuChoice;
  url?: string;
}

export interface FeishuCard {
  config: { wide_screen_mode: true; update_multi: true };
  header: { title: PlainText };
  elements: Element[];
}

export function feishuCard(message: Message, lang: Lang): FeishuCard {
  const notice = line(run(chatWordsOf(lang)('cut')));
  const rows = buttonRows(message);
  const room = CARD_BYTES - bytesOf(cardWith(rows, message));
  const parts = layOut(message, { buttons: true, room, notice, cost: (part) => bytesOf(elementOf(part)) });
  return cardWith([...parts.map(elementOf), ...rows], message);
}

function cardWith(elements: Element[], { summary }: Message): FeishuCard {
  const title = plain(cutText(summary, { max: TITLE_CHARACTERS, unit: 'characters' }));
  return { config: { wide_screen_mode: true, update_multi: true }, header: { title }, elements };
}

/** Of the JSON within JSON that is sent. */
function bytesOf(value: unknown): number {
  return sizeOf(JSON.stringify(JSON.stringify(value)), 'bytes');
}

function plain(content: string): PlainText {
  return { tag: 'plain_text', content: content === '' ? ' ' : content };
}

function elementOf(part: Part): Element {
  if (part.kind === 'code') return { tag: 'div', text: plain(indented(part.text)) };
  const text = part.runs.map((each) => each.text).join(' ');
  if (part.kind === 'heading') return { tag: 'div', text: plain(`■ ${text}`) };
  return { tag: 'div', text: plain(part.kind === 'item' ? `${part.mark === '-' ? '•' : part.mark} ${text}` : text) };
}

/** What is to be typed stands apart, as plain text knows no other type. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((each) => `    ${each}`)
    .join('\n');
}

function buttonRows({ buttons, link }: Message): Element[] {
  const rows: Element[] = [];
  const all: FeishuButton[] = buttons.map(({ text, session, question, value }) => ({
    tag: 'button',
    text: plain(cutText(text, { max: BUTTON_CHARACTERS, unit: 'characters' })),
    type: 'default',
    value: { session, question, value },
  }));
  for (let i = 0; i < all.length; i += BUTTONS_IN_ROW)
    rows.push({ tag: 'action', actions: all.slice(i, i + BUTTONS_IN_ROW) });
  if (link === undefined) return rows;
  const opens = /^https?:\/\//.test(link.url);
  rows.push(
    opens
      ? { tag: 'action', actions: [{ tag: 'button', text: plain(link.text), type: 'default', url: link.url }] }
      : { tag: 'div', text: plain(`${link.text} ${link.url}`) },
  );
  return rows;
}
