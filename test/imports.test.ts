import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * Imports run one way: cli and api → ask → pipeline → engine → facts' model; report beside them knows the engine. Readers of facts know no engine, and engine and
 * report do no I/O, so a diagnosis can be made of facts alone, wherever they came from.
 */

interface Import {
  /** From 1. */
  line: number;
  /** As written: `./model.js`, `node:fs`, `yaml`. */
  target: string;
  typeOnly: boolean;
}

/** All imports of a module: import and export declarations, `import()`, `import('…').Type`, `require`. */
function importsOf(path: string, text: string): Import[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const { line } = source.getLineAndCharacterOfPosition(specifier.getStart(source));
    imports.push({ line: line + 1, target: specifier.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node)) {
      const called = node.expression;
      const loads =
        called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require');
      if (loads) add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return imports;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  const names = named !== undefined && ts.isNamedImports(named) ? named.elements : [];
  return clause.name === undefined && names.length > 0 && names.every((element) => element.isTypeOnly);
}

/** Layers that a layer may import besides itself. `facts` is treated apart, file by file. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  facts: [],
  engine: [],
  report: ['engine'],
  pipeline: ['engine', 'facts'],
  ask: ['pipeline', 'report', 'engine', 'facts'],
  api: ['ask', 'pipeline', 'report', 'engine', 'facts'],
  cli: ['api', 'ask', 'pipeline', 'report', 'engine', 'facts'],
};

/** What engine and report may see of the facts: the model and its summary, not who reads it. */
const FACTS_MODEL = [
  'facts/model.ts',
  'facts/capture.ts',
  'facts/store.ts',
  'facts/leg.ts',
  'facts/flow.ts',
  'facts/topology.ts',
  'facts/cnis.ts',
  'facts/inspection.ts',
  'facts/walk/result.ts',
  'facts/walk/walked-flow.ts',
];

/** Modules that reach outside the process. */
const OUTSIDE = new Set(
  [
    'child_process',
    'cluster',
    'dgram',
    'dns',
    'fs',
    'http',
    'http2',
    'https',
    'net',
    'os',
    'readline',
    'tls',
    'worker_threads',
  ].flatMap((name) => [name, `${name}/promises`]),
);
/** The one file of the engine that reads: the rulebook. */
const MAY_READ = ['engine/rulebook/load.ts', 'engine/rulebook/compiled.ts'];

/** What is wrong with an import, or undefined. `path` as in `engine/rank.ts`. */
function faultOf(path: string, { target, typeOnly }: Import): string | undefined {
  const layer = path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
  const pure = layer === 'engine' || layer === 'report';
  if (!target.startsWith('.')) {
    if (!pure || typeOnly || !isBuiltin(target) || MAY_READ.includes(path)) return undefined;
    return OUTSIDE.has(target.replace(/^node:/, '')) ? `${layer} does no I/O` : undefined;
  }
  const imported = posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts');
  if (imported.startsWith('../')) return 'nothing of src is outside of it';
  if (layer === undefined) return undefined; // an entry point may put anything together
  const below = BELOW[layer];
  if (below === undefined) return `the folder "${layer}" has no place in the direction of imports`;
  const other = imported.includes('/') ? imported.slice(0, imported.indexOf('/')) : undefined;
  if (other === layer || (other !== undefined && below.includes(other))) return undefined;
  if (other === 'facts' && pure) {
    return FACTS_MODEL.includes(imported) ? undefined : `${layer} sees of the facts only ${FACTS_MODEL.join(', ')}`;
  }
  return `${layer} does not know ${other ?? 'entry points'}`;
}

const SRC = fileURLToPath(new URL('../src', import.meta.url));

describe('the direction of imports', () => {
  it('holds in all of src', () => {
    const faults: string[] = [];
    const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .sort();
    for (const entry of paths) {
      const path = entry.replaceAll('\\', '/');
      for (const imported of importsOf(path, readFileSync(join(SRC, entry), 'utf8'))) {
        const fault = faultOf(path, imported);
        if (fault !== undefined) faults.push(`src/${path}:${imported.line}: imports ${imported.target}: ${fault}`);
      }
    }
    expect(paths.length).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });

  it.each([
    ['facts/derive/flows.ts', "import { rank } from '../../engine/rank.js';"],
    ['facts/read.ts', "const { text } = await import('../report/text.js');"],
    ['engine/rank.ts', "import { text } from '../report/text.js';"],
    ['engine/rank.ts', "import type { Parser } from '../facts/parsers/parser.js';"],
    ['engine/rank.ts', "import type { DeriveContext } from '../facts/derive/derivation.js';"],
    ['engine/rank.ts', "import { deriveAll } from '../facts/derive/derive-all.js';"],
    ['engine/rank.ts', "import fs from 'node:fs';"],
    ['engine/rank.ts', "import { readFile } from 'fs/promises';"],
    ['engine/rank.ts', "export * from '../cli/main.js';"],
    ['engine/rank.ts', "type A = import('../cli/main.js').A;"],
    ['engine/rank.ts', "import pkg from '../../package.json';"],
    ['report/text.ts', "import { spawn } from 'node:child_process';"],
    ['report/text.ts', "import { readBundle } from '../facts/bundle/read.js';"],
    ['api/server.ts', "import { main } from '../cli/main.js';"],
    ['elsewhere/a.ts', "import { a } from '../facts/model.js';"],
  ])('forbids %s: %s', (path, text) => {
    const [imported] = importsOf(path, text);
    expect(imported && faultOf(path, imported)).toBeTypeOf('string');
  });

  it.each([
    ['facts/derive/flows.ts', "import type { Flow } from '../flow.js';"],
    ['facts/bundle/folder.ts', "import { readdir } from 'node:fs/promises';"],
    ['engine/rank.ts', "import type { Topology } from '../facts/topology.js';"],
    ['engine/rank.ts', "import { type Stats } from 'node:fs';"],
    ['engine/rank.ts', "import { FactStore } from '../facts/store.js';"],
    ['engine/rulebook/check.ts', "import { createHash } from 'node:crypto';"],
    ['engine/rulebook/load.ts', "import { readFileSync } from 'node:fs';"],
    ['report/text.ts', "import { rank } from '../engine/rank.js';"],
    ['cli/main.ts', "const { readBundle } = await import('../facts/bundle/read.js');"],
  ])('allows %s: %s', (path, text) => {
    const [imported] = importsOf(path, text);
    expect(imported && faultOf(path, imported)).toBeUndefined();
  });

  it('sees imports in code only, each with its line', () => {
    const text = "// import 'a';\nconst s = \"import 'b'\";\nimport {\n  c,\n} from 'c';\n";
    expect(importsOf('x.ts', text)).toEqual([{ line: 5, target: 'c', typeOnly: false }]);
  });
});
