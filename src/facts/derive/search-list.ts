import { isIP } from 'node:net';
import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { isClusterName } from './endpoints.js';

/** kubelet's default for pods; a name with fewer dots than this is tried with every suffix first. */
const KUBERNETES_NDOTS = 5;
/** ndots below which an outside name with a dot or two is asked as it is. */
const LOW_NDOTS = 3;
/** Addresses that two outside names may well share: blocked domains are sent there on purpose. */
const NO_HOST = /^(?:0\.0\.0\.0|127\.|::1?$)/;
const MAX_NAMED = 20;

/** What the resolver of pods makes of a name before it asks for it, and what the answers show of it. */
export const searchList: Derivation = {
  id: 'search-list',
  derive(context) {
    judgeFiles(context);
    judgeSuffixes(context);
    judgeSameAnswer(context);
  },
};

/** ndots and search list of each pod whose resolv.conf is known, and the largest among them. */
function judgeFiles({ store, topology }: DeriveContext): void {
  let most: { ndots: number; source: Source } | undefined;
  let longest: { count: number; source: Source } | undefined;
  const foreign = new Map<string, Source>();
  for (const pod of topology.pods.values()) {
    const fact = store.records(pod.subject, 'resolv-conf').at(-1);
    if (fact === undefined || !fact.value.search.some((domain) => /(?:^|\.)svc\./.test(domain))) continue;
    const option = fact.value.options.findLast((word) => /^ndots:\d{1,2}$/.test(word));
    const ndots = option === undefined ? 1 : Number(option.slice('ndots:'.length));
    if (most === undefined || ndots > most.ndots) most = { ndots, source: fact.source };
    const count = fact.value.search.length;
    if (longest === undefined || count > longest.count) longest = { count, source: fact.source };
    const domain = clusterDomainOf(fact.value.search);
    for (const suffix of fact.value.search) {
      const bare = suffix.replace(/\.$/, '');
      if (bare === domain || bare.endsWith(`.${domain}`) || foreign.size >= MAX_NAMED) continue;
      if (!foreign.has(bare)) foreign.set(bare, fact.source);
    }
  }
  if (most !== undefined) {
    if (most.ndots >= KUBERNETES_NDOTS || most.ndots < LOW_NDOTS) {
      const value = most.ndots >= KUBERNETES_NDOTS;
      store.add({ subject: CLUSTER, name: 'dns.ndots-high', value, source: most.source });
    }
  }
  if (longest !== undefined) {
    store.add({ subject: CLUSTER, name: 'dns.search-count', value: longest.count, source: longest.source });
  }
  const first = [...foreign][0];
  if (first !== undefined) {
    store.add({ subject: CLUSTER, name: 'dns.search-foreign', value: [...foreign.keys()].sort(), source: first[1] });
  }
}

/** `cluster.local` of `default.svc.cluster.local`. */
function clusterDomainOf(search: readonly string[]): string {
  for (const domain of search) {
    const match = /(?:^|\.)svc\.(\S{1,253}?)\.?$/.exec(domain);
    if (match !== null) return match[1]!;
  }
  return 'cluster.local';
}

/** Lookups of an outside name that were answered under the name with a suffix behind it: a wildcard record. */
function judgeSuffixes({ store }: DeriveContext): void {
  const suffixes = new Map<string, Source>();
  for (const fact of store.all('probe')) {
    const { askedAs, to, state } = fact.value;
    if (askedAs === undefined || to.name === undefined || state === 'failing') continue;
    if (!isOutsideName(askedAs) || !to.name.startsWith(`${askedAs}.`)) continue;
    const suffix = to.name.slice(askedAs.length + 1);
    if (suffixes.size < MAX_NAMED && !suffixes.has(suffix)) suffixes.set(suffix, fact.source);
  }
  const first = [...suffixes][0];
  if (first === undefined) return;
  const value = [...suffixes.keys()].sort();
  store.add({ subject: CLUSTER, name: 'dns.suffix-answers-outside', value, source: first[1] });
}

/** Different outside names that resolve to one and the same address, as under a wildcard record they all do. */
function judgeSameAnswer({ store }: DeriveContext): void {
  const byAnswer = new Map<string, Set<string>>();
  for (const fact of store.all('probe')) {
    const { proto, to, answers, askedAs } = fact.value;
    const name = askedAs ?? to.name;
    if (proto !== 'dns' || name === undefined || answers?.length !== 1 || !isOutsideName(name)) continue;
    const ip = answers[0]!;
    if (isIP(ip) === 0 || NO_HOST.test(ip)) continue;
    const organisations = byAnswer.get(ip) ?? new Set();
    organisations.add(name.toLowerCase().split('.').slice(-2).join('.'));
    byAnswer.set(ip, organisations);
    if (organisations.size < 2) continue;
    store.add({ subject: CLUSTER, name: 'dns.one-address-for-outside', value: ip, source: fact.source });
    return;
  }
}

/** Generic domains and the countries' whose names are most asked for: what ends in one of them was meant as it is. */
const PUBLIC = /\.(?:com|net|org|io|cn|dev|app|edu|gov|info|cloud|eu|uk|de|fr|jp|ru|in|us)$/i;

function isOutsideName(name: string): boolean {
  return !isClusterName(name) && PUBLIC.test(name);
}
