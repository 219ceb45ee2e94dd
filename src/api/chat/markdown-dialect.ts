import type { Lang } from '../../engine/rulebook/types.js';
import { escapeMarkdown } from '../../report/markdown.js';
import { layOut, line, type Message, type Part, type Run, run } from './message.js';
import { sizeOf, type TextLimit } from './text-limit.js';
import { chatWordsOf } from './words.js';

/** How a platform writes Markdown, and how a text is written that it must not take for any. */
export interface MarkdownDialect {
  /** One line as prose, literal. */
  escape(text: string): string;
  /** One line as code. */
  code(text: string): string;
  /** Lines as code. */
  block(text: string): string;
  /** Between two parts. */
  newline: string;
}

/** A message within a limit: what has to be there always is, of the rest what there is room for. */
export function markdownMessage(
  message: Message,
  dialect: MarkdownDialect,
  { limit, lang, buttons = false }: { limit: TextLimit; lang: Lang; buttons?: boolean },
): string {
  const notice = line(run(chatWordsOf(lang)('cut')));
  const written = (part: Part): string => `${partText(part, dialect)}${dialect.newline}`;
  const link = linkText(message, dialect) ?? '';
  const parts = layOut(message, {
    buttons,
    room: limit.max - sizeOf(link, limit.unit),
    notice,
    cost: (part) => sizeOf(written(part), limit.unit),
  });
  return `${parts.map(written).join('')}${link}`.trimEnd();
}

function partText(part: Part, dialect: MarkdownDialect): string {
  if (part.kind === 'code') return dialect.block(part.text);
  const text = part.runs.map((each) => runText(each, dialect)).join(' ');
  if (part.kind !== 'item') return text;
  return `${part.mark} ${text}`;
}

function runText({ text, style }: Run, dialect: MarkdownDialect): string {
  if (text === '') return '';
  if (style === 'code') return dialect.code(text);
  const escaped = dialect.escape(text);
  return style === 'strong' ? `**${escaped}**` : escaped;
}

/** Only an address of our own making becomes a link. */
function linkText({ link }: Message, dialect: MarkdownDialect): string | undefined {
  if (link === undefined) return undefined;
  const { text, url } = link;
  return /^https?:\/\/[\w.~:/?#@!$&*+,;=%[\]-]+$/.test(url)
    ? `[${dialect.escape(text)}](${url})`
    : `${dialect.escape(text)} ${dialect.code(url)}`;
}

/** Mattermost's: CommonMark, in which a backslash takes a mark's meaning away; `:smile:` and `~channel` are its own. */
export const MATTERMOST_MARKDOWN: MarkdownDialect = {
  escape: (text) => escapeMarkdown(text).replace(/:(?=[\w+-]+:)/g, '\\:'),
  code: (text) => fenced(text, 1),
  block: (text) => {
    const mark = '`'.repeat(Math.max(3, longestRun(text) + 1));
    return `${mark}\n${text}\n${mark}`;
  },
  newline: '\n',
};

function fenced(text: string, least: number): string {
  const mark = '`'.repeat(Math.max(least, longestRun(text) + 1));
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${mark}${pad}${text}${pad}${mark}`;
}

function longestRun(text: string): number {
  let longest = 0;
  for (const marks of text.match(/`+/g) ?? []) longest = Math.max(longest, marks.length);
  return longest;
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  '*': '＊',
  '`': 'ˋ',
  '[': '［',
  ']': '］',
  '<': '＜',
  '>': '＞',
  '|': '｜',
  '@': '＠',
  '#': '＃',
  '~': '～',
  '!': '！',
};

/**
 * Where no escape is documented, marks are written as characters that look alike: none of them means anything to any
 * renderer, whatever it makes of a backslash.
 */
function lookalike(text: string): string {
  return text
    .replace(/[*`[\]<>|@#~!]/g, (mark) => LOOKALIKES[mark]!)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '＿')
    .replaceAll('://', ':／／')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}．`)
    .replace(/^([-+=])/, (mark) => ({ '-': '－', '+': '＋', '=': '＝' })[mark]!)
    .replace(/^(\d+)\.(?=\s|$)/, '$1．');
}

/** A command has to stay as it is typed, as far as that can be: only what would end the block, link or mention is changed. */
function lookalikeBlock(text: string): string {
  const safe = text.replaceAll('```', 'ˋˋˋ').replaceAll('](', '] (').replaceAll('<@', '< @');
  return `\`\`\`\n${safe}\n\`\`\``;
}

/** DingTalk's, whose documents name headings, quotes, emphasis, links, images and lists, and no escape. */
export const DINGTALK_MARKDOWN: MarkdownDialect = {
  escape: lookalike,
  code: (text) => `\`${lookalike(text)}\``,
  block: lookalikeBlock,
  newline: '\n\n',
};

/** WeCom's: the same, with colours and `<@user>` mentions, which begin with a mark that is written alike. */
export const WECOM_MARKDOWN: MarkdownDialect = { ...DINGTALK_MARKDOWN, newline: '\n' };
