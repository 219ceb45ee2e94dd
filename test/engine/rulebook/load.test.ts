import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRulebook } from '../../../src/engine/rulebook/check.js';
import { loadCompiledRulebook, RulebookLoadError } from '../../../src/engine/rulebook/compiled.js';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import { logPatternsOf } from '../../../src/engine/rulebook/log-patterns.js';
import { files, SMALL } from './small-rulebook.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rulebook-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function write(path: string, text: string): string {
  const full = join(dir, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

describe('loadRulebookFolder', () => {
  it('reads what checkRulebook is given, with the same digest', () => {
    for (const [path, text] of Object.entries(SMALL)) write(path, text);
    write('README.md', 'not a rule');
    expect(loadRulebookFolder(dir).rulebook).toEqual(checkRulebook(files()).rulebook);
  });

  it('names files as they can be opened', () => {
    for (const [path, text] of Object.entries(SMALL)) write(path, text);
    write('facts.yml', 'facts: []');
    expect(loadRulebookFolder(dir).problems.map(({ file }) => file)).toEqual([join(dir, 'facts.yml')]);
  });

  it('says that a folder cannot be read', () => {
    expect(() => loadRulebookFolder(join(dir, 'none'))).toThrow(RulebookLoadError);
  });
});

describe('loadCompiledRulebook', () => {
  const rulebook = checkRulebook(files()).rulebook!;
  const json = JSON.stringify(rulebook);

  it('gives the rulebook that was compiled', () => {
    expect(loadCompiledRulebook(write('rulebook.json', json))).toEqual(rulebook);
  });

  it.each([
    ['cut', json.slice(0, -20), /cut or damaged/],
    ['empty', '', /cut or damaged/],
    ['of another version', json.replace('"version":1', '"version":2'), /of version 2, expected 1/],
    ['no rulebook', '[]', /of version undefined/],
    ['without causes', JSON.stringify({ ...rulebook, causes: undefined }), /lacks "causes"/],
    ['without digest', JSON.stringify({ ...rulebook, digest: undefined }), /lacks "digest"/],
  ])('refuses one that is %s', (_, text, message) => {
    const path = write('rulebook.json', text);
    expect(() => loadCompiledRulebook(path)).toThrow(RulebookLoadError);
    expect(() => loadCompiledRulebook(path)).toThrow(message);
  });

  it('says that there is none', () => {
    expect(() => loadCompiledRulebook(join(dir, 'rulebook.json'))).toThrow(/no compiled rulebook/);
  });

  it('carries the log patterns over', () => {
    expect(logPatternsOf(rulebook)).toEqual([
      { fact: 'log.tuned-restart', subject: 'node', components: ['system'], pattern: /tuned\[\d+\]/ },
    ]);
  });
});
