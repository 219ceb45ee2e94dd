import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import type { RuleDocument } from './document.js';
import { peek } from './schema.js';
import type { FactDefinition, Position, RulebookProblem } from './types.js';

/**
 * The names that the files declare, taken before anything else is read, so that a mistake within a cause or an evidence
 * does not make every mention of it a mistake too.
 */
export interface Names {
  /** The catalogue; undefined where the entry has a mistake of its own, so nothing can be said of its type. */
  facts: Map<string, FactDefinition | undefined>;
  evidence: readonly string[];
  causes: readonly string[];
  categories: readonly string[];
  classes: readonly string[];
}

/** Ids of one namespace with the place of the first of each; a second one is reported. */
export class Declared {
  readonly #first = new Map<string, Position>();
  readonly #what: string;
  readonly #problems: RulebookProblem[];

  constructor(what: string, problems: RulebookProblem[]) {
    this.#what = what;
    this.#problems = problems;
  }

  /** The map's text at `key` (`id`), where it has one. */
  add(document: RuleDocument, map: YAMLMap, key = 'id'): void {
    const name = peek(map, key);
    if (name === undefined) return;
    const at = document.at(map.get(key, true) as Node);
    const first = this.#first.get(name);
    if (first === undefined) {
      this.#first.set(name, at);
      return;
    }
    const message = `duplicate ${this.#what} "${name}": first at ${first.file}:${first.line}:${first.column}`;
    this.#problems.push({ ...at, severity: 'error', message });
  }

  names(): string[] {
    return [...this.#first.keys()].sort();
  }
}

/** The maps of a list, or of the list at `key` of a map: what of a file can be looked at whatever else is wrong with it. */
export function mapsOf(root: Node, key?: string): YAMLMap[] {
  const node = key === undefined ? root : isMap(root) ? root.get(key, true) : undefined;
  if (!isSeq(node)) return [];
  return node.items.filter((item): item is YAMLMap => isMap(item));
}
