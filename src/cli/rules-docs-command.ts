import { mkdir, readdir, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { handbookFiles, isGenerated } from '../report/handbook/handbook.js';
import { sanitize } from '../report/sanitize.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { openRulebook } from './rulebook.js';
import type { RulesOptions } from './rules-options.js';
import { rulesWordsOf } from './rules-words.js';
import { UsageError } from './usage-error.js';

export interface RulesDocsOptions extends Omit<RulesOptions, 'format'> {
  /** Write nothing; tell what differs. */
  check?: boolean;
}

/** Where the handbook of a checkout stands. */
const OWN_HANDBOOK = fileURLToPath(new URL('../../docs/handbook', import.meta.url));

/** What stands in the way of a page, as it is on disk. */
interface Difference {
  file: string;
  what: 'missing' | 'differs' | 'stale' | 'foreign';
}

/**
 * `podnet rules docs [FOLDER]`: writes the handbook, and removes pages of its own whose cause is gone. With `check` it writes
 * nothing, names what differs, and has status 1 where something does. A file that it did not write is left alone: in place
 * of a page it is a UsageError.
 */
export async function runRulesDocs(folder: string | undefined, options: RulesDocsOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = rulesWordsOf(lang);
  const root = folder ?? path.relative('', OWN_HANDBOOK);
  const files = handbookFiles(await openRulebook(options.rules, lang));
  const differences = await differencesOf(root, files);
  const words = { missing: 'docsMissing', differs: 'docsDiffers', stale: 'docsStale', foreign: 'docsForeign' } as const;
  if (options.check === true) {
    const lines = differences.map(({ file, what }) => `${sanitize(path.join(root, file))}: ${say(words[what])}`);
    lines.push(say('docsChecked', { n: files.size, differ: differences.length }));
    process.stdout.write(`${lines.join('\n')}\n`);
    return differences.length > 0 ? EXIT.diagnosed : EXIT.healthy;
  }
  const foreign = differences.filter(({ what }) => what === 'foreign');
  if (foreign.length > 0) {
    const lines = foreign.map(({ file }) => `${sanitize(path.join(root, file))}: ${say('docsForeign')}`);
    throw new UsageError(lines.join('\n'));
  }
  for (const { file, what } of differences) {
    const full = path.join(root, file);
    if (what === 'stale') await removePage(root, file);
    else {
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, files.get(file)!);
    }
  }
  const removed = differences.filter(({ what }) => what === 'stale').length;
  const slots = { n: files.size, written: differences.length - removed, removed, dir: sanitize(root) };
  process.stdout.write(`${say('docsWritten', slots)}\n`);
  return EXIT.healthy;
}

/** By path. Other people's files count only where a page has to be. */
async function differencesOf(root: string, files: ReadonlyMap<string, string>): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const [file, text] of files) {
    const there = await textOf(path.join(root, file));
    if (there === undefined) differences.push({ file, what: 'missing' });
    else if (there !== text) differences.push({ file, what: isGenerated(there) ? 'differs' : 'foreign' });
  }
  for (const file of await pagesIn(root)) {
    if (!files.has(file) && isGenerated((await textOf(path.join(root, file))) ?? '')) {
      differences.push({ file, what: 'stale' });
    }
  }
  return differences.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isNodeError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw new UsageError(sanitize(error instanceof Error ? error.message : String(error)));
  }
}

/** Files where the generator writes any: `en/<page>.md`, `en/<category>/<page>.md`, the same of `zh`, the entry and the alerts. */
async function pagesIn(root: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(root, { recursive: true });
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return [];
    throw new UsageError(sanitize(error instanceof Error ? error.message : String(error)));
  }
  const paths = entries.map((entry) => entry.replaceAll('\\', '/'));
  return paths.filter((entry) => /^(?:en|zh)\/(?:[\w-]+\/)?[\w-]+\.md$|^README\.md$|^alerts\.yaml$/.test(entry)).sort();
}

/** Removes a page, and its folder where nothing is left in it. */
async function removePage(root: string, file: string): Promise<void> {
  await unlink(path.join(root, file));
  try {
    await rmdir(path.join(root, path.dirname(file)));
  } catch (error) {
    if (!isNodeError(error) || (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST')) throw error;
  }
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
