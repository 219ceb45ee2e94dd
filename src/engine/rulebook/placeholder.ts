import type { FactDefinition } from './types.js';

/** Placeholders that the hypothesis' subject fills. */
export const SUBJECT_PLACEHOLDERS = ['node', 'pod', 'namespace', 'service'] as const;

/**
 * `{word}` in a command. Not one: `${VAR}` of the shell, `{{end}}` of a Go template, `{ print }` and whatever else holds
 * white space, commas or quotes (awk, brace lists, JSON), and `{.items}` of kubectl's jsonpath.
 */
const PLACEHOLDER = /(?<![${])\{([A-Za-z][\w.-]*)\}(?!\})/g;

/** Words in braces that kubectl's jsonpath has. */
const JSONPATH_WORDS = new Set(['end']);

/** The names that stand in braces in a command, each once, in their order. */
export function placeholdersOf(command: string): string[] {
  const names = new Set<string>();
  for (const match of command.matchAll(PLACEHOLDER)) if (!JSONPATH_WORDS.has(match[1]!)) names.add(match[1]!);
  return [...names];
}

/** Fills a command's placeholders in; where `fill` knows no value the placeholder stays as it is. */
export function fillPlaceholders(command: string, fill: (name: string) => string | undefined): string {
  return command.replace(PLACEHOLDER, (whole, name: string) =>
    JSONPATH_WORDS.has(name) ? whole : (fill(name) ?? whole),
  );
}

/** All names that a command may hold in braces. */
export function placeholderNames(facts: Iterable<Pick<FactDefinition, 'name'>>): string[] {
  return [...SUBJECT_PLACEHOLDERS, ...Array.from(facts, (fact) => fact.name)];
}
