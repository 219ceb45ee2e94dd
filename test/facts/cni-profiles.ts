import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCnis } from '../../src/engine/rulebook/cnis-file.js';
import { parseRuleFile } from '../../src/engine/rulebook/document.js';
import { Reading } from '../../src/engine/rulebook/schema.js';
import type { RulebookProblem } from '../../src/engine/rulebook/types.js';
import { Cnis } from '../../src/facts/cnis.js';

const FILE = fileURLToPath(new URL('../../rules/cnis.yaml', import.meta.url));

/** Reads a text as rules/cnis.yaml. */
export function cnisOf(text: string): { cnis: Cnis; problems: RulebookProblem[] } {
  const problems: RulebookProblem[] = [];
  const document = parseRuleFile({ path: 'cnis.yaml', text }, problems);
  const profiles = document === undefined ? [] : readCnis(document.root, new Reading(document, problems));
  return { cnis: new Cnis(profiles), problems };
}

/** The CNIs of podnet's own rulebook. */
export const CNIS = cnisOf(readFileSync(FILE, 'utf8')).cnis;
