import { kindOf, nodeSubject } from '../model.js';
import { isObject, textOf } from './json-shape.js';
import type { LogOrigin } from './log-line.js';
import { LogLine } from './log-line.js';
import type { PatternSet } from './log-scan.js';
import { LogScan, patternsFor } from './log-scan.js';
import type { Command, Parser } from './parser.js';

/** Folder names under which a node's own log stands. */
const SYSTEM_COMPONENTS = new Set([
  'system',
  'messages',
  'dmesg',
  'journal',
  'journalctl',
  'kernel',
  'kern',
  'syslog',
  'audit',
]);
const PROGRAMS = new Set([
  'journalctl',
  'dmesg',
  'system-log',
  'messages',
  'syslog',
  'kern.log',
  'ausearch',
  'audit.log',
]);
/**
 * Who wrote the line, in syslog's and journalctl's formats: `Feb 11 09:49:03 HOST IDENT[PID]: `, with ISO stamps, with
 * `-o short-full`'s weekday and zone, or with `-o short-unix`'s seconds.
 */
const ORIGIN =
  /^(?:[A-Z][a-z]{2} {1,2}\d{1,2} [\d:.]{8,15}|\d{4}-\d{2}-\d{2}T\S{8,30}|[A-Z][a-z]{2} \d{4}-\d{2}-\d{2} [\d:.]{8,15} [A-Z+\d-]{1,6}|\d{10}\.\d{6}) ([\w.-]{1,254}) ([\w./@-]{1,60})(?:\[\d{1,10}\])?: /;
/** RFC 5424 (rsyslog's own format): `<30>1 TIME HOST IDENT PID MSGID [DATA] text`. */
const RFC5424 = /^<\d{1,3}>1 \d{4}-\S{8,34} ([\w.-]{1,254}) ([\w./@-]{1,60}) /;
const JOURNAL_JSON = /^\{.{0,2000}?"__REALTIME_TIMESTAMP" ?: ?"\d{16}"/;
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
  recognises: (head) =>
    head.filter((line) => ORIGIN.test(line) || RFC5424.test(line) || JOURNAL_JSON.test(line)).length * 2 > head.length,
  parse(input, sink) {
    const scan = new LogScan(sink);
    const component = input.component ?? 'system';
    const always = ['system', component];
    const patterns = patternsFor(input.logPatterns, always);
    const byProgram = new Map<string, PatternSet>();
    const onNode = kindOf(input.subject) === 'node';
    for (let i = 0; i < input.lines.length; i += 1) {
      const raw = input.lines[i]!;
      // `-- Logs begin at …`, `-- Boot 3f2a… --` and `-- Reboot --` are journalctl's own.
      if (raw === '' || raw.startsWith('-- ')) continue;
      const line = raw.startsWith('{"') ? journalLine(raw) : raw;
      const head = line.length > 500 ? line.slice(0, 500) : line;
      const origin = ORIGIN.exec(head) ?? RFC5424.exec(head);
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
      const kubelet = kindOf(subject) === 'node' ? undefined : ({ kind: 'node' } as const);
      const of: LogOrigin = { patterns: chosen, subject, component, kubelet, takenAt: input.at };
      scan.read(line, new LogLine(i + 1, line, of));
    }
    scan.finish();
  },
};

/**
 * A line of `journalctl -o json` as `-o short-unix` would print it; what is no entry of a journal is given back as it is.
 * A MESSAGE that is not text is a list of bytes there, and left out.
 */
function journalLine(line: string): string {
  if (line.length > 65_536) return line;
  try {
    const entry: unknown = JSON.parse(line);
    if (!isObject(entry)) return line;
    const message = textOf(entry.MESSAGE);
    const micros = textOf(entry.__REALTIME_TIMESTAMP);
    if (message === undefined || micros === undefined || !/^\d{16}$/.test(micros)) return line;
    const host = textOf(entry._HOSTNAME) ?? '-';
    const ident = textOf(entry.SYSLOG_IDENTIFIER) ?? textOf(entry._COMM) ?? '-';
    return `${micros.slice(0, 10)}.${micros.slice(10)} ${host} ${ident}: ${message}`;
  } catch {
    return line;
  }
}
