import type { Fact, PolicyRule, Route, Source } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { devicesOf, isDeviceDown, type NodeDevices } from './devices.js';
import {
  deviceOf,
  type Ipv4Network,
  networkCovers,
  networkHas,
  networksOverlap,
  parseIpv4,
  parseNetwork,
  RouteTable,
  type TableRoute,
} from './ipv4.js';
import { AddressHolders, type PodNetwork, podNetworksOf } from './pod-networks.js';

/** Facts about the routes and `ip rule`s of nodes, IPv4. */
export const routes: Derivation = {
  id: 'routes',
  derive(context) {
    const { store, topology } = context;
    const networks = podNetworksOf(topology);
    const holders = new AddressHolders(topology, networks);
    const tables = new Map<TopologyNode, RouteTable>();
    for (const node of topology.nodes.values()) {
      const main = new RouteTable(store.records(node.subject, 'route'), 'main');
      if (isWholeTable(node, main)) tables.set(node, main);
    }
    const routedByMain = new Set<PodNetwork>();
    for (const network of networks) {
      for (const [node, main] of tables) {
        if (node !== network.node && specificRoute(main, network.network) !== undefined) routedByMain.add(network);
      }
    }
    for (const [node, main] of tables) {
      findDefault(store, node, main);
      if (networks.some((network) => network.node !== node)) {
        findMissing(context, node, tables, networks, routedByMain);
        findWrongNextHop(context, node, tables, networks, holders);
      }
      findBlackholes(context, node, main, networks);
    }
    findDefaultElsewhere(store, [...tables.keys()]);
    const unseen = new Map<TopologyNode, RulesToUnseenTables>();
    for (const node of topology.nodes.values()) {
      findPodsWithoutRule(context, node);
      const rules = findHijackingRules(context, node, networks);
      if (rules !== undefined) unseen.set(node, rules);
    }
    findOddRules(store, unseen);
    findMissingRules(store, [...topology.nodes.values()]);
  },
};

/**
 * Whether the main table looks whole rather than an excerpt: a default route, or the connected network of the NIC or of
 * any device that is neither loopback nor a pod's.
 */
function isWholeTable(node: TopologyNode, main: RouteTable): boolean {
  return main.routes.some(
    ({ fact, network }) =>
      network.prefix === 0 ||
      (network.prefix < 32 &&
        fact.value.via === undefined &&
        fact.value.type === 'unicast' &&
        (fact.value.dev === node.nic || /^(?:eth|en|bond|em|team|p\d+p)/.test(fact.value.dev ?? ''))),
  );
}

/** The route that a network's packets take, unless it is the default one. */
function specificRoute(main: RouteTable, network: Ipv4Network): TableRoute | undefined {
  const route = main.lookup(sampleAddress(network));
  return route === undefined || route.network.prefix === 0 ? undefined : route;
}

/** An address that a pod of the network can have: not the network's own, which tunnel devices take. */
function sampleAddress(network: Ipv4Network): number {
  return Math.min(network.start + 2, network.end);
}

/**
 * Whether the default route leaves by another interface than that of the node's address, unlike on most of the other nodes:
 * what is asked at the one is answered by the other.
 */
function findDefaultElsewhere(store: FactStore, nodes: readonly TopologyNode[]): void {
  const found = nodes.flatMap((node) => {
    const own = node.addresses.find(({ ip }) => ip === node.nodeIp)?.dev;
    const route = store
      .records(node.subject, 'route')
      .find(({ value }) => value.table === 'main' && value.family === 4 && isDefault(value));
    const dev = route?.value.dev ?? route?.value.nexthops?.[0]?.dev;
    return own === undefined || route === undefined || dev === undefined
      ? []
      : [{ node, source: route.source, elsewhere: dev !== own }];
  });
  if (found.length < 2) return;
  const many = found.filter(({ elsewhere }) => elsewhere).length * 2 >= found.length;
  for (const { node, source, elsewhere } of found) {
    store.add({ subject: node.subject, name: 'routes.default-elsewhere', value: elsewhere && !many, source });
  }
}

