import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CheckedRulebook, checkRulebook } from './check.js';
import type { RuleFile } from './document.js';
import type { Rulebook } from './types.js';

/** The rulebook that was to be loaded cannot be: the message says which file and what to do. */
export class RulebookLoadError extends Error {
  override readonly name = 'RulebookLoadError';
}

/** Beside the built code: dist/rulebook.json, as scripts/compile-rulebook.mjs writes it. */
const COMPILED = fileURLToPath(new URL('../../rulebook.json', import.meta.url));

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

/**
 * Reads the compiled rulebook, by default the one of this build. The build checked it, so here only what can have happened
 * since is looked at: that it is there, whole, and of this version. Throws `RulebookLoadError` otherwise.
 */
export function loadCompiledRulebook(path: string = COMPILED): Rulebook {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RulebookLoadError(
      `no compiled rulebook (${reasonOf(error)}): run \`npm run build\`, or name a folder of rules`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new RulebookLoadError(`${path} is cut or damaged (${reasonOf(error)}): run \`npm run build\``);
  }
  const version = isRecord(parsed) ? parsed.version : undefined;
  if (version !== 1) {
    throw new RulebookLoadError(`${path} is of version ${JSON.stringify(version)}, expected 1: run \`npm run build\``);
  }
  const lists = ['categories', 'classes', 'facts', 'evidence', 'causes', 'questions'];
  const lacking = lists.find((name) => !Array.isArray((parsed as Record<string, unknown>)[name]));
  if (lacking !== undefined || typeof (parsed as Record<string, unknown>).digest !== 'string') {
    throw new RulebookLoadError(`${path} lacks "${lacking ?? 'digest'}": run \`npm run build\``);
  }
  return parsed as Rulebook;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
