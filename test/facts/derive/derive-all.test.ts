import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = 'src/facts/derive/';

describe('deriving', () => {
  const runner = readFileSync(`${FOLDER}derive-all.ts`, 'utf8');

  it('runs every derivation that there is', () => {
    const idle: string[] = [];
    for (const file of readdirSync(FOLDER)) {
      const name = /^export const (\w+): Derivation = \{/m.exec(readFileSync(FOLDER + file, 'utf8'))?.[1];
      if (name !== undefined && !new RegExp(`^(?:  ${name},|const .*\\[.*\\b${name}\\b.*\\];)$`, 'm').test(runner))
        idle.push(file);
    }
    expect(idle).toEqual([]);
  });
});
