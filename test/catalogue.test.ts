import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadRulebookFolder } from '../src/engine/rulebook/load.js';
import { PARSERS } from '../src/facts/parsers/registry.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const rulebook = loadRulebookFolder(path.join(ROOT, 'rules')).rulebook!;
const PARSER_IDS = new Set(PARSERS.map((parser) => parser.id));

/** Derivations whose file is not named after them, because it holds more than one thing. */
const ELSEWHERE: Record<string, string> = { topology: 'cluster-shape' };

test('every fact of the catalogue is made known by a parser, a derivation, a log pattern or an answer that exists', () => {
  const wrong: string[] = [];
  for (const { name, from } of rulebook.facts) {
    const [kind, id = ''] = from.split(' ');
    if (kind === 'parser' && !PARSER_IDS.has(id)) wrong.push(`${name}: no parser ${id}`);
    if (kind === 'derivation' && !existsSync(path.join(ROOT, `src/facts/derive/${ELSEWHERE[id] ?? id}.ts`))) {
      wrong.push(`${name}: no derivation ${id}`);
    }
    if (!['parser', 'derivation', 'log', 'answer'].includes(kind!)) wrong.push(`${name}: from ${from}`);
  }
  expect(wrong).toEqual([]);
});

test('every fact of a parser or derivation is named in the code that makes facts', () => {
  const folder = path.join(ROOT, 'src/facts');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const named = new Set(
    sources.flatMap((text) => [...text.matchAll(/['"`]([A-Za-z][\w.-]*)['"`]/g)].map(([, name]) => name)),
  );
  /** Families whose names are put together: `counter.${name}`. */
  const families = [
    ...new Set(sources.flatMap((text) => [...text.matchAll(/`([a-z][\w.-]*\.)\$\{/g)].map(([, name]) => name!))),
  ];
  const unknown = rulebook.facts.filter(({ name, from }) => {
    if (from === 'log' || from === 'answer') return false;
    return !named.has(name) && !families.some((family) => name.startsWith(family));
  });
  expect(unknown.map(({ name, from }) => `${name}: ${from}`)).toEqual([]);
});

test('every answer that a condition names has its question', () => {
  const asked = new Set(rulebook.questions.map((question) => question.fact));
  const used = new Set(rulebook.evidence.flatMap((evidence) => evidence.facts));
  expect(rulebook.facts.filter(({ name, from }) => from === 'answer' && used.has(name) && !asked.has(name))).toEqual(
    [],
  );
});
