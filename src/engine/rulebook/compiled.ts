import { readFileSync } from 'node:fs';
import type { Rulebook } from './types.js';

/** The rulebook that was to be loaded cannot be: the message says which file and what to do. */
export class RulebookLoadError extends Error {
  override readonly name = 'RulebookLoadError';
}

/**
 * Reads a compiled rulebook, as scripts/compile-rulebook.mjs writes it. The build checked it, so here only what can have happened
 * since is looked at: that it is there, whole, and of this version. Throws `RulebookLoadError` otherwise.
 */
export function loadCompiledRulebook(path: string): Rulebook {
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
  const lists = [
    'categories',
    'classes',
    'facts',
    'evidence',
    'causes',
    'cnis',
    'questions',
    'legQuestions',
    'symptoms',
    'firstLooks',
  ];
  const lacking = lists.find((name) => !Array.isArray((parsed as Record<string, unknown>)[name]));
  if (lacking !== undefined || typeof (parsed as Record<string, unknown>).digest !== 'string') {
    throw new RulebookLoadError(`${path} lacks "${lacking ?? 'digest'}": run \`npm run build\``);
  }
  return parsed as Rulebook;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an error says of itself. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
