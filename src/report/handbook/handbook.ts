import type { Lang, Rulebook } from '../../engine/rulebook/types.js';
import { alertsFile } from './alerts.js';
import { causePage, type PageContext } from './cause-page.js';
import { cniPage } from './cni-page.js';
import { entryPage, indexPage, logsPage } from './index-page.js';
import { LookUps } from './look-ups.js';
import { Neighbours } from './neighbours.js';
import { MARK, pathOf } from './page-links.js';
import { evidenceById } from './strength.js';
import { handbookWordsOf } from './words.js';

const LANGUAGES: readonly Lang[] = ['en', 'zh'];
/** The mark of a file that is no Markdown. */
const YAML_MARK = '# Made by `podnet rules docs` from the rules: change those, not this file.';

/**
 * The handbook: each file's path below its folder to its text, by path. Two runs over the same rules give the same to the
 * byte.
 */
export function handbookFiles(rulebook: Rulebook): Map<string, string> {
  const neighbours = new Neighbours(rulebook);
  const evidence = evidenceById(rulebook);
  const files = new Map<string, string>();
  const hasAlerts = rulebook.causes.some(({ prevent }) => prevent.some(({ alert }) => alert !== undefined));
  files.set('README.md', entryPage());
  for (const lang of LANGUAGES) {
    const say = handbookWordsOf(lang);
    const context: PageContext = {
      rulebook,
      neighbours,
      evidence,
      lookUps: new LookUps(rulebook, lang),
      lang,
      say,
    };
    files.set(`${lang}/README.md`, indexPage(rulebook, lang, hasAlerts));
    files.set(`${lang}/logs.md`, logsPage(rulebook, lang));
    for (const cni of rulebook.cnis) files.set(`${lang}/cnis/${cni.id}.md`, cniPage(cni, rulebook, lang));
    for (const cause of rulebook.causes) files.set(pathOf(cause, lang), causePage(cause, context));
  }
  if (hasAlerts) files.set('alerts.yaml', `${YAML_MARK}\n${alertsFile(rulebook)}`);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a text was written by the generator: only such a file may be replaced or removed. */
export function isGenerated(text: string): boolean {
  return text.startsWith(`${MARK}\n`) || text.startsWith(`${YAML_MARK}\n`);
}
