import { sanitizeProse } from '../sanitize.js';

/**
 * A rulebook's text as Markdown: what would be taken for markup stands escaped and all else as it is, so that pages read
 * well unrendered too. Placeholders such as `<name>` and words with underscores (`tcp_tw_recycle`) stay literal.
 */
export function prose(text: string): string {
  return unfolded(sanitizeProse(text))
    .replace(/[\\`*[\]<>|~$]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replace(/^([#+=-])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

const HAN = '\\p{Script=Han}';
const FULL_WIDTH = '[\\u3000-\\u303f\\uff00-\\uffef]';

/** YAML folds a line break into a space, which Chinese does not have between its words and after its punctuation. */
function unfolded(text: string): string {
  return text
    .replace(new RegExp(`(?<=${HAN}|${FULL_WIDTH}) (?=${HAN}|${FULL_WIDTH})`, 'gu'), '')
    .replace(new RegExp(`(?<=${FULL_WIDTH}) | (?=${FULL_WIDTH})`, 'gu'), '');
}

/** Chinese put together of pieces: a space stands between Han and Latin words. */
export function spaced(text: string): string {
  return text
    .replace(new RegExp(`(?<=${HAN})(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=${HAN})`, 'gu'), ' ')
    .replace(/ {2,}/g, ' ');
}

/** A label in bold with its colon. A bold word that ends in Chinese punctuation would not be taken for bold. */
export function label(text: string, lang: 'en' | 'zh'): string {
  return lang === 'zh' ? `**${text.replace(/：$/, '')}**：` : `**${text}** `;
}

/** Its paragraphs, each prose. */
export function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n+/)
    .map((line) => prose(line.trim()))
    .join('\n\n');
}

/** `a`, `a and b`, `a, b and c`. */
export function joined(items: readonly string[], lang: 'en' | 'zh', last: 'and' | 'or'): string {
  if (lang === 'zh') {
    if (last === 'and') return items.join('、');
    return items.length < 2 ? items.join('') : `${items.slice(0, -1).join('、')}或${items.at(-1)}`;
  }
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** Names that are written small wherever they stand. */
const SMALL = new Set([
  'iptables',
  'nftables',
  'ipvs',
  'conntrack',
  'kubelet',
  'containerd',
  'tuned',
  'flannel',
  'etcd',
]);

/** With a capital in front, where the language has them and the first word is one. */
export function capitalised(text: string): string {
  const word = /^[a-z]+(?=[ ,’'])/.exec(text)?.[0];
  if (word === undefined || SMALL.has(word)) return text;
  return text[0]!.toUpperCase() + text.slice(1);
}

/** Ends with a full stop; a text that ends a sentence by itself stays as it is. */
export function sentence(text: string, lang: 'en' | 'zh'): string {
  const trimmed = text.trim();
  return /[.!?。！？:：]["”）)]?$/.test(trimmed) ? trimmed : `${trimmed}${lang === 'zh' ? '。' : '.'}`;
}
