import { isIP } from 'node:net';
import type { FlowError } from '../../model.js';
import { type NextId, probeDns } from './dns-probe.js';
import { isUnknown } from './outcome.js';
import type { Resolver } from './plan.js';

/** Names that a search list may make of one: glibc's own limit is six. */
const MAX_SEARCH = 6;

/**
 * The address of a name as the source's own resolv.conf finds it, or what failed. The collector's own resolver must not be
 * asked: in a pod's network namespace it still is the node's.
 */
export async function resolveName(
  name: string,
  resolver: Resolver | undefined,
  nextId: NextId,
  signal: AbortSignal,
): Promise<{ ip: string } | { error?: FlowError } | { unknown: string }> {
  if (isIP(name) !== 0) return { ip: name };
  if (resolver === undefined || resolver.nameservers.length === 0) {
    return { unknown: 'no DNS server is known that could resolve the name' };
  }
  let failure: { error?: FlowError } | undefined;
  for (const candidate of candidates(name, resolver)) {
    for (const server of resolver.nameservers) {
      const outcome = await probeDns({ name: candidate, server, transport: 'udp' }, nextId, signal);
      if (isUnknown(outcome)) return outcome;
      const ip = outcome.answers?.[0];
      if (ip !== undefined) return { ip };
      failure = outcome.error === undefined ? { error: 'nxdomain' } : { error: outcome.error };
      // A server that says no is believed; the next one is for silence.
      if (outcome.status === 'NXDOMAIN' || outcome.status === 'NOERROR') break;
    }
    if (failure?.error === 'timeout') break;
  }
  return failure ?? { error: 'nxdomain' };
}

function candidates(name: string, { search, ndots }: Resolver): string[] {
  if (name.endsWith('.')) return [name];
  const expanded = search.slice(0, MAX_SEARCH).map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= ndots ? [name, ...expanded] : [...expanded, name];
}
