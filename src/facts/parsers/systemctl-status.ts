import type { Parser } from './parser.js';
import { systemLog } from './system-log.js';

/** `● kubelet.service - kubelet: The Kubernetes Node Agent`; `○`, `×` and `↻` of newer ones, `*` where UTF-8 is missing. */
const UNIT = /^\s{0,3}[●○×↻*x] (\S{1,200}?)\.(service|socket|timer|target|mount|slice)(?: - .*)?$/;
const ACTIVE = /^\s*Active: ([a-z-]{3,20})(?: \(([^)]{1,60})\))?/;
const NOT_FOUND = /^Unit (\S{1,200}?)(?:\.service)? could not be found\.?$/;
/** A line of the journal at the end, short or ISO. */
const LOG_LINE = /^(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\S*) \S+ \S+: /;

/**
 * `systemctl status UNIT`: `unit.NAME.active` (`active`, `inactive`, `failed`, `activating`, …, or `not-found`) for each
 * service; the lines of its journal are read as a log.
 */
export const systemctlStatus: Parser = {
  id: 'systemctl-status',
  provides: ['unit.*'],
  reads: ({ program, args }) =>
    (program === 'systemctl' && args.includes('status')) || (program === 'service' && args[1] === 'status'),
  recognises: (head) => head.some((line) => UNIT.test(line)) && head.some((line) => ACTIVE.test(line)),
  parse(input, sink) {
    let unit: string | undefined;
    const logLines = new Array<string>(input.lines.length).fill('');
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (LOG_LINE.test(line)) {
        logLines[i] = line;
        continue;
      }
      const short = line.slice(0, 500);
      const heading = UNIT.exec(short);
      if (heading !== null) unit = heading[2] === 'service' ? heading[1] : undefined;
      const missing = NOT_FOUND.exec(short);
      if (missing !== null) sink.fact(`unit.${missing[1]}.active`, 'not-found', i + 1);
      const active = ACTIVE.exec(short);
      if (active !== null && unit !== undefined) sink.fact(`unit.${unit}.active`, active[1]!, i + 1);
    }
    systemLog.parse({ ...input, lines: logLines, component: 'system' }, sink);
  },
};
