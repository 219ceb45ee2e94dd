import type { FactSink, Parser } from './parser.js';
import { readLoadAverage } from './uptime.js';

const TITLE = /^top - \d{1,2}:\d{2}:\d{2} up /;
/** procps: `%Cpu(s):  5.9 us,  2.0 sy, … 91.2 id, … 0.6 si`; before 3.3 `Cpu(s):  5.9%us, …`. `%Cpu0 :` is one of them. */
const CPU = /^%?Cpu\(s\) ?: /;
/** BusyBox: `CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq`. */
const BUSYBOX_CPU = /^CPU: +\d{1,3}% usr/;
const BUSYBOX_LOAD = /^Load average: (\d{1,6}\.\d{2}) (\d{1,6}\.\d{2}) (\d{1,6}\.\d{2}) /;

/** The share of time, in percent, that stands before (or after) a word. */
function share(line: string, word: string): number | undefined {
  const match = new RegExp(`(\\d{1,3}(?:[.,]\\d{1,2})?)%? ?${word}(?:,|\\s|$)`).exec(line);
  return match === null ? undefined : Number(match[1]!.replace(',', '.'));
}

function readCpu(line: string, idle: string, softirq: string, number: number, sink: FactSink): void {
  const free = share(line, idle);
  const soft = share(line, softirq);
  if (free !== undefined) sink.fact('cpu.idle', free, number);
  if (soft !== undefined) sink.fact('cpu.softirq', soft, number);
}

/**
 * `top -bn1`, procps' and BusyBox's: `load.average` and its kin, `cpu.idle` and `cpu.softirq` (percent of all CPUs). Of
 * several rounds (`-n2`) the last one counts: the first is the average since boot.
 */
export const top: Parser = {
  id: 'top',
  provides: ['load.*', 'cpu.*'],
  reads: ({ program }) => program === 'top',
  recognises: (head) => head.some((line) => TITLE.test(line) || BUSYBOX_CPU.test(line)),
  parse({ lines }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 300);
      // Processes fill the rest; none of their lines starts so.
      if (TITLE.test(line)) readLoadAverage(line, i + 1, sink);
      else if (CPU.test(line)) readCpu(line, 'id', 'si', i + 1, sink);
      else if (BUSYBOX_CPU.test(line)) readCpu(line, 'idle', 'sirq', i + 1, sink);
      else {
        const load = BUSYBOX_LOAD.exec(line);
        if (load === null) continue;
        sink.fact('load.average', Number(load[1]), i + 1);
        sink.fact('load.average-5', Number(load[2]), i + 1);
        sink.fact('load.average-15', Number(load[3]), i + 1);
      }
    }
  },
};
