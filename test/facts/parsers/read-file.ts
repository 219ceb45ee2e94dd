import { isIP } from 'node:net';
import { expect } from 'vitest';
import type { RecordName, Records, Scalar, Subject } from '../../../src/facts/model.js';
import type { FactSink, Parser, ParserInput } from '../../../src/facts/parsers/parser.js';

/** A fact as a parser put it, with all that it said of it. */
export interface Put {
  name: string;
  value: unknown;
  line: number;
  subject: Subject;
  at?: string | undefined;
}

export interface Read {
  records: Put[];
  facts: Put[];
  unknowns: { name: string; reason: string }[];
  problems: { line: number; message: string }[];
  /** The values of the records of one name. */
  of<N extends RecordName>(name: N): Records[N][];
  /** The value of the one scalar of a name. */
  value(name: string): Scalar | undefined;
}

/** Runs a parser over the text of one file of a bundle. `command` is cut at blanks. */
export function readFile(parser: Parser, command: string, text: string, input: Partial<ParserInput> = {}): Read {
  const [program = '', ...args] = command.split(' ');
  const subject = input.subject ?? 'node/n1';
  const read: Read = {
    records: [],
    facts: [],
    unknowns: [],
    problems: [],
    of: <N extends RecordName>(name: N) =>
      read.records.filter((put) => put.name === name).map((put) => put.value as Records[N]),
    value: (name) => read.facts.find((put) => put.name === name)?.value as Scalar | undefined,
  };
  const sink: FactSink = {
    record: (name, value, line, options) =>
      void read.records.push({ name, value, line, subject: options?.subject ?? subject, at: options?.at }),
    fact: (name, value, line, options) =>
      void read.facts.push({ name, value, line, subject: options?.subject ?? subject, at: options?.at }),
    unknown: (name, reason) => void read.unknowns.push({ name, reason }),
    problem: (line, message) => void read.problems.push({ line, message }),
  };
  const lines = text.split('\n');
  parser.parse({ lines, text, command: { program, args, exact: false }, subject, file: 'a/file', ...input }, sink);
  return read;
}

/** The one probe of an output. */
export function probeIn(parser: Parser, command: string, text: string): Records['probe'] {
  const read = readFile(parser, command, text);
  expect(read.problems).toEqual([]);
  expect(read.of('probe')).toHaveLength(1);
  return read.of('probe')[0]!;
}

/** Numbers below `most`, the same ones for the same seed (the constants are Numerical Recipes'). */
function picks(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/**
 * Cuts, doubles and shuffles the lines of an output: nothing may throw, and every address or name that a probe gives must
 * stand in the command or in what is left of the output.
 */
export function survivesDamage(parser: Parser, command: string, text: string, input: Partial<ParserInput> = {}): void {
  const pick = picks(7);
  for (let round = 0; round < 150; round += 1) {
    const lines = text.split('\n');
    for (let blow = 0; blow <= round % 5; blow += 1) {
      const at = pick(lines.length);
      const line = lines[at] ?? '';
      const how = pick(5);
      if (how === 0) lines.splice(at, 1);
      else if (how === 1) lines.splice(at, 0, line);
      else if (how === 2) lines[at] = line.slice(0, pick(line.length + 1));
      else if (how === 3) lines.push(...lines.splice(at, 1));
      else lines.length = Math.max(1, at);
    }
    const damaged = lines.join('\n');
    const given = `${command}\n${damaged}`;
    const read = readFile(parser, command, damaged, input);
    for (const probe of read.of('probe')) {
      for (const end of [probe.to, probe.from ?? {}, { ip: probe.server }]) {
        if (end.ip !== undefined)
          expect(isIP(end.ip) !== 0 && given.includes(end.ip), `${end.ip} in\n${given}`).toBe(true);
        if ('name' in end && end.name !== undefined) expect(given).toContain(end.name);
      }
    }
    for (const { line } of [...read.problems, ...read.records]) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines.length);
    }
    parser.recognises?.(lines.slice(0, 20));
  }
}
