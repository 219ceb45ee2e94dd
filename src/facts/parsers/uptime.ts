import { dottedPathOf, wholeNumber } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, FactSink, Parser } from './parser.js';

/** ` 10:15:32 up 12 days,  3:04,  2 users,  load average: 0.52, 0.58, 0.59`; some locales write `0,52, 0,58, 0,59`. */
const LOAD = /load averages?: *(\d{1,6}[.,]\d{1,3}),? +(\d{1,6}[.,]\d{1,3}),? +(\d{1,6}[.,]\d{1,3})/;
const UP = ' up ';
const PROC_LOADAVG = /^(\d{1,6}\.\d{1,3}) (\d{1,6}\.\d{1,3}) (\d{1,6}\.\d{1,3}) \d+\/\d+ \d+$/;

function isCpuCount({ program }: Command): boolean {
  return program === 'nproc';
}

/** Seconds of `12 days,  3:04`, `3:04`, `15 min`, `1 day, 5 min`; undefined where it is none of these. */
function secondsUp(text: string): number | undefined {
  const days = /(\d{1,6}) days?/.exec(text);
  const clock = /(\d{1,2}):(\d{2})/.exec(text);
  const minutes = /(\d{1,4}) min/.exec(text);
  if (days === null && clock === null && minutes === null) return undefined;
  return (
    Number(days?.[1] ?? 0) * 86_400 +
    Number(clock?.[1] ?? 0) * 3600 +
    Number(clock?.[2] ?? 0) * 60 +
    Number(minutes?.[1] ?? 0) * 60
  );
}

/** Makes `load.average`, `-5` and `-15` of a line that has `load average: …` in it; false where it has not. */
export function readLoadAverage(text: string, line: number, sink: FactSink): boolean {
  const match = LOAD.exec(text);
  if (match !== null) recordLoad(match, line, sink);
  return match !== null;
}

function recordLoad(match: RegExpExecArray, line: number, sink: FactSink): void {
  const load = (text: string): number => Number(text.replace(',', '.'));
  sink.fact('load.average', load(match[1]!), line);
  sink.fact('load.average-5', load(match[2]!), line);
  sink.fact('load.average-15', load(match[3]!), line);
}

/**
 * `uptime`, `w`, `cat /proc/loadavg`, `cat /proc/uptime`, `nproc`: makes `load.average` (one minute), `load.average-5`,
 * `load.average-15`, `uptime` (seconds since boot) and `cpu.count`.
 */
export const uptime: Parser = {
  id: 'uptime',
  provides: ['load.*', 'uptime'],
  reads(command) {
    const path = dottedPathOf(command);
    return (
      command.program === 'uptime' ||
      command.program === 'w' ||
      isCpuCount(command) ||
      path === 'proc.loadavg' ||
      path === 'proc.uptime'
    );
  },
  recognises: (head) => LOAD.test(head[0] ?? '') && ` ${head[0] ?? ''}`.includes(UP),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const path = dottedPathOf(input.command);
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.trim();
      if (line === '') continue;
      if (isCpuCount(input.command)) {
        const count = wholeNumber(line);
        if (count !== undefined && count > 0) sink.fact('cpu.count', count, i + 1);
        else problems.report(i + 1, 'not a number of CPUs', line);
        continue;
      }
      const proc = path === 'proc.uptime' ? /^(\d{1,12}(?:\.\d{1,3})?) \d/.exec(line) : null;
      if (proc !== null) {
        sink.fact('uptime', Math.floor(Number(proc[1])), i + 1);
        continue;
      }
      const match = LOAD.exec(line) ?? PROC_LOADAVG.exec(line);
      if (match === null) {
        // `w` goes on with who is logged in.
        if (input.command.program !== 'w') problems.report(i + 1, 'not a load average', line);
        continue;
      }
      recordLoad(match, i + 1, sink);
      const up = ` ${line}`.indexOf(UP);
      const seconds = up < 0 ? undefined : secondsUp(line.slice(up, match.index));
      if (seconds !== undefined) sink.fact('uptime', seconds, i + 1);
    }
    problems.finish();
  },
};
