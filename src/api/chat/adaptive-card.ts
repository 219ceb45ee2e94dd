import type { Lang } from '../../engine/rulebook/types.js';
import { layOut, line, type Message, type Part, run } from './message.js';
import { sizeOf } from './text-limit.js';
import { chatWordsOf } from './words.js';

/**
 * A message as an Adaptive Card for Teams. Texts stand in text runs, which know no Markdown: no mention, no link, no
 * formatting can be written into them.
 */

/** Teams takes 28 KB; some have measured less. */
const CARD_BYTES = 20_000;

interface TextRun {
  type: 'TextRun';
  text: string;
  weight?: 'Bolder';
  fontType?: 'Monospace';
}

interface RichTextBlock {
  type: 'RichTextBlock';
  spacing?: 'Small' | 'Medium';
  inlines: TextRun[];
}

export interface TeamsMessage {
  type: 'message';
  attachments: { contentType: 'application/vnd.microsoft.card.adaptive'; content: AdaptiveCard }[];
}

interface AdaptiveCard {
  type: 'AdaptiveCard';
  $schema: string;
  version: '1.4';
  msteams: { width: 'Full' };
  body: RichTextBlock[];
  actions?: { type: 'Action.OpenUrl'; title: string; url: string }[];
}

export function teamsMessage(message: Message, lang: Lang): TeamsMessage {
  const notice = line(run(chatWordsOf(lang)('cut')));
  const room = CARD_BYTES - bytesOf(cardWith([], message));
  const parts = layOut(message, { buttons: false, room, notice, cost: (part) => bytesOf(blocksOf(part)) });
  return cardWith(parts.flatMap(blocksOf), message);
}

function cardWith(body: RichTextBlock[], { link }: Message): TeamsMessage {
  const opens = link !== undefined && /^https?:\/\//.test(link.url);
  const content: AdaptiveCard = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    msteams: { width: 'Full' },
    body: link === undefined || opens ? body : [...body, ...blocksOf(line(run(link.text), run(link.url, 'code')))],
    ...(opens ? { actions: [{ type: 'Action.OpenUrl', title: link.text, url: link.url }] } : {}),
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] };
}

function bytesOf(value: unknown): number {
  return sizeOf(JSON.stringify(value), 'bytes');
}

function blocksOf(part: Part): RichTextBlock[] {
  if (part.kind === 'code')
    return part.text.split('\n').map((text) => ({
      type: 'RichTextBlock',
      spacing: 'Small',
      inlines: [{ type: 'TextRun', text: text === '' ? ' ' : text, fontType: 'Monospace' }],
    }));
  const inlines: TextRun[] =
    part.kind === 'item' ? [{ type: 'TextRun', text: `${part.mark === '-' ? '•' : part.mark} ` }] : [];
  for (const [index, { text, style }] of part.runs.entries()) {
    if (text === '') continue;
    inlines.push({
      type: 'TextRun',
      text: index === 0 ? text : ` ${text}`,
      ...(style === 'strong' ? { weight: 'Bolder' as const } : {}),
      ...(style === 'code' ? { fontType: 'Monospace' as const } : {}),
    });
  }
  return [{ type: 'RichTextBlock', spacing: part.kind === 'heading' ? 'Medium' : 'Small', inlines }];
}
