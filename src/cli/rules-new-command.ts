import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { oneOf, suggest } from '../engine/rulebook/suggest.js';
import { NOT_A_FAULT } from '../engine/rulebook/words.js';
import { sanitize } from '../report/sanitize.js';
import { OWN_CASES } from './case-counts.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { bundleSkeleton, causeSkeleton, expectedSkeleton } from './rule-skeleton.js';
import { openRulebook } from './rulebook.js';
import { BUILT_IN_RULES, type RulesOptions } from './rules-options.js';
import { rulesWordsOf } from './rules-words.js';
import { UsageError } from './usage-error.js';

export interface RulesNewOptions extends Omit<RulesOptions, 'format'> {
  category: string;
  /** Folder of cases. */
  cases?: string;
}

/**
 * `podnet rules new ID --category C`: the files of a new cause and of its hit and near miss, with what is to be written in
 * them; `rules lint` then asks for it piece by piece. Throws UsageError where the id is taken or no id, where there is no
 * such category, and where a file is there already: nothing is written over, and then nothing is written at all.
 */
export async function runRulesNew(id: string, options: RulesNewOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = rulesWordsOf(lang);
  const { causes, categories, classes } = await openRulebook(options.rules, lang);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id)) throw new UsageError(say('newNoId', { id: sanitize(id) }));
  if (causes.some((cause) => cause.id === id)) throw new UsageError(say('newTaken', { id }));
  const known = categories.map((category) => category.id);
  if (!known.includes(options.category)) {
    const near = suggest(options.category, known);
    const hint = near === undefined ? oneOf(known) : `${near}?`;
    throw new UsageError(say('newNoCategory', { category: sanitize(options.category), hint }));
  }
  const rules = options.rules ?? path.relative('', BUILT_IN_RULES);
  const cases = path.join(options.cases ?? path.relative('', OWN_CASES), id);
  const kind = options.category === NOT_A_FAULT ? 'not-a-fault' : 'hit';
  const skeleton = { id, category: options.category, classes: classes.map((one) => one.id) };
  const files = new Map([
    [path.join(rules, 'causes', options.category, `${id}.yaml`), causeSkeleton(skeleton)],
    [path.join(cases, 'hit', 'expected.yaml'), expectedSkeleton(id, kind)],
    [path.join(cases, 'hit', 'bundle', 'facts.yaml'), bundleSkeleton()],
    [path.join(cases, 'near-miss', 'expected.yaml'), expectedSkeleton(id, 'near-miss')],
    [path.join(cases, 'near-miss', 'bundle', 'facts.yaml'), bundleSkeleton()],
  ]);
  for (const file of files.keys()) {
    if ((await stat(file).catch(() => undefined)) !== undefined)
      throw new UsageError(say('newThere', { file: sanitize(file) }));
  }
  for (const [file, text] of files) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  }
  const written = [...files.keys()].map((file) => `  ${sanitize(file)}`);
  process.stdout.write(
    `${[say('newWritten'), ...written, '', say('newNext', { rules: sanitize(rules), cases: sanitize(cases) })].join('\n')}\n`,
  );
  return EXIT.healthy;
}
