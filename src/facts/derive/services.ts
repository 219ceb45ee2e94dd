import type { Fact, IptablesRule, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import { selectorOfLabels, selects } from '../policy/selector.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode, TopologyPod, TopologyService } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { parseIpv4 } from './ipv4.js';
import { type RuleTable, ruleTablesOf } from './ruleset.js';
import { isReady, podFactOf } from './system-pods.js';
import { targetPortsOf } from './target-ports.js';

/** Facts about Services: their endpoints and ports, and what kube-proxy made of them on each node. */
export const services: Derivation = {
  id: 'services',
  derive(context) {
    const { store, topology } = context;
    const endpointSources = new Map<string, Source>();
    for (const fact of store.all('endpoints-object')) {
      const key = `${fact.value.namespace}/${fact.value.service}`;
      if (!endpointSources.has(key)) endpointSources.set(key, fact.source);
    }
    const podsByNamespace = new Map<string, TopologyPod[]>();
    for (const pod of topology.pods.values()) {
      // A table of pods shows no labels, by which Services select.
      if (pod.object === undefined || pod.object.partial === true) continue;
      const own = podsByNamespace.get(pod.namespace);
      if (own === undefined) podsByNamespace.set(pod.namespace, [pod]);
      else own.push(pod);
    }
    const objects = new Map<string, Source>();
    for (const fact of store.all('service-object')) objects.set(fact.subject, fact.source);
    for (const service of topology.services.values()) {
      const source = objects.get(service.subject) ?? {};
      const { namespace, name } = service.object;
      judgeEndpoints(store, service, endpointSources.get(`${namespace}/${name}`) ?? source);
      judgeSelector(store, service, podsByNamespace, source);
      if (service.object.partial === true) continue;
      const { externalTrafficPolicy, internalTrafficPolicy } = service.object;
      store.add({
        subject: service.subject,
        name: 'traffic-policy.local',
        value: externalTrafficPolicy === 'Local' || internalTrafficPolicy === 'Local',
        source,
      });
    }
    const programmed = new Map<TopologyNode, RuleTable[]>();
    for (const node of topology.nodes.values()) {
      judgeKubeProxy(store, node);
      const nat = ruleTablesOf(store, node.subject).get('nat');
      if (nat !== undefined) programmed.set(node, nat);
    }
    judgeRules(context, programmed);
    judgeIpvs(context);
    judgeStrictArp(store);
  },
};

function judgeEndpoints(store: FactStore, service: TopologyService, source: Source): void {
  if (!service.endpointsKnown || service.object.type === 'ExternalName') return;
  const ready = service.endpoints.filter((endpoint) => endpoint.ready).length;
  store.add({ subject: service.subject, name: 'endpoints.ready', value: ready, source });
  // A table lists the ready ones only.
  if (!endpointsWhole(store, service)) return;
  store.add({
    subject: service.subject,
    name: 'endpoints.not-ready',
    value: service.endpoints.length - ready,
    source,
  });
}

/** Whether the Service's endpoints come from objects rather than from a table, which leaves some out. */
function endpointsWhole(store: FactStore, service: TopologyService): boolean {
  const facts = store.records(service.subject, 'endpoints-object');
  return facts.length === 0 || facts.some((fact) => fact.value.partial !== true);
}

function judgeSelector(
  store: FactStore,
  service: TopologyService,
  podsByNamespace: ReadonlyMap<string, readonly TopologyPod[]>,
  source: Source,
): void {
  const { selector, namespace } = service.object;
  // A Service without a selector has its endpoints from elsewhere.
  if (Object.keys(selector).length === 0) return;
  const pods = podsByNamespace.get(namespace);
  const wanted = selectorOfLabels(selector);
  const matching = (pods ?? []).filter(
    (pod) => selects(wanted, { values: pod.object!.labels, whole: true }) === true && runs(pod),
  );
  // Without a pod of the namespace the list may be of others, unless the cluster's own pods show that it is of all.
  if (pods !== undefined || podsByNamespace.has('kube-system')) {
    store.add({ subject: service.subject, name: 'selector.matches', value: matching.length, source });
  }
  if (service.object.partial === true) return;
  const declared = portsDeclared(store, service, matching);
  if (declared !== undefined) {
    store.add({ subject: service.subject, name: 'target-port.declared', value: declared, source });
  }
}

function runs(pod: TopologyPod): boolean {
  return pod.object?.phase !== 'Succeeded' && pod.object?.phase !== 'Failed';
}

/**
 * Whether each target port is one that the selected pods declare or listen on. Containers need not declare their ports,
 * so a pod that declares none decides nothing unless its sockets do.
 */
function portsDeclared(store: FactStore, service: TopologyService, pods: readonly TopologyPod[]): boolean | undefined {
  let decided = false;
  for (const pod of pods) {
    const declared = pod.object!.containers.flatMap((container) => container.ports);
    const sockets = store
      .records(pod.subject, 'socket')
      .filter((fact) => fact.value.state === 'LISTEN' || fact.value.state === 'UNCONN');
    if (declared.length === 0 && sockets.length === 0) continue;
    const named = service.object.ports.some((port) => typeof port.targetPort === 'string');
    if (named && pod.object!.portNamesUnknown === true) continue;
    decided = true;
    const targets = targetPortsOf(service.object, pod);
    if (targets.length < service.object.ports.length) return false;
    for (const target of targets) {
      const listens = sockets.some((fact) => fact.value.localPort === target.port);
      if (!listens && !declared.some((port) => port.port === target.port)) return false;
    }
  }
  return decided ? true : undefined;
}

function judgeKubeProxy(store: FactStore, node: TopologyNode): void {
  for (const pod of node.pods) {
    if (pod.object === undefined) continue;
    const labels = pod.object.labels;
    if (
      labels['k8s-app'] !== 'kube-proxy' &&
      labels.component !== 'kube-proxy' &&
      !/^kube-proxy(?:-|$)/.test(pod.name)
    ) {
      continue;
    }
    const ready = isReady(pod);
    if (ready === undefined) continue;
    store.add({
      subject: node.subject,
      name: 'kube-proxy.ready',
      value: ready,
      source: podFactOf(store, pod)?.source ?? {},
    });
    return;
  }
}

/** The modes in which kube-proxy writes a rule per Service into the nat table. */
function writesIptables(mode: unknown): boolean {
  return mode === undefined || mode === '' || mode === 'iptables';
}

function judgeRules({ store, topology }: DeriveContext, programmed: ReadonlyMap<TopologyNode, RuleTable[]>): void {
  const mode = store.value(CLUSTER, 'kubeProxyMode');
  if (mode === 'none' || mode === 'nftables' || mode === 'userspace') return;
  const someHaveRules = [...programmed.values()].some((tables) => tables.some(hasKubeServices));
  const candidates = servicesWithClusterIp(topology);
  const endpointIps = new Map<string, { service: TopologyService; ips: Set<string> }>();
  for (const service of topology.services.values()) {
    if (!service.endpointsKnown || !endpointsWhole(store, service)) continue;
    const ips = new Set(service.endpoints.map((endpoint) => endpoint.ip));
    endpointIps.set(`${service.object.namespace}/${service.object.name}`, { service, ips });
  }
  for (const [node, tables] of programmed) {
    const present = tables.find(hasKubeServices);
    if (present === undefined) {
      // Without a rule on any node the cluster may do without kube-proxy: only a known mode tells.
      if (mode === undefined && !someHaveRules) continue;
      const source = [...tables[0]!.chains.values()][0]?.source ?? {};
      store.add({ subject: node.subject, name: 'kube-proxy.rules-present', value: false, source });
      continue;
    }
    const chain = present.chains.get('KUBE-SERVICES')!;
    store.add({ subject: node.subject, name: 'kube-proxy.rules-present', value: true, source: chain.source });
    if (!writesIptables(mode)) continue;
    const programmedIps = new Set<string>();
    for (const table of tables) {
      for (const fact of table.chains.get('KUBE-SERVICES')?.rules ?? []) {
        if (fact.value.dst !== undefined) programmedIps.add(fact.value.dst.replace(/\/32$/, ''));
      }
    }
    // One chain of IPVS mode matches by set: there is no rule per Service to miss.
    if (programmedIps.size === 0 && chain.rules.some((fact) => fact.value.unknown.length > 0)) continue;
    if (candidates.length > 0) {
      const without = candidates.filter(({ ips }) => !ips.some((ip) => programmedIps.has(ip)));
      store.add({
        subject: node.subject,
        name: 'services.without-rules',
        value: without.map(({ name }) => name).sort(),
        source: chain.source,
      });
    }
    judgeBackends(store, node, tables, endpointIps);
  }
}

/** The same in IPVS mode: a virtual server for each Service, with its endpoints as real servers. */
function judgeIpvs({ store, topology }: DeriveContext): void {
  const candidates = servicesWithClusterIp(topology);
  const byAddress = new Map<string, TopologyService>();
  for (const service of topology.services.values()) {
    if (!service.endpointsKnown || !endpointsWhole(store, service)) continue;
    for (const ip of service.object.clusterIPs) byAddress.set(ip, service);
  }
  for (const node of topology.nodes.values()) {
    const servers = store.records(node.subject, 'ipvs-service');
    const first = servers[0];
    if (first === undefined) continue;
    if (candidates.length > 0) {
      const programmed = new Set(servers.map((fact) => fact.value.ip));
      const without = candidates.filter(({ ips }) => !ips.some((ip) => programmed.has(ip)));
      store.add({
        subject: node.subject,
        name: 'services.without-rules',
        value: without.map(({ name }) => name).sort(),
        source: first.source,
      });
    }
    const stale = new Set<string>();
    let source: Source | undefined;
    let judged = false;
    for (const fact of servers) {
      const service = byAddress.get(fact.value.ip);
      if (service === undefined) continue;
      judged = true;
      for (const { ip, weight } of fact.value.backends) {
        // A weight of 0 is how kube-proxy lets a backend that goes finish its connections.
        if (weight === 0 || service.endpoints.some((endpoint) => endpoint.ip === ip)) continue;
        stale.add(`${service.object.namespace}/${service.object.name} -> ${ip}`);
        source ??= fact.source;
      }
    }
    if (!judged) continue;
    store.add({
      subject: node.subject,
      name: 'services.stale-backends',
      value: [...stale].sort(),
      source: source ?? first.source,
    });
  }
}

function hasKubeServices(table: RuleTable): boolean {
  return (table.chains.get('KUBE-SERVICES')?.rules.length ?? 0) > 0;
}

function servicesWithClusterIp(topology: Topology): { name: string; ips: string[] }[] {
  const found: { name: string; ips: string[] }[] = [];
  for (const service of topology.services.values()) {
    if (!service.endpointsKnown || !service.endpoints.some((endpoint) => endpoint.ready)) continue;
    // Its rules are only where a backend is: that a node has none is what was asked for.
    if (service.object.internalTrafficPolicy === 'Local') continue;
    const ips = service.object.clusterIPs.filter((ip) => parseIpv4(ip) !== undefined);
    if (ips.length === 0 || service.object.ports.length === 0) continue;
    found.push({ name: `${service.object.namespace}/${service.object.name}`, ips });
  }
  return found;
}

/** Backends in KUBE-SEP chains that the Service of their comment does not have: rules that kube-proxy did not renew. */
function judgeBackends(
  store: FactStore,
  node: TopologyNode,
  tables: readonly RuleTable[],
  endpoints: ReadonlyMap<string, { service: TopologyService; ips: ReadonlySet<string> }>,
): void {
  const stale = new Set<string>();
  let source: Source | undefined;
  let first: Source | undefined;
  for (const table of tables) {
    for (const [name, chain] of table.chains) {
      if (!name.startsWith('KUBE-SEP-')) continue;
      for (const fact of chain.rules) {
        const backend = backendOf(fact);
        if (backend === undefined) continue;
        const owner = endpoints.get(backend.service);
        if (owner === undefined) continue;
        first ??= fact.source;
        if (owner.ips.has(backend.ip)) continue;
        stale.add(`${backend.service} -> ${backend.ip}`);
        source ??= fact.source;
      }
    }
  }
  if (first === undefined) return;
  store.add({
    subject: node.subject,
    name: 'services.stale-backends',
    value: [...stale].sort(),
    source: source ?? first,
  });
}

/** The backend and Service (`namespace/name`, from the comment that kube-proxy writes) of a DNAT rule. */
function backendOf(fact: Fact<IptablesRule>): { service: string; ip: string } | undefined {
  if (fact.value.target !== 'DNAT') return undefined;
  const to = fact.value.targetOptions['to-destination'] ?? fact.value.targetOptions['--to-destination'];
  const ip = to === undefined ? undefined : to.replace(/:\d+$/, '');
  const service = /^([a-z0-9.-]+\/[a-z0-9.-]+?)(?::[\w.-]*)?$/.exec(fact.value.comment ?? '')?.[1];
  return ip === undefined || service === undefined || parseIpv4(ip) === undefined ? undefined : { service, ip };
}

function judgeStrictArp(store: FactStore): void {
  for (const fact of store.all('configmap-object')) {
    if (fact.value.name !== 'kube-proxy') continue;
    for (const text of Object.values(fact.value.data)) {
      const match = /^\s*"?strictARP"?:\s*(true|false)\b/m.exec(text);
      if (match === null) continue;
      store.add({ subject: CLUSTER, name: 'ipvs.strict-arp', value: match[1] === 'true', source: fact.source });
      return;
    }
  }
}