/** Nodes from which a rule that the others have must be missing before it is missing, and not a habit of some. */
const ENOUGH_NODES = 3;

/**
 * Policy rules that every other node has and one has not, whatever addresses they name: somebody took them away. The kernel's own
 * three count like any.
 */
function findMissingRules(store: FactStore, nodes: readonly TopologyNode[]): void {
  const shapes = new Map<TopologyNode, Set<string>>();
  for (const node of nodes) {
    const rules = store.records(node.subject, 'rule').filter(({ value }) => value.family === 4);
    // A filtered listing has no rule of the local table.
    if (!rules.some(({ value }) => value.table === 'local')) continue;
    shapes.set(node, new Set(rules.map(({ value }) => shapeOfRule(value))));
  }
  if (shapes.size < ENOUGH_NODES) return;
  const counts = new Map<string, number>();
  for (const own of shapes.values()) for (const shape of own) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  for (const [node, own] of shapes) {
    const missing = [...counts]
      .filter(([shape, count]) => count === shapes.size - 1 && !own.has(shape))
      .map(([shape]) => shape);
    const source = store.records(node.subject, 'rule')[0]!.source;
    store.add({ subject: node.subject, name: 'routes.missing-rules', value: missing.sort(), source });
  }
}

function shapeOfRule({ priority, iif, oif, fwmark, table, action }: PolicyRule): string {
  const words = [`${priority}:`, iif === undefined ? '' : `iif ${iif}`, oif === undefined ? '' : `oif ${oif}`];
  words.push(fwmark === undefined ? '' : `fwmark ${fwmark}`, table === undefined ? action : `lookup ${table}`);
  return words.filter((word) => word !== '').join(' ');
}

function findDefault(store: FactStore, node: TopologyNode, main: RouteTable): void {
  const fallback = main.routes.find((route) => route.network.prefix === 0 && route.fact.value.type === 'unicast');
  const elsewhere = node.routes.some((route) => route.family === 4 && route.table !== 'main' && isDefault(route));
  if (fallback === undefined && elsewhere) return;
  store.add({
    subject: node.subject,
    name: 'routes.default-missing',
    value: fallback === undefined,
    source: (fallback ?? main.routes[0]!).fact.source,
  });
}

function isDefault(route: Route): boolean {
  return route.dst === 'default' || route.dst === '0.0.0.0/0';
}

/**
 * Pod networks without a route of their own. Where the fabric routes pod addresses no node has one, so a network counts
 * only if some sampled node routes it, or this node routes those of other peers the same way.
 */
function findMissing(
  { store, topology }: DeriveContext,
  node: TopologyNode,
  tables: ReadonlyMap<TopologyNode, RouteTable>,
  networks: readonly PodNetwork[],
  routedByMain: ReadonlySet<PodNetwork>,
): void {
  const main = tables.get(node)!;
  const routesPeers = networks.some(
    (network) => network.node !== node && specificRoute(main, network.network) !== undefined,
  );
  const mode = modeOf(store);
  if (routedByMain.size === 0 && !routesPeers && mode !== 'own-routes') return;
  const missing: string[] = [];
  for (const pods of networks) {
    if (lookupSpecificOrBlock(main, pods.network) !== undefined) continue;
    if (pods.node === node) {
      // An own network without a route matters once pods are on it: cni0 is made with the first.
      const hasPods = node.pods.some((pod) => !pod.hostNetwork && [...pod.ips].some((ip) => within(pods.network, ip)));
      const peersHave = networks.some(
        (other) => other.node !== node && routesOwn(tables.get(other.node), other.network),
      );
      if (hasPods && peersHave) missing.push(pods.cidr);
      continue;
    }
    if (!isMember(topology, pods.node)) continue;
    if (routedByMain.has(pods) || routesPeers || mode === 'own-routes') missing.push(pods.cidr);
  }
  store.add({
    subject: node.subject,
    name: 'routes.missing-pod-cidrs',
    value: [...new Set(missing)].sort(),
    source: main.routes[0]!.fact.source,
  });
}

