import type { Ipv4Network } from '../../derive/ipv4.js';
import type { Packet } from '../packet.js';
import type { Hook, PacketEnvironment } from './base-chain.js';

/** Whether a condition holds of every packet of a kind, of none, or of some (or it cannot be told). */
export type Match = 'yes' | 'no' | 'maybe';

/** Where a packet is looked at. */
export interface Place {
  hook: Hook;
  environment: PacketEnvironment;
}

/** A condition of a rule, compiled. */
export type Matcher = (packet: Packet, place: Place) => Match;

export const MAYBE: Matcher = () => 'maybe';
export const ALWAYS: Matcher = () => 'yes';
export const NEVER: Matcher = () => 'no';

export function inverted(match: Match): Match {
  return match === 'yes' ? 'no' : match === 'no' ? 'yes' : 'maybe';
}

export function negatedIf(negated: boolean, matcher: Matcher): Matcher {
  return negated ? (packet, place) => inverted(matcher(packet, place)) : matcher;
}

export function told(holds: boolean | undefined): Match {
  return holds === undefined ? 'maybe' : holds ? 'yes' : 'no';
}

/** Whether numbers from and to (inclusive) all lie in the other range, or none. */
export function rangeMatch(from: number, to: number, start: number, end: number): Match {
  if (from <= start && to >= end) return 'yes';
  return from <= end && start <= to ? 'maybe' : 'no';
}

/** Whether any of several ranges takes the packet's in. Ranges that only together cover it give `maybe`. */
export function anyRangeMatch(ranges: readonly (readonly [number, number])[], start: number, end: number): Match {
  let result: Match = 'no';
  for (const [from, to] of ranges) {
    const match = rangeMatch(from, to, start, end);
    if (match === 'yes') return 'yes';
    if (match === 'maybe') result = 'maybe';
  }
  return result;
}

/** The address where the packet's network is a single one. */
export function singleAddress(network: Ipv4Network | undefined): number | undefined {
  return network !== undefined && network.start === network.end ? network.start : undefined;
}

/** A number as packet filters write it; undefined beyond 32 bits. */
export function bits(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return undefined;
  const value = Number(text);
  return value <= 0xffffffff ? value : undefined;
}

/** `0x4000/0x4000`, `0x1`: value and mask. */
export function maskedBits(text: string | undefined): readonly [value: number, mask: number] | undefined {
  const [first, second, ...more] = (text ?? '').split('/');
  const value = bits(first);
  const mask = second === undefined ? 0xffffffff : bits(second);
  return value === undefined || mask === undefined || more.length > 0 ? undefined : [value, mask];
}
