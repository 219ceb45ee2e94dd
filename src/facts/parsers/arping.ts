import { isIP } from 'node:net';
import type { Parser } from './parser.js';

/** iputils: `Unicast reply from 10.0.0.1 [52:54:00:12:34:56]  0.7ms`; Habets': `42 bytes from 52:54:00:12:34:56 (10.0.0.1): index=0`. */
const REPLY = /reply from ([\d.]{7,15}) \[([\dA-Fa-f:]{11,17})\]|bytes from ([\dA-Fa-f:]{17}) \(([\d.]{7,15})\)/;

/**
 * `arping`: who answers for an address. Each MAC that does makes one claim, in the namespace that asked; two
 * of them for one address are a conflict. No answer makes nothing: an address that nobody has is no fault by itself.
 */
export const arping: Parser = {
  id: 'arping',
  provides: ['address-claim'],
  reads: ({ program }) => program === 'arping',
  recognises: (head) => head.some((line) => line.startsWith('ARPING ')),
  parse({ lines }, sink) {
    const seen = new Set<string>();
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500);
      const reply = REPLY.exec(line);
      if (reply === null) continue;
      const ip = (reply[1] ?? reply[4])!;
      const mac = macOf((reply[2] ?? reply[3])!);
      if (isIP(ip) !== 4 || mac === undefined) {
        sink.problem(i + 1, 'not a reply of arping');
        continue;
      }
      if (seen.has(`${ip} ${mac}`)) continue;
      seen.add(`${ip} ${mac}`);
      sink.record('address-claim', { ip, mac }, i + 1);
    }
  },
};

/** In the kernel's spelling: lower case, two digits a byte. */
function macOf(text: string): string | undefined {
  const bytes = text.toLowerCase().split(':');
  if (bytes.length !== 6 || bytes.some((byte) => !/^[\da-f]{1,2}$/.test(byte))) return undefined;
  return bytes.map((byte) => byte.padStart(2, '0')).join(':');
}
