import type { Lang } from '../../engine/rulebook/types.js';
import { layOut, line, type Message, type Part, type Run, run } from './message.js';
import { cutText } from './text-limit.js';
import { chatWordsOf } from './words.js';

/**
 * A message as Slack's blocks. Texts stand in elements of `rich_text` and `plain_text`, in which Slack reads no markup: no
 * mention, no link, no formatting can be written into them.
 */

/** Blocks of a message are refused above some 13,200 characters in all; the count is Slack's own. */
const ALL_CHARACTERS = 12_000;
/** Blocks of a message, at most 50. */
const MAX_BLOCKS = 50;
const BUTTON_TEXT = 75;
const BUTTON_VALUE = 2000;
const BUTTONS_IN_BLOCK = 25;
const ACTION_ID = 255;
const FALLBACK = 500;

interface TextElement {
  type: 'text';
  text: string;
  style?: { bold?: true; code?: true };
}

interface RichElement {
  type: 'rich_text_section' | 'rich_text_preformatted';
  elements: (TextElement | { type: 'link'; url: string; text: string })[];
}

export type SlackBlock = { type: 'rich_text'; elements: RichElement[] } | { type: 'actions'; elements: SlackButton[] };

interface SlackButton {
  type: 'button';
  action_id: string;
  text: { type: 'plain_text'; text: string; emoji: false };
  value: string;
}

/** What is posted to a `response_url` or answered to a slash command. */
export interface SlackMessage {
  text: string;
  mrkdwn: false;
  blocks: SlackBlock[];
}

export function slackMessage(message: Message, lang: Lang): SlackMessage {
  const notice = line(run(chatWordsOf(lang)('cut')));
  const rows = buttonRows(message);
  const link = linkElement(message);
  const links = link === undefined ? [] : [link];
  const room = ALL_CHARACTERS - charactersOf(links) - charactersOf(rows);
  const cost = (part: Part): number => charactersOf(richElement(part));
  const parts = layOut(message, { buttons: true, room, notice, cost });
  const elements = [...parts.map(richElement), ...links];
  // One block holds all: what is left of Slack's 50 is for rows of buttons.
  const blocks: SlackBlock[] = [{ type: 'rich_text', elements }, ...rows].slice(0, MAX_BLOCKS) as SlackBlock[];
  return { text: slackText(cutText(message.summary, { max: FALLBACK, unit: 'characters' })), mrkdwn: false, blocks };
}

/** Counts all that is written, marks of JSON included, which is never less than what Slack counts. */
function charactersOf(value: unknown): number {
  return JSON.stringify(value).length + 1;
}

function richElement(part: Part): RichElement {
  if (part.kind === 'code')
    return { type: 'rich_text_preformatted', elements: [{ type: 'text', text: part.text === '' ? ' ' : part.text }] };
  const elements = textElements(part.runs);
  if (part.kind === 'item') elements.unshift({ type: 'text', text: `${part.mark === '-' ? '•' : part.mark} ` });
  // Sections follow each other without a break of their own.
  elements.push({ type: 'text', text: '\n' });
  if (part.kind === 'heading') elements.unshift({ type: 'text', text: '\n' });
  return { type: 'rich_text_section', elements };
}

function textElements(runs: readonly Run[]): TextElement[] {
  const elements: TextElement[] = [];
  for (const { text, style } of runs) {
    if (text === '') continue;
    if (elements.length > 0) elements.push({ type: 'text', text: ' ' });
    if (style === 'strong') elements.push({ type: 'text', text, style: { bold: true } });
    else if (style === 'code') elements.push({ type: 'text', text, style: { code: true } });
    else elements.push({ type: 'text', text });
  }
  return elements;
}

function linkElement({ link }: Message): RichElement | undefined {
  if (link === undefined) return undefined;
  if (!/^https?:\/\//.test(link.url))
    return { type: 'rich_text_section', elements: textElements([run(link.text), run(link.url, 'code')]) };
  return { type: 'rich_text_section', elements: [{ type: 'link', url: link.url, text: link.text }] };
}

/** What a button's `value` holds. */
export interface SlackChoice {
  s: string;
  q: string;
  v: string;
}

function buttonRows({ buttons }: Message): SlackBlock[] {
  const rows: SlackBlock[] = [];
  const elements = buttons
    .map(({ text, session, question, value }, index): SlackButton => {
      const choice: SlackChoice = { s: session, q: question, v: value };
      return {
        type: 'button',
        action_id: `answer-${index}`.slice(0, ACTION_ID),
        text: { type: 'plain_text', text: cutText(text, { max: BUTTON_TEXT, unit: 'characters' }), emoji: false },
        value: JSON.stringify(choice),
      };
    })
    .filter(({ value, text }) => value.length <= BUTTON_VALUE && text.text !== '');
  for (let i = 0; i < elements.length; i += BUTTONS_IN_BLOCK)
    rows.push({ type: 'actions', elements: elements.slice(i, i + BUTTONS_IN_BLOCK) });
  return rows;
}

/** A text for Slack's `text` fields, where `&`, `<` and `>` begin what it obeys. */
export function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What a person typed, of what Slack made of it: links and mentions are written in angle brackets, three characters as entities. */
export function typedInSlack(text: string): string {
  return text
    .replace(/<(?:mailto:|https?:\/\/)[^<>|]*\|([^<>]*)>/g, '$1')
    .replace(/<((?:https?:\/\/)[^<>|]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
