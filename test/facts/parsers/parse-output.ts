import { expect } from 'vitest';
import type { RecordName, Records, Scalar } from '../../../src/facts/model.js';
import type { Command, FactSink, Parser } from '../../../src/facts/parsers/parser.js';

/** Everything a parser made of one output. */
export interface Parsed {
  all: { name: string; value: unknown; line: number }[];
  facts: Record<string, Scalar>;
  unknowns: Record<string, string>;
  problems: { line: number; message: string }[];
  records<N extends RecordName>(name: N): Records[N][];
  lineOf(name: string): number | undefined;
}

/** A command as `nodes/<node>/<command>` names it: words cut at underscores, or real ones where `exact`. */
export function commandOf(words: string, exact = false): Command {
  const [program = '', ...args] = words === '' ? [''] : words.split(exact ? ' ' : '_');
  return { program, args, exact };
}

/** Runs a parser over a text. `command` is a real command line (`ip -d link`). */
export function parseOutput(parser: Parser, command: string, text: string): Parsed {
  return parseLines(parser, commandOf(command, true), text.replace(/^\n/, '').replace(/\n$/, '').split('\n'));
}

function parseLines(parser: Parser, command: Command, lines: readonly string[]): Parsed {
  const parsed: Parsed = {
    all: [],
    facts: {},
    unknowns: {},
    problems: [],
    records: <N extends RecordName>(name: N) =>
      parsed.all.filter((fact) => fact.name === name).map((fact) => fact.value as Records[N]),
    lineOf: (name) => parsed.all.find((fact) => fact.name === name)?.line,
  };
  const sink: FactSink = {
    record: (name, value, line) => void parsed.all.push({ name, value, line }),
    fact: (name, value, line) => {
      parsed.all.push({ name, value, line });
      parsed.facts[name] = value;
    },
    unknown: (name, reason) => {
      parsed.unknowns[name] = reason;
    },
    problem: (line, message) => void parsed.problems.push({ line, message }),
  };
  parser.parse({ lines, text: lines.join('\n'), command, subject: 'node/n1', file: 'nodes/n1/output' }, sink);
  return parsed;
}

/** Numbers from 0 to below 1, the same ones each time (a linear congruential generator with Numerical Recipes' constants). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Cuts, doubles, shuffles and garbles the lines of an output two hundred times: nothing may throw, no line outside of the
 * output may be blamed, and the reports stay few.
 */
export function expectToSurviveDamage(parser: Parser, command: string, text: string): void {
  const next = sequence(20_240_229);
  const pick = (count: number): number => Math.floor(next() * count);
  const lines = text.replace(/^\n/, '').split('\n');
  for (let round = 0; round < 200; round += 1) {
    const damaged = [...lines];
    for (let blow = 0; blow < 1 + (round % 7); blow += 1) {
      const at = pick(damaged.length);
      const line = damaged[at] ?? '';
      switch (pick(7)) {
        case 0:
          damaged.splice(at, 1);
          break;
        case 1:
          damaged.splice(at, 0, line);
          break;
        case 2:
          damaged[at] = line.slice(0, pick(line.length + 1));
          break;
        case 3:
          damaged[at] = line.slice(pick(line.length + 1));
          break;
        case 4:
          damaged[at] = damaged[pick(damaged.length)] ?? '';
          break;
        case 5:
          damaged[at] = `${line.slice(0, pick(line.length + 1))}\u0000"{!\\ [-=:/%${line}`;
          break;
        default:
          damaged.length = at;
      }
    }
    const parsed = parseLines(parser, commandOf(command, true), damaged);
    expect(parsed.problems.length).toBeLessThanOrEqual(21);
    for (const { line } of [...parsed.problems, ...parsed.all]) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(Math.max(1, damaged.length));
    }
    parser.recognises?.(damaged.slice(0, 20));
  }
}

/** Whether a parser reads each of the commands (file names of a bundle), and none of the others. */
export function expectReads(parser: Parser, commands: readonly string[], others: readonly string[]): void {
  for (const command of commands) expect(parser.reads(commandOf(command)), command).toBe(true);
  for (const command of others) expect(parser.reads(commandOf(command)), command).toBe(false);
}
