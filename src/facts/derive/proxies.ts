import type { Source, Subject } from '../model.js';
import { kindOf } from '../model.js';
import type { Topology } from '../topology.js';
import type { Derivation } from './derivation.js';
import { isInside, parseNetwork } from './ipv4.js';
import { podFactOf } from './system-pods.js';

/** Addresses of each kind that are tried against NO_PROXY. */
const SAMPLE = 5;

/**
 * What of the cluster HTTP clients would ask a proxy for, by the variables of pods (`proxy.gaps`) and of nodes
 * (`proxy.host-gaps`, which container runtimes hand on to CNI plugins). Without a proxy nothing is told.
 */
export const proxies: Derivation = {
  id: 'proxies',
  derive({ store, topology }) {
    const own = addressesOf(topology);
    const judge = (subject: Subject, variables: Readonly<Record<string, string>>, source: Source): void => {
      const gaps = gapsOf(variables, own);
      const name = kindOf(subject) === 'node' ? 'proxy.host-gaps' : 'proxy.gaps';
      if (gaps !== undefined) store.add({ subject, name, value: gaps, source });
    };
    for (const pod of topology.pods.values()) {
      for (const { env } of pod.object?.containers ?? []) {
        if (env === undefined) continue;
        const upper = Object.fromEntries(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]));
        judge(pod.subject, upper, podFactOf(store, pod)?.source ?? {});
      }
    }
    for (const { subject, value, source } of store.all('proxy-variables')) judge(subject, value.variables, source);
  },
};

interface Own {
  services: readonly string[];
  pods: readonly string[];
}

function addressesOf(topology: Topology): Own {
  const services = [...topology.services.values()].flatMap(({ object }) =>
    object.clusterIPs.filter((ip) => ip !== 'None'),
  );
  const pods = [...topology.pods.values()].filter((pod) => !pod.hostNetwork).flatMap((pod) => [...pod.ips]);
  const first = (cidrs: readonly string[]): string[] => cidrs.map((cidr) => cidr.replace(/\/.*$/, ''));
  return {
    services: [...first(topology.serviceCIDRs), ...services].slice(0, SAMPLE),
    pods: [...first(topology.podCIDRs), ...pods].slice(0, SAMPLE),
  };
}

/** Undefined where no proxy is set. */
function gapsOf(variables: Readonly<Record<string, string>>, own: Own): string[] | undefined {
  const proxy = variables.HTTP_PROXY ?? variables.HTTPS_PROXY ?? variables.ALL_PROXY;
  if (proxy === undefined || proxy.trim() === '') return undefined;
  const entries = (variables.NO_PROXY ?? '')
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .slice(0, 1000);
  if (entries.includes('*')) return [];
  const gaps: string[] = [];
  // Clients match suffixes, with or without a dot or star before them.
  const names = entries.some((entry) => /^(?:\*?\.)?(?:svc(?:\.[\w.-]{1,200})?|cluster\.local)\.?$/i.test(entry));
  if (!names) gaps.push('names of Services');
  if (own.services.some((ip) => !covers(entries, ip))) gaps.push('Service addresses');
  if (own.pods.some((ip) => !covers(entries, ip))) gaps.push('pod addresses');
  return gaps;
}

function covers(entries: readonly string[], ip: string): boolean {
  return entries.some((entry) => {
    const bare = entry.replace(/:\d{1,5}$/, '');
    if (bare === ip) return true;
    const network = bare.includes('/') ? parseNetwork(bare) : undefined;
    if (network !== undefined) return isInside([network], ip);
    // `10.` and `10.96.*` are understood by some clients.
    const prefix = /^((?:\d{1,3}\.){1,3})\*?$/.exec(bare)?.[1];
    return prefix !== undefined && ip.startsWith(prefix);
  });
}
