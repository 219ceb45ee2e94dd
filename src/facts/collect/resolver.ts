import type { Records } from '../model.js';
import type { FactSink } from '../parsers/parser.js';
import { resolvConf } from '../parsers/resolv-conf.js';
import type { Resolver } from './probe-agent/plan.js';

/** Servers that a resolver asks: glibc's own limit. */
const MAX_SERVERS = 3;

/** How the text of a resolv.conf lets names be resolved; undefined where it names no server. */
export function resolverOf(text: string): Resolver | undefined {
  let read: Records['resolv-conf'] | undefined;
  const sink: FactSink = {
    record: (_name, value) => {
      read = value as Records['resolv-conf'];
    },
    fact: () => {},
    unknown: () => {},
    problem: () => {},
  };
  const command = { program: 'resolv.conf', args: [], exact: true };
  resolvConf.parse({ text, lines: text.split('\n'), command, subject: 'cluster', file: '' }, sink);
  if (read === undefined || read.nameservers.length === 0) return undefined;
  const ndots = read.options.map((option) => /^ndots:(\d{1,2})$/.exec(option)?.[1]).find((n) => n !== undefined);
  return {
    nameservers: read.nameservers.slice(0, MAX_SERVERS),
    search: read.search,
    ndots: ndots === undefined ? 1 : Number(ndots),
  };
}