function routesOwn(main: RouteTable | undefined, network: Ipv4Network): boolean {
  return main !== undefined && specificRoute(main, network) !== undefined;
}

/** As `specificRoute`; a blackhole over the network is no missing route but a finding of its own. */
function lookupSpecificOrBlock(main: RouteTable, network: Ipv4Network): TableRoute | undefined {
  return specificRoute(main, network) ?? main.routes.find((route) => networkCovers(network, route.network));
}

function within(network: Ipv4Network, ip: string): boolean {
  const address = parseIpv4(ip);
  return address !== undefined && address >= network.start && address <= network.end;
}

/** A node whose object is gone, or not Ready for long, keeps no routes: its networks are not missed. */
function isMember(topology: Topology, node: TopologyNode): boolean {
  for (const other of topology.nodes.values()) if (other.object !== undefined) return node.object !== undefined;
  return true;
}

/** `own-routes`: the CNI is known to put a route per peer into the main table. */
function modeOf(store: FactStore): 'own-routes' | undefined {
  const cni = store.value('cluster', 'cni');
  const mode = store.value('cluster', 'cniMode');
  if (cni === 'flannel' && (mode === 'vxlan' || mode === 'host-gw' || mode === undefined)) return 'own-routes';
  return mode === 'host-gw' ? 'own-routes' : undefined;
}

function findWrongNextHop(
  { store }: DeriveContext,
  node: TopologyNode,
  tables: ReadonlyMap<TopologyNode, RouteTable>,
  networks: readonly PodNetwork[],
  holders: AddressHolders,
): void {
  const main = tables.get(node)!;
  const devices = devicesOf(store, node);
  const wrong: string[] = [];
  let source: Source | undefined;
  let decided: Source | undefined;
  for (const pods of networks) {
    if (pods.node === node) continue;
    const route = specificRoute(main, pods.network);
    if (route === undefined || route.fact.value.type !== 'unicast') continue;
    decided ??= route.fact.source;
    const { via, flags } = route.fact.value;
    const dev = deviceOf(route.fact.value);
    const hop = via === undefined ? undefined : holders.of(via);
    // A route over more than the one network may well lead to a gateway node.
    const precise = networkCovers(pods.network, route.network);
    const isDown = flags.includes('linkdown') || (dev !== undefined && isDeviceDown(devices, dev) === true);
    const elsewhere =
      hop === undefined
        ? isDetour(node, route, pods, tables) || isPastTunnel(main, devices, route, pods, networks)
        : hop !== pods.node;
    if ((precise && via !== undefined && !pods.node.ips.has(via) && elsewhere) || isDown) {
      wrong.push(pods.cidr);
      source ??= route.fact.source;
    }
  }
  if (decided === undefined) return;
  store.add({
    subject: node.subject,
    name: 'routes.wrong-next-hop',
    value: [...new Set(wrong)].sort(),
    source: source ?? decided,
  });
}

/** Whether a route leaves by the NIC to somebody who is no node, while all others of its kind go into the tunnel. */
function isPastTunnel(
  main: RouteTable,
  devices: NodeDevices,
  route: TableRoute,
  own: PodNetwork,
  networks: readonly PodNetwork[],
): boolean {
  if (deviceOf(route.fact.value) !== devices.nic) return false;
  const tunnels = new Set(devices.tunnels.map(({ name }) => name));
  let others = 0;
  for (const pods of networks) {
    if (pods.node === own.node) continue;
    const other = specificRoute(main, pods.network);
    const dev = other === undefined ? undefined : deviceOf(other.fact.value);
    if (dev === undefined || dev === route.fact.value.dev) continue;
    if (tunnels.has(dev)) others += 1;
  }
  return others > 0;
}

/**
 * Whether a next hop that no node has (the fabric's router, a node that is gone) stands where the node's own address
 * belongs: that node is a neighbour on the same network, and another node routes to it directly.
 */
