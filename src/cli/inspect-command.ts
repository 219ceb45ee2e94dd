import type { Lang } from '../engine/rulebook/types.js';
import { wantsColor } from './diagnose-command.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { pageWidth } from './page-width.js';
import { understandBundles } from './pipeline.js';
import { openRulebook } from './rulebook.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

export interface InspectOptions {
  format: 'text' | 'json';
  lang?: Lang;
  rules?: string;
  subject?: string[];
}

/** `podnet inspect`: what was understood, each fact with its source; nothing is judged. */
export async function runInspect(bundles: readonly string[], options: InspectOptions): Promise<ExitStatus> {
  const spoken = chooseLang(options.lang, process.env);
  if (bundles.includes('-') && process.stdin.isTTY) throw new UsageError(wordsOf(spoken)('stdinTerminal'));
  const rulebook = await openRulebook(options.rules, spoken);
  const { store, input, derived } = await understandBundles(bundles, { rulebook });
  const { inspect } = await import('../facts/inspection.js');
  const { renderInspection, renderInspectionJson } = await import('../report/inspection.js');
  const inspection = inspect(store, input, derived, options.subject ?? []);
  process.stdout.write(
    options.format === 'json'
      ? renderInspectionJson(inspection)
      : renderInspection(inspection, { color: wantsColor(), width: pageWidth(), lang: spoken }),
  );
  return EXIT.healthy;
}
