import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ExpectedDiagnosis, parseExpected } from './case-verdict.js';

/** A bundle with what is expected of its diagnosis. */
export interface Case {
  /** Path below the folder that was searched. */
  name: string;
  bundle: string;
  expected: ExpectedDiagnosis;
}

/** A folder that looks like a case and cannot be run. */
export interface CaseProblem {
  file: string;
  /** Empty where there is no bundle. */
  message: string;
}

/** Folders below the one searched in which a case may stand; bundles themselves are not searched. */
const DEPTH = 6;

/**
 * Finds the cases below some folders: each folder with an `expected.yaml` and, beside it, `bundle/` or an archive
 * `bundle.*`. Sorted by path. Rejects where a folder cannot be listed.
 */
export async function findCases(
  folders: readonly string[],
  notFaults: ReadonlySet<string>,
): Promise<{ cases: Case[]; problems: CaseProblem[] }> {
  const cases: Case[] = [];
  const problems: CaseProblem[] = [];
  for (const root of folders) {
    const open: { folder: string; depth: number }[] = [{ folder: root, depth: 0 }];
    const found: string[] = [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const entries = await readdir(next.folder, { withFileTypes: true });
      if (entries.some((entry) => entry.name === 'expected.yaml' && entry.isFile())) {
        found.push(next.folder);
        continue;
      }
      for (const entry of entries) {
        if (!entry.isDirectory() || next.depth === DEPTH) continue;
        open.push({ folder: path.join(next.folder, entry.name), depth: next.depth + 1 });
      }
    }
    for (const folder of found.sort()) {
      const outcome = await readCase(folder, notFaults);
      if ('message' in outcome) problems.push(outcome);
      else cases.push({ ...outcome, name: path.relative(root, folder) || path.basename(path.resolve(folder)) });
    }
  }
  return { cases, problems };
}

async function readCase(
  folder: string,
  notFaults: ReadonlySet<string>,
): Promise<{ bundle: string; expected: ExpectedDiagnosis } | CaseProblem> {
  const file = path.join(folder, 'expected.yaml');
  const bundle = (await readdir(folder)).sort().find((name) => name === 'bundle' || name.startsWith('bundle.'));
  if (bundle === undefined) return { file, message: '' };
  const { parse } = await import('yaml');
  try {
    const result = parseExpected(parse(await readFile(file, 'utf8')), notFaults);
    if ('error' in result) return { file, message: result.error };
    return { bundle: path.join(folder, bundle), expected: result.expected };
  } catch (error) {
    return { file, message: error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error) };
  }
}
