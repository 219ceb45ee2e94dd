import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckedRulebook, checkRulebook } from './check.js';
import { RulebookLoadError, reasonOf } from './compiled.js';
import type { RuleFile } from './document.js';

/**
 * Reads and checks the YAML below a folder. Problems name files as they can be opened, `dir` included.
 * Throws `RulebookLoadError` where the folder or a file cannot be read.
 */
export function loadRulebookFolder(dir: string): CheckedRulebook {
  const { rulebook, problems } = checkRulebook(ruleFiles(dir));
  const placed = problems.map((problem) => ({ ...problem, file: join(dir, problem.file) }));
  return rulebook === undefined ? { problems: placed } : { rulebook, problems: placed };
}

/** All YAML below a folder. A `.yml` is read too, so that it is refused rather than silently left out. */
function ruleFiles(dir: string): RuleFile[] {
  const files: RuleFile[] = [];
  try {
    for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      if (!/\.ya?ml$/i.test(entry)) continue;
      files.push({ path: entry.replaceAll('\\', '/'), text: readFileSync(join(dir, entry), 'utf8') });
    }
  } catch (error) {
    throw new RulebookLoadError(`cannot read the rulebook in ${dir}: ${reasonOf(error)}`);
  }
  return files;
}
