import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Fact, Scalar, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';
import { sysctlNumber } from './sysctl-of.js';

/**
 * IPv6 of the cluster and its nodes: whether it is used at all, whether the kernel's switches let it work, and whether it
 * alone fails. Where nothing shows that the cluster uses IPv6 its switches are nobody's fault, and nothing is said of them.
 */
export const ipv6: Derivation = {
  id: 'ipv6',
  derive({ store, topology, flows }) {
    const used = usedBy(store, topology);
    if (used !== undefined)
      store.add({ subject: CLUSTER, name: 'ipv6.in-use', value: used.value, source: used.source });
    if (used?.value === true) for (const node of topology.nodes.values()) judgeNode(store, node);
    const alone = failsAlone(flows);
    if (alone !== undefined) store.add({ subject: CLUSTER, name: 'ipv6.fails-alone', ...alone });
  },
};

const isV6 = (text: string | undefined): boolean => text?.includes(':') === true;

function usedBy(store: FactStore, topology: Topology): { value: boolean; source: Source } | undefined {
  let known: Source | undefined;
  for (const { value, source } of store.all('node-object')) {
    if (value.podCIDRs.some(isV6)) return { value: true, source };
    if (value.podCIDRs.length > 0) known ??= source;
  }
  for (const { value, source } of store.all('pod-object')) {
    if (!value.hostNetwork && value.ips.some(isV6)) return { value: true, source };
  }
  for (const { value, source } of store.all('service-object')) {
    if (value.clusterIPs.some(isV6)) return { value: true, source };
  }
  const told = [...topology.podCIDRs, ...topology.serviceCIDRs].some(isV6);
  const reported = store.scalar(CLUSTER, 'podCIDR') ?? store.scalar(CLUSTER, 'serviceCIDR');
  if (told && reported !== undefined) return { value: true, source: reported.source };
  return known === undefined ? undefined : { value: false, source: known };
}

function judgeNode(store: FactStore, node: TopologyNode): void {
  const read = (key: string): Fact<Scalar> | undefined =>
    sysctlNumber(store, node.subject, `net.ipv6.conf.${key}`)?.fact;
  const tell = (name: string, value: boolean, source: Source): void =>
    store.add({ subject: node.subject, name, value, source });
  const ofNic = (name: string): Fact<Scalar> | undefined =>
    node.nic === undefined
      ? undefined
      : (read(`${node.nic.replaceAll('.', '/')}.${name}`) ?? read(`${node.nic}.${name}`));

  const disabled = [read('all.disable_ipv6'), read('default.disable_ipv6'), ofNic('disable_ipv6')].filter(
    (fact) => fact !== undefined,
  );
  const off = disabled.find((fact) => fact.value === 1);
  if (disabled.length > 0) tell('ipv6.disabled', off !== undefined, (off ?? disabled[0]!).source);

  const forwarding = read('all.forwarding');
  if (forwarding !== undefined) tell('ipv6.forwarding-off', forwarding.value === 0, forwarding.source);

  // A router takes no advertisements unless accept_ra is 2 (ip-sysctl, accept_ra): its default route then runs out.
  const accept = ofNic('accept_ra') ?? read('all.accept_ra');
  const routes = store.records(node.subject, 'route').filter(({ value }) => value.family === 6);
  const isDefault = ({ value }: (typeof routes)[number]): boolean => value.dst === '::/0' && value.type === 'unicast';
  const route = routes.find(isDefault);
  if (routes.length > 0) tell('ipv6.no-default-route', route === undefined, (route ?? routes[0]!).source);
  const forwards = ofNic('forwarding') ?? forwarding;
  if (accept === undefined || forwards === undefined) return;
  // A static default route does not need them.
  const needs = route === undefined || route.value.proto === 'ra';
  tell('ipv6.advertisements-ignored', accept.value === 1 && forwards.value === 1 && needs, accept.source);
}

interface Family {
  works?: Flow;
  fails?: Flow;
}

/** Legs on which every attempt by IPv6 fails and none by IPv4 does. */
function failsAlone(flows: readonly Flow[]): { value: boolean; source: Source } | undefined {
  const legs = new Map<string, { v4: Family; v6: Family }>();
  for (const flow of flows) {
    const { ip } = flow.to;
    if (ip === undefined) continue;
    const key = `${flow.leg.from}>${flow.leg.to}`;
    const both = legs.get(key) ?? { v4: {}, v6: {} };
    legs.set(key, both);
    const family = isV6(ip) ? both.v6 : both.v4;
    if (isSymptom(flow)) family.fails ??= flow;
    else if (flow.state === 'ok') family.works ??= flow;
  }
  let working: Flow | undefined;
  for (const { v4, v6 } of legs.values()) {
    if (v6.fails !== undefined && v6.works === undefined && v4.works !== undefined && v4.fails === undefined)
      return { value: true, source: v6.fails.sources[0] ?? {} };
    working ??= v6.works;
  }
  return working === undefined ? undefined : { value: false, source: working.sources[0] ?? {} };
}