function isDetour(
  node: TopologyNode,
  route: TableRoute,
  pods: PodNetwork,
  tables: ReadonlyMap<TopologyNode, RouteTable>,
): boolean {
  const dev = deviceOf(route.fact.value);
  const address = pods.node.nodeIp === undefined ? undefined : parseIpv4(pods.node.nodeIp);
  if (address === undefined || dev === undefined || dev !== node.nic) return false;
  const direct = tables.get(node)!.lookup(address);
  if (direct === undefined || direct.network.prefix === 0 || direct.fact.value.via !== undefined) return false;
  if (deviceOf(direct.fact.value) !== dev) return false;
  for (const [other, main] of tables) {
    if (other === node || other === pods.node) continue;
    const via = specificRoute(main, pods.network)?.fact.value.via;
    if (via !== undefined && via === pods.node.nodeIp) return true;
  }
  return false;
}

const BLOCKING = new Set(['blackhole', 'unreachable', 'prohibit']);

function findBlackholes(
  { store, topology }: DeriveContext,
  node: TopologyNode,
  main: RouteTable,
  networks: readonly PodNetwork[],
): void {
  const own = networks.filter((pods) => pods.node === node).map((pods) => pods.network);
  const blocking = main.routes.filter(
    (route) =>
      BLOCKING.has(route.fact.value.type) &&
      route.network.prefix > 0 &&
      !own.some((network) => networksOverlap(network, route.network)),
  );
  const found = new Map<string, Source>();
  for (const route of blocking) {
    // Only where no longer prefix saves the addresses.
    const hitsPeer = networks.some(
      (pods) =>
        pods.node !== node &&
        networksOverlap(pods.network, route.network) &&
        main.lookup(Math.max(sampleAddress(pods.network), route.network.start)) === route,
    );
    if (hitsPeer) found.set(route.fact.value.dst, route.fact.source);
  }
  if (blocking.length > found.size) {
    for (const address of remotePodAddresses(topology, node)) {
      const route = main.lookup(address);
      if (route !== undefined && blocking.includes(route)) found.set(route.fact.value.dst, route.fact.source);
    }
  }
  store.add({
    subject: node.subject,
    name: 'routes.blackholes',
    value: [...found.keys()].sort(),
    source: [...found.values()][0] ?? main.routes[0]!.fact.source,
  });
}

function* remotePodAddresses(topology: Topology, node: TopologyNode): Generator<number> {
  for (const pod of topology.pods.values()) {
    if (pod.hostNetwork || pod.node === undefined || pod.node === node) continue;
    for (const ip of pod.ips) {
      const address = parseIpv4(ip);
      if (address !== undefined) yield address;
    }
  }
}

/**
 * Routed plugins (AWS, Terway) make for each pod a /32 route to its veth and, where policy tables send traffic by
 * source, a rule `to ADDRESS lookup main` before them. A pod that lacks what its neighbours have is cut off.
 */
