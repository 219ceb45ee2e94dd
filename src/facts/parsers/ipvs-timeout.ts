import { wholeNumber } from './command-words.js';
import type { Parser } from './parser.js';

const LINE = /^Timeout \(tcp tcpfin udp\): (\d{1,9}) (\d{1,9}) (\d{1,9})\s*$/;

/** `ipvsadm -l --timeout`: `ipvs.timeout.tcp`, `.tcpfin`, `.udp`, in seconds. */
export const ipvsTimeout: Parser = {
  id: 'ipvs-timeout',
  provides: ['ipvs.timeout.*'],
  reads: ({ program, args }) => program === 'ipvsadm' && args.includes('--timeout'),
  recognises: (head) => head.some((line) => LINE.test(line)),
  parse({ lines }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const match = LINE.exec(lines[i]!.slice(0, 200));
      if (match === null) continue;
      for (const [at, name] of ['tcp', 'tcpfin', 'udp'].entries()) {
        const value = wholeNumber(match[at + 1]);
        if (value !== undefined) sink.fact(`ipvs.timeout.${name}`, value, i + 1);
      }
      return;
    }
  },
};
