import { isIP } from 'node:net';
import type { Probe } from '../../model.js';
import { outputOf } from './child-output.js';
import { isUnknown, type Outcome } from './outcome.js';
import { LARGE, probePing } from './ping-probe.js';

/** No IPv4 path need carry more than this, no IPv6 path may carry less. */
const LEAST = { 4: 576, 6: 1280 } as const;
/** `ping -s` counts in 16 bits with its headers. */
const MOST = 65_535;
/** Halvings; 2^17 is above any size. */
const MOST_STEPS = 17;
const IP_LIMIT_MS = 3000;

/**
 * Finds what the path to an address that answers small pings carries with DF: the ping at the sender's own MTU, and where
 * that fails the largest that gets through. Steps in between are not told: they are no attempts that anything depends on.
 */
export async function sweepMtu(ip: string, signal: AbortSignal): Promise<Outcome[]> {
  const own = await ownMtuTowards(ip, signal);
  if (typeof own !== 'number') return [own];
  const family = isIP(ip) === 6 ? 6 : 4;
  const tryOut = (size: number): Promise<Outcome> => probePing({ ip }, { ...LARGE, size }, signal);
  const full = await tryOut(own);
  if (isUnknown(full) || passes(full)) return [full];
  let least: number = LEAST[family];
  let carried: Probe | undefined;
  let lost = own;
  // What a router or the kernel named is the likeliest answer.
  let next = full.mtu !== undefined && full.mtu > least && full.mtu < own ? full.mtu : middle(least, lost);
  let isNamed = next === full.mtu;
  for (let step = 0; step < MOST_STEPS && lost - least > 1 && !signal.aborted; step += 1) {
    const outcome = await tryOut(next);
    if (isUnknown(outcome)) break;
    if (passes(outcome)) {
      least = next;
      carried = outcome;
      if (isNamed) break;
    } else lost = next;
    isNamed = false;
    next = middle(least, lost);
  }
  return carried === undefined ? [full] : [full, carried];
}

function middle(a: number, b: number): number {
  return Math.floor((a + b) / 2);
}

function passes({ received = 0 }: Probe): boolean {
  return received > 0;
}

/**
 * MTU of the route towards an address: what the route itself says, else its device's. What a path's ICMP errors taught the
 * kernel does not count: it is what is to be found out.
 */
async function ownMtuTowards(ip: string, signal: AbortSignal): Promise<number | { unknown: string }> {
  const family = isIP(ip) === 6 ? '-6' : '-4';
  const route = await outputOf(['ip', family, 'route', 'get', ip], IP_LIMIT_MS, signal);
  if ('unknown' in route) return route;
  const told = mtuOfRoute(route.text);
  if (typeof told === 'number') return Math.min(told, MOST);
  if (told === undefined) return { unknown: 'the route to the address is not known' };
  const link = await outputOf(['ip', '-o', 'link', 'show', 'dev', told.dev], IP_LIMIT_MS, signal);
  if ('unknown' in link) return link;
  const mtu = / mtu (\d{2,6}) /.exec(link.text)?.[1];
  return mtu === undefined ? { unknown: 'the MTU of the device is not known' } : Math.min(Number(mtu), MOST);
}

/** The route's own MTU, else its device, out of `ip route get`. */
export function mtuOfRoute(text: string): number | { dev: string } | undefined {
  const own = /\bmtu (?:lock )?(\d{2,6})\b/.exec(text)?.[1];
  // `cache expires 597sec mtu 1400` was learnt.
  if (own !== undefined && !/\bexpires\b/.test(text)) return Number(own);
  const dev = /\bdev (\S{1,32})/.exec(text)?.[1];
  return dev === undefined ? undefined : { dev };
}