function findPodsWithoutRule({ store }: DeriveContext, node: TopologyNode): void {
  const rules = store.records(node.subject, 'rule').filter((fact) => fact.value.family === 4);
  const toMain = new Map<string, Source>();
  const local = new Set<string>();
  for (const fact of rules) {
    const rule = fact.value;
    if (rule.to !== undefined && rule.table === 'main' && rule.from === 'all') {
      const ip = hostAddress(rule.to);
      if (ip !== undefined) toMain.set(ip, fact.source);
    }
    if (rule.from !== 'all' && rule.table !== undefined && rule.table !== 'local') {
      const ip = hostAddress(rule.from);
      if (ip !== undefined && !node.ips.has(ip)) local.add(ip);
    }
  }
  const hostRoutes = new Map<string, Source>();
  for (const fact of store.records(node.subject, 'route')) {
    const route = fact.value;
    if (route.family !== 4 || route.via !== undefined || route.dev === undefined || route.dev === node.nic) continue;
    const ip = store.cnis.isPodDevice(route.dev) ? hostAddress(route.dst) : undefined;
    if (ip !== undefined) hostRoutes.set(ip, fact.source);
  }
  for (const pod of node.pods) {
    const phase = pod.object?.phase;
    if (pod.hostNetwork || phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending') continue;
    for (const ip of pod.ips) if (parseIpv4(ip) !== undefined) local.add(ip);
  }
  if (local.size === 0 || (toMain.size === 0 && hostRoutes.size === 0)) return;
  const without = [...local].filter(
    (ip) => (toMain.size > 0 && !toMain.has(ip)) || (hostRoutes.size > 0 && !hostRoutes.has(ip)),
  );
  store.add({
    subject: node.subject,
    name: 'routes.pods-without-rule',
    value: without.sort(),
    source: [...toMain.values()][0] ?? [...hostRoutes.values()][0] ?? {},
  });
}

/** `10.0.0.5` or `10.0.0.5/32`; undefined for networks. */
function hostAddress(text: string): string | undefined {
  const network = parseNetwork(text);
  return network?.prefix === 32 ? text.replace(/\/32$/, '') : undefined;
}

/** What the `ip rule`s do with a packet: the rule that decides, the route of its table, or `unknown`. */
type RuleVerdict =
  | { kind: 'routed'; rule: Fact<PolicyRule>; route: TableRoute }
  | { kind: 'blocked'; rule: Fact<PolicyRule> }
  | { kind: 'unknown'; rule: Fact<PolicyRule> }
  | { kind: 'none' };

/** Rules of a node that take packets of its pods to tables that were not collected, by how `ip rule` prints them. */
interface RulesToUnseenTables {
  found: Map<string, Source>;
  source: Source;
}

/** Undefined where the node's rules are not known. */
function findHijackingRules(
  { store, topology }: DeriveContext,
  node: TopologyNode,
  networks: readonly PodNetwork[],
): RulesToUnseenTables | undefined {
  const rules = store
    .records(node.subject, 'rule')
    .filter((fact) => fact.value.family === 4)
    .sort((a, b) => a.value.priority - b.value.priority);
  if (rules.length === 0) return undefined;
  const unseen: RulesToUnseenTables = { found: new Map(), source: rules[0]!.source };
  const tables = routeTables(store.records(node.subject, 'route'));
  const main = tables.get('main') ?? new RouteTable([], 'main');
  const hijacking = new Map<string, Source>();
  let undecided = false;
  // The rules are in the order of the list `ip rule` prints: the one for main is in every healthy one.
  if (!rules.some((fact) => fact.value.table === 'main')) hijacking.set('no rule looks up main', rules[0]!.source);

  const sources = podSamples(topology, node, networks, true);
  const targets = [...podSamples(topology, node, networks, false), ...sources];
  for (const src of sources) {
    for (const dst of targets) {
      if (src === dst) continue;
      const verdict = applyRules(rules, tables, src, dst);
      if (verdict.kind === 'unknown') {
        undecided = true;
        if (verdict.rule.value.table !== 'main')
          unseen.found.set(describeRule(verdict.rule.value), verdict.rule.source);
      }
      if (verdict.kind === 'blocked') hijacking.set(describeRule(verdict.rule.value), verdict.rule.source);
      if (verdict.kind !== 'routed' || verdict.rule.value.table === 'main') continue;
      const intended = main.lookup(dst);
      if (intended === undefined || intended.network.prefix === 0 || verdict.route.network.prefix > 0) continue;
      if (deviceOf(verdict.route.fact.value) !== deviceOf(intended.fact.value)) {
        hijacking.set(describeRule(verdict.rule.value), verdict.rule.source);
      }
    }
  }
  if (hijacking.size === 0 && (undecided || (sources.length === 0 && !onlyDefaults(rules)))) return unseen;
  store.add({
    subject: node.subject,
    name: 'routes.hijacking-rules',
    value: [...hijacking.keys()].sort(),
    source: [...hijacking.values()][0] ?? rules[0]!.source,
  });
  return unseen;
}

/**
 * `ip route` prints the main table alone, so what a rule's own table does is often not known. Where the CNI made such
 * rules every node would have them: on one node and not on the others they are somebody else's.
 */
function findOddRules(store: FactStore, unseen: ReadonlyMap<TopologyNode, RulesToUnseenTables>): void {
  let having = 0;
  for (const { found } of unseen.values()) if (found.size > 0) having += 1;
  for (const [node, { found, source }] of unseen) {
    const others = unseen.size - 1;
    const othersHaving = having - (found.size > 0 ? 1 : 0);
    if (found.size > 0 && (others === 0 || othersHaving * 2 >= others)) continue;
    store.add({
      subject: node.subject,
      name: 'routes.odd-rules',
      value: [...found.keys()].sort(),
      source: [...found.values()][0] ?? source,
    });
  }
}

function routeTables(facts: readonly Fact<Route>[]): Map<string, RouteTable> {
  const byTable = new Map<string, Fact<Route>[]>();
  for (const fact of facts) {
    const own = byTable.get(fact.value.table);
    if (own === undefined) byTable.set(fact.value.table, [fact]);
    else own.push(fact);
  }
  return new Map([...byTable].map(([table, own]) => [table, new RouteTable(own, table)]));
}

/** Addresses of pods, of the node or of others: a few stand for all. */
function podSamples(topology: Topology, node: TopologyNode, networks: readonly PodNetwork[], local: boolean): number[] {
  const samples = new Set<number>();
  for (const address of local ? localPodAddresses(node) : remotePodAddresses(topology, node)) {
    if (samples.size >= 16) break;
    samples.add(address);
  }
  for (const pods of networks) {
    if ((pods.node === node) === local && samples.size < 32) samples.add(sampleAddress(pods.network));
  }
  return [...samples];
}

function* localPodAddresses(node: TopologyNode): Generator<number> {
  for (const pod of node.pods) {
    if (pod.hostNetwork) continue;
    for (const ip of pod.ips) {
      const address = parseIpv4(ip);
      if (address !== undefined) yield address;
    }
  }
}

/** An unmarked packet of a local pod against the rules, in order. A table without a route for it hands it on. */
function applyRules(
  rules: readonly Fact<PolicyRule>[],
  tables: ReadonlyMap<string, RouteTable>,
  src: number,
  dst: number,
): RuleVerdict {
  for (const fact of rules) {
    const rule = fact.value;
    if (rule.table === 'local' || rule.table === 'default') continue;
    if (rule.fwmark !== undefined && !/^0x0(?:\/|$)/.test(rule.fwmark)) continue;
    // Which device the packet came by is not known here; a rule for one device is for that device's traffic.
    if (rule.iif !== undefined || rule.oif !== undefined) continue;
    const matches = selects(rule.from, src) && (rule.to === undefined || selects(rule.to, dst));
    if (matches === (rule.invert === true)) continue;
    if (rule.table === undefined) {
      if (BLOCKING.has(rule.action)) return { kind: 'blocked', rule: fact };
      continue;
    }
    const table = tables.get(rule.table);
    if (table === undefined) return { kind: 'unknown', rule: fact };
    const route = table.lookup(dst);
    if (route !== undefined) return { kind: 'routed', rule: fact, route };
  }
  return { kind: 'none' };
}

function selects(selector: string, address: number): boolean {
  if (selector === 'all') return true;
  const network = parseNetwork(selector);
  return network !== undefined && networkHas(network, address);
}

function onlyDefaults(rules: readonly Fact<PolicyRule>[]): boolean {
  return rules.every((fact) => ['local', 'main', 'default'].includes(fact.value.table ?? ''));
}

function describeRule(rule: PolicyRule): string {
  const to = rule.to === undefined ? '' : ` to ${rule.to}`;
  const does = rule.table === undefined ? rule.action : `lookup ${rule.table}`;
  return `${rule.priority}: from ${rule.from}${to} ${does}`;
}
