import { isIP } from 'node:net';
import type { Probe } from '../../model.js';
import type { FactSink } from '../../parsers/parser.js';
import { ping } from '../../parsers/ping.js';
import { outputOf } from './child-output.js';
import type { Outcome } from './outcome.js';

/** ICMP and IP headers in front of ping's data. */
const HEADERS = { 4: 28, 6: 48 } as const;
/** Ping ends by itself after its last packet's wait. */
const GRACE_MS = 2000;

export interface PingOptions {
  /** Packets. */
  count: number;
  /** Seconds that a packet's answer is waited for. */
  wait: number;
  /** Bytes on the wire at IP level, with DF set. */
  size?: number;
}

/**
 * How plain pings are made. A missing neighbour is told after three seconds: whoever waits for less takes it for silence.
 */
export const PLAIN: PingOptions = { count: 3, wait: 3 };
/** Large ones go to addresses that answer small ones, so silence is told sooner. */
export const LARGE = { count: 2, wait: 1 } as const;

/** Pings an address by the system's `ping`; its output is read by the parser of ping's outputs. */
export async function probePing(
  to: { ip: string; name?: string },
  options: PingOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const family = isIP(to.ip) === 6 ? 6 : 4;
  const { count, wait, size } = options;
  const large = size === undefined ? [] : ['-M', 'do', '-s', String(size - HEADERS[family])];
  const args = [`-${family}`, '-n', ...large, '-c', String(count), '-i', '0.3', '-W', String(wait), to.ip];
  const limitMs = count * 300 + wait * 1000 + GRACE_MS;
  const output = await outputOf(['ping', ...args], limitMs, signal);
  if ('unknown' in output) return output;
  const outcome = readPing(output.text, args);
  if ('unknown' in outcome || to.name === undefined) return outcome;
  return { ...outcome, to: { ip: to.ip, name: to.name } };
}

function readPing(text: string, args: string[]): Outcome {
  let outcome: Outcome = { unknown: 'ping printed nothing that tells an outcome' };
  const sink: FactSink = {
    record: (_name, value) => {
      outcome = value as Probe;
    },
    unknown: (_name, reason) => {
      outcome = { unknown: reason };
    },
    fact: () => {},
    problem: () => {},
  };
  const command = { program: 'ping', args, exact: true };
  ping.parse({ text, lines: text.split('\n'), command, subject: 'cluster', file: '' }, sink);
  return outcome;
}
