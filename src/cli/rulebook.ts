import { fileURLToPath } from 'node:url';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { Cnis } from '../facts/cnis.js';
import { sanitize } from '../report/sanitize.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

/** dist/rulebook.json, seen from dist/cli and from dist/bin alike. */
export const COMPILED_RULEBOOK = fileURLToPath(new URL('../rulebook.json', import.meta.url));

/**
 * The rulebook that podnet came with, or that of a folder. Throws UsageError with the mistakes of a folder's rules, or
 * with why it cannot be read: a rulebook with a mistake does not load.
 */
export async function openRulebook(folder: string | undefined, lang: Lang): Promise<Rulebook> {
  const { loadCompiledRulebook, RulebookLoadError } = await import('../engine/rulebook/compiled.js');
  try {
    if (folder === undefined) return loadCompiledRulebook(COMPILED_RULEBOOK);
    const { loadRulebookFolder } = await import('../engine/rulebook/load.js');
    const { rulebook, problems } = loadRulebookFolder(folder);
    if (rulebook !== undefined) return rulebook;
    const errors = problems.filter(({ severity }) => severity === 'error').map(problemLine);
    throw new UsageError([wordsOf(lang)('rulesBroken', { dir: sanitize(folder) }), ...errors].join('\n'));
  } catch (error) {
    throw error instanceof RulebookLoadError ? new UsageError(sanitize(error.message)) : error;
  }
}

/** What podnet's own rulebook knows of CNIs; none where it was not compiled, which live collection does without. */
export async function shippedCnis(): Promise<Cnis> {
  const { loadCompiledRulebook, RulebookLoadError } = await import('../engine/rulebook/compiled.js');
  const { Cnis, NO_CNIS } = await import('../facts/cnis.js');
  try {
    return new Cnis(loadCompiledRulebook(COMPILED_RULEBOOK).cnis);
  } catch (error) {
    if (error instanceof RulebookLoadError) return NO_CNIS;
    throw error;
  }
}

/** `causes/dns/coredns-loop.yaml:12:5: unknown fact …` */
export function problemLine(problem: { file: string; line: number; column: number; message: string }): string {
  return sanitize(`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);
}
