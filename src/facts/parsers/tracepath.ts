import { isIP } from 'node:net';
import { isHost } from './endpoint-hint.js';
import type { Parser } from './parser.js';

/** `     Resume: pmtu 1450 hops 2 back 2`, or at the end of a path that was not reached `     Too many hops: pmtu 1500`. */
const RESULT = /^\s*(?:Resume|Too many hops): pmtu (\d{2,6})\b/;
const HOP = /^\s{0,3}\d{1,3}\??:\s/;
const OPTIONS_WITH_VALUE = new Set(['-l', '-m', '-p']);

/**
 * `tracepath`: the path MTU that it found towards its target, as `path-mtu.TARGET` (bytes at IP level), and one UDP probe
 * where the target answered. Without `reached` nothing is said of the target: its firewall may be all that is silent.
 */
export const tracepath: Parser = {
  id: 'tracepath',
  provides: ['path-mtu.*', 'probe'],
  reads: ({ program }) => program === 'tracepath' || program === 'tracepath6',
  recognises: (head) => head.some((line) => /^\s*1\?: \[LOCALHOST\]/.test(line)),
  parse({ lines, command }, sink) {
    const target = command.args
      .filter((arg, i) => !arg.startsWith('-') && !OPTIONS_WITH_VALUE.has(command.args[i - 1] ?? ''))
      .map((arg) => arg.replace(/(?<=^[\d.]{7,15})\/\d{1,5}$/, ''))
      .find(isHost);
    let lastHop: string | undefined;
    let reachedAt: number | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500);
      if (HOP.test(line) && /\breached\s*$/.test(line)) {
        reachedAt = i + 1;
        lastHop = line
          .trim()
          .split(/[\s()]+/, 4)
          .find((word) => isIP(word) !== 0);
      }
      const result = RESULT.exec(line);
      if (result === null) continue;
      const to = lastHop ?? target;
      if (to === undefined) sink.unknown('path-mtu.*', 'neither output nor command names the target', i + 1);
      else sink.fact(`path-mtu.${to}`, Number(result[1]), i + 1);
    }
    const ip = lastHop ?? (target !== undefined && isIP(target) !== 0 ? target : undefined);
    if (reachedAt === undefined || ip === undefined) return;
    sink.record(
      'probe',
      { to: { ip }, proto: 'udp', state: 'ok', origin: 'tool', family: isIP(ip) as 4 | 6 },
      reachedAt,
    );
  },
};
