import { kindOf, nodeSubject } from '../model.js';
import type { PatternSet } from './log-scan.js';
import { LogScan, patternsFor } from './log-scan.js';
import { logTime } from './log-time.js';
import type { Command, Parser } from './parser.js';

/** Folder names under which a node's own log stands. */
const SYSTEM_COMPONENTS = new Set(['system', 'messages', 'dmesg', 'journal', 'journalctl', 'kernel', 'kern', 'syslog']);
const PROGRAMS = new Set(['journalctl', 'dmesg', 'system-log', 'messages', 'syslog', 'kern.log']);
/** Who wrote the line, in syslog's and journalctl's formats: `Feb 11 09:49:03 HOST IDENT[PID]: `. */
const ORIGIN =
  /^(?:[A-Z][a-z]{2} {1,2}\d{1,2} [\d:.]{8,15}|\d{4}-\d{2}-\d{2}T\S{8,30}) ([\w.-]{1,254}) ([\w./@-]{1,60})(?:\[\d{1,10}\])?: /;
/** Programs whose patterns are looked up; a hostile log may name any number. */
const MAX_PROGRAMS = 200;

/** Whether a component's log is the node's own (`logs/system/…`): `systemLog` reads it, not `componentLog`. */
export function isSystemComponent(component: string): boolean {
  return SYSTEM_COMPONENTS.has(component.toLowerCase().replace(/\.(?:log|txt)$/, ''));
}

/** A node's own log: journal, messages, syslog, dmesg. Lines of kubelet and of container runtimes stand in it as well. */
export const systemLog: Parser = {
  id: 'system-log',
  provides: [],
  reads: ({ program }: Command) => PROGRAMS.has(program),
  recognises: (head) => head.filter((line) => ORIGIN.test(line)).length * 2 > head.length,
  parse(input, sink) {
    const scan = new LogScan(sink);
    const component = input.component ?? 'system';
    const always = ['system', component];
    const patterns = patternsFor(input.logPatterns, always);
    const byProgram = new Map<string, PatternSet>();
    const onNode = kindOf(input.subject) === 'node';
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line === '') continue;
      const origin = ORIGIN.exec(line.length > 500 ? line.slice(0, 500) : line);
      let chosen = patterns;
      const program = origin?.[2];
      if (program !== undefined) {
        chosen = byProgram.get(program) ?? patterns;
        if (!byProgram.has(program) && byProgram.size < MAX_PROGRAMS) {
          const more = patternsFor(input.logPatterns, [...always, program]);
          chosen = more.patterns.length === patterns.patterns.length ? patterns : more;
          byProgram.set(program, chosen);
        }
      }
      // A log that nobody placed names its host in each line.
      const subject = onNode || origin === null ? input.subject : nodeSubject(origin[1]!);
      scan.read(line, {
        line: i + 1,
        at: logTime(line, input.at),
        patterns: chosen,
        subject,
        component,
        ...(kindOf(subject) === 'node' ? {} : { kubelet: { kind: 'node' as const } }),
      });
    }
    scan.finish();
  },
};
