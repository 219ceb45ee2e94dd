import { scrubText } from './without-secrets.js';

const PROXY = /"?\b(?:https?|all|no|ftp)_proxy=(?:"[^"\n]*"|[^\s"\n]*)"?/gi;

/**
 * Of an environment, `Environment=` of systemctl or a file of assignments, the proxies alone, without what opens them: other
 * variables may hold anything. An output that has none stays as a line that says so.
 */
export function proxySettings(text: string): string {
  const isUnit = /^Environment=/m.test(text);
  const found = [...text.matchAll(PROXY)].map(([setting]) => scrubText(setting));
  if (isUnit) return `Environment=${found.join(' ')}\n`;
  return ['# podnet: proxies only', ...found].join('\n').concat('\n');
}
