import type { IncomingHttpHeaders } from 'node:http';
import type { Lang } from '../engine/rulebook/types.js';
import { HttpProblem } from './problem.js';

export type Format = 'json' | 'markdown' | 'text';

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

interface Preference {
  value: string;
  q: number;
}

/** The values of an Accept or Accept-Language header, the dearest first; those of no weight are left out. */
function preferences(header: string | undefined): Preference[] {
  return (header ?? '')
    .slice(0, 1000)
    .split(',')
    .map((part) => {
      const [value = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      const q = weight === undefined ? 1 : Number(weight.slice(2));
      return { value, q: Number.isFinite(q) ? q : 0 };
    })
    .filter(({ value, q }) => value !== '' && q > 0)
    .sort((a, b) => b.q - a.q);
}

function spoken(name: string): Lang | undefined {
  const language = /^[a-z]+/.exec(name)?.[0];
  return language === 'zh' || language === 'en' ? language : undefined;
}

/** `?lang=` beats Accept-Language; what neither settles is English. A language that is not spoken is passed over. */
export function langOfRequest(query: unknown, headers: IncomingHttpHeaders): Lang {
  const asked = typeof query === 'object' && query !== null ? (query as Record<string, unknown>).lang : undefined;
  const named = typeof asked === 'string' ? spoken(asked.toLowerCase()) : undefined;
  if (named !== undefined) return named;
  for (const { value } of preferences(headers['accept-language'])) {
    const lang = value === '*' ? 'en' : spoken(value);
    if (lang !== undefined) return lang;
  }
  return 'en';
}

/** `?format=` beats Accept; JSON where neither says anything. Throws a problem where the caller takes none of the formats. */
export function formatOfRequest(asked: Format | undefined, headers: IncomingHttpHeaders): Format {
  if (asked !== undefined) return asked;
  const wanted = preferences(headers.accept);
  if (wanted.length === 0) return 'json';
  for (const { value } of wanted) {
    if (value === 'text/markdown') return 'markdown';
    if (value === 'text/plain') return 'text';
    if (
      value === 'application/json' ||
      value === 'application/*' ||
      value === '*/*' ||
      value === 'application/problem+json'
    )
      return 'json';
    if (value === 'text/*') return 'text';
  }
  throw new HttpProblem(406, 'not-acceptable');
}
