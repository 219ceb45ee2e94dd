import type { Qdisc } from '../model.js';
import { wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

/** `qdisc netem 8001: dev eth0 root refcnt 2 limit 1000 delay 100ms loss 10%`; `[Unknown qdisc, …]` and `offloaded` may follow. */
const HEADING = /^qdisc ([\w-]{1,32}) ([0-9a-f]{1,8}:) (?:dev (\S{1,64}) )?(.{0,600})$/;
/** ` Sent 5128 bytes 64 pkt (dropped 12, overlimits 40 requeues 0)`. */
const SENT = /^\s+Sent \d{1,20} bytes \d{1,20} pkts? \(dropped (\d{1,16}), overlimits (\d{1,16})/;
/** What statistics of a discipline begin with, beside the line above. */
const DETAIL = /^\s+\S/;

/**
 * `tc qdisc`, with or without `-s` and `dev`: records `qdisc`; `qdisc.listed` where the listing was of all devices, so
 * that what is not there is not set. `tc class` and `tc filter` are not read.
 */
export const tc: Parser = {
  id: 'tc',
  provides: ['qdisc', 'qdisc.*'],
  reads: ({ program, args }) => program === 'tc' && args.some((arg) => /^(?:q|qd|qdisc)$/.test(arg)),
  recognises: (head) => head.some((line) => HEADING.test(line)),
  parse({ lines, command }, sink) {
    const problems = new LineProblems(sink);
    const asked = command.args.indexOf('dev');
    const askedDev = asked < 0 ? undefined : command.args[asked + 1];
    const found: { value: Qdisc; line: number }[] = [];
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1000);
      if (line.trim() === '') continue;
      const heading = HEADING.exec(line);
      if (heading !== null) {
        const value = qdiscOf(heading, askedDev);
        if (value === undefined) problems.report(i + 1, 'a queueing discipline of no device', line);
        else found.push({ value, line: i + 1 });
        continue;
      }
      const sent = SENT.exec(line);
      const last = found.at(-1)?.value;
      if (sent !== null && last !== undefined) {
        const [dropped, overlimits] = [wholeNumber(sent[1]), wholeNumber(sent[2])];
        if (dropped !== undefined) last.dropped = dropped;
        if (overlimits !== undefined) last.overlimits = overlimits;
      } else if (!DETAIL.test(line)) problems.report(i + 1, 'not a queueing discipline', line);
    }
    problems.finish();
    for (const { value, line } of found) sink.record('qdisc', value, line);
    if (command.program === 'tc' && askedDev === undefined && found.length > 0)
      sink.fact('qdisc.listed', true, found[0]!.line);
  },
};

function qdiscOf(heading: RegExpExecArray, askedDev: string | undefined): Qdisc | undefined {
  const dev = heading[3] ?? askedDev;
  if (dev === undefined) return undefined;
  const words = wordsOf(heading[4]!);
  const root = words[0] === 'root';
  // `root refcnt 2`, `parent 1:1`, `ingress_block 1` say where it hangs; what follows is what it does.
  const place = root ? (words[1] === 'refcnt' ? 3 : 1) : words[0] === 'parent' ? 2 : 0;
  return { dev, kind: heading[1]!, root, options: words.slice(place).join(' ') };
}
