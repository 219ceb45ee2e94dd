import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { ConntrackState } from '../walk/packet.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { devicesOf, type NodeDevices } from './devices.js';
import { type Ipv4Network, parseIpv4, parseNetwork } from './ipv4.js';
import { type FilteredKind, FORWARD, INCOMING, kindOf, NodeFilter, POLICY_CHAINS } from './node-filter.js';
import type { Decision, Verdict } from './packet-decision.js';
import { type PodNetwork, podNetworksOf } from './pod-networks.js';
import { type RuleTable, ruleTablesOf } from './ruleset.js';

const KUBELET_PORT = 10250;
const NODE_PORTS: readonly [number, number] = [30000, 32767];
/** kube-proxy's mark for packets to be masqueraded: KUBE-FORWARD accepts what bears it. */
const MASQUERADE_MARK = 0x4000;
/** An address outside any cluster (TEST-NET-2, RFC 5737). */
const OUTSIDE: Ipv4Network = { start: 0xc6336401, end: 0xc6336401, prefix: 32 };

/** What the node's packet filter does with packets that pod networking needs. IPv4. */
export const netfilter: Derivation = {
  id: 'netfilter',
  derive(context) {
    const { store, topology } = context;
    const networks = podNetworksOf(topology);
    for (const node of topology.nodes.values()) {
      const tables = ruleTablesOf(store, node.subject);
      const filter = new NodeFilter(store, node.subject, tables);
      const scene = sceneOf(context, node, networks);
      const decisions: Decision[] = [];
      const judge = (name: string, packets: readonly FilteredKind[]): void => {
        const worst = worstOf(packets.flatMap((packet) => filter.decisions(packet)));
        if (worst === undefined) return;
        decisions.push(worst);
        store.add({ subject: node.subject, name, value: worst.verdict, source: worst.source });
        if (name !== 'netfilter.forward-verdict') return;
        store.add({ subject: node.subject, name: 'netfilter.forward-by', value: worst.by, source: worst.source });
      };
      const forwarded = forwardPackets(scene);
      judge('netfilter.forward-verdict', forwarded);
      judge('netfilter.input-verdict', [inputPacket(scene)]);
      const tunnelled = tunnelPacket(scene);
      if (tunnelled !== undefined) judge('netfilter.tunnel-verdict', [tunnelled]);
      judge('netfilter.nodeport-verdict', nodePortPackets(scene));
      const deciding = decisions.find((decision) => decision.verdict === 'drop' || decision.verdict === 'reject');
      if (deciding !== undefined) {
        store.add({
          subject: node.subject,
          name: 'netfilter.deciding-rule',
          value: deciding.text,
          source: deciding.source,
        });
      }
      judgeFlows(store, node, filter, scene);
      judgeMasquerading(store, node, tables, filter, scene);
      judgeBackends(store, node);
      judgePing(store, node, filter, scene);
      findPolicyEngine(store, node, tables);
    }
  },
};

/** What packets of a node look like: its devices and networks. */
interface Scene {
  topology: Topology;
  node: TopologyNode;
  devices: NodeDevices;
  /** A device that pods of the node come by; several where veths are routed, of which one stands for all. */
  podDevice?: string;
  outDevice?: string;
  own?: Ipv4Network;
  peers?: Ipv4Network;
  nodeIp?: Ipv4Network;
  peerIp?: Ipv4Network;
  ipvs: boolean;
  /** Whether `own` is a network that the node has, rather than a pod's address or the whole cluster's. */
  ownNetwork: boolean;
}

function sceneOf({ store, topology }: DeriveContext, node: TopologyNode, networks: readonly PodNetwork[]): Scene {
  const devices = devicesOf(store, node);
  const scene: Scene = {
    topology,
    node,
    devices,
    ipvs: store.value(CLUSTER, 'kubeProxyMode') === 'ipvs',
    ownNetwork: networks.some((pods) => pods.node === node),
  };
  const podDevice = devices.bridges[0] ?? devices.routedPods[0];
  if (podDevice !== undefined) scene.podDevice = podDevice;
  // Cilium hands packets from the tunnel to pods itself; what the node's IP layer sees of it is cilium_host.
  const outDevice = devices.links.has('cilium_host') ? 'cilium_host' : (devices.tunnels[0]?.name ?? devices.nic);
  if (outDevice !== undefined) scene.outDevice = outDevice;
  const cluster = topology.podCIDRs.flatMap((cidr) => parseNetwork(cidr) ?? [])[0];
  const own = networks.find((pods) => pods.node === node)?.network ?? firstPodIp(node) ?? cluster;
  if (own !== undefined) scene.own = own;
  const peer = networks.find((pods) => pods.node !== node)?.network ?? cluster;
  if (peer !== undefined) scene.peers = peer;
  const nodeIp = node.nodeIp === undefined ? undefined : parseNetwork(node.nodeIp);
  if (nodeIp !== undefined) scene.nodeIp = nodeIp;
  for (const other of topology.nodes.values()) {
    if (other === node || other.nodeIp === undefined) continue;
    const ip = parseNetwork(other.nodeIp);
    if (ip === undefined) continue;
    scene.peerIp = ip;
    break;
  }
  return scene;
}

function firstPodIp(node: TopologyNode): Ipv4Network | undefined {
  for (const pod of node.pods) {
    if (pod.hostNetwork) continue;
    for (const ip of pod.ips) if (parseIpv4(ip) !== undefined) return parseNetwork(ip);
  }
  return undefined;
}

function forwardPackets(scene: Scene): FilteredKind[] {
  const [pods, peers] = [
    { device: scene.podDevice, network: scene.own },
    { device: scene.outDevice, network: scene.peers },
  ];
  return [
    kindOf({ proto: 'tcp', in: pods.device, out: peers.device, src: pods.network, dst: peers.network }, FORWARD),
    kindOf({ proto: 'tcp', in: peers.device, out: pods.device, src: peers.network, dst: pods.network }, FORWARD),
  ];
}

function inputPacket(scene: Scene): FilteredKind {
  const dport = [KUBELET_PORT, KUBELET_PORT] as const;
  return kindOf({ proto: 'tcp', in: scene.podDevice, src: scene.own, dst: scene.nodeIp, dport }, [
    { table: 'filter', chain: 'INPUT' },
  ]);
}

function tunnelPacket(scene: Scene): FilteredKind | undefined {
  const tunnel = scene.devices.tunnels[0];
  if (tunnel === undefined) return undefined;
  const link = scene.devices.links.get(tunnel.name)?.link;
  const named = /_sys_(\d{1,5})$/.exec(tunnel.name)?.[1];
  const port =
    link?.vxlan?.port ?? (named === undefined ? scene.topology.cnis.tunnelOf(tunnel.name)?.port : Number(named));
  if (tunnel.kind !== 'ipip' && port === undefined) return undefined;
  const addresses = { in: scene.devices.nic, src: scene.peerIp, dst: scene.nodeIp };
  if (tunnel.kind === 'ipip') return kindOf({ proto: 'ipencap', ...addresses }, INCOMING);
  return kindOf({ proto: 'udp', ...addresses, dport: [port!, port!] }, INCOMING);
}

/**
 * A client's packet to a node port: before the translation it meets raw and mangle, after it, towards a pod, FORWARD
 * with kube-proxy's mark. IPVS translates in INPUT, which such a packet then passes first.
 */
function nodePortPackets(scene: Scene): FilteredKind[] {
  const from = { proto: 'tcp', in: scene.devices.nic, src: OUTSIDE };
  const hooks = scene.ipvs ? INCOMING : INCOMING.slice(0, 2);
  return [
    kindOf({ ...from, dst: scene.nodeIp, dport: NODE_PORTS }, hooks, 'LOCAL'),
    kindOf(
      { ...from, out: scene.podDevice, dst: scene.own, mark: MASQUERADE_MARK, translated: { dst: true, src: false } },
      FORWARD,
    ),
  ];
}

/**
 * What the filter does with whole flows of the node's pods, their replies included: a rule without a state drops those as well.
 * One direction may pass where the other does not, which is what tells such a rule from a fault of the network.
 */
function judgeFlows(store: FactStore, node: TopologyNode, filter: NodeFilter, scene: Scene): void {
  const pods = { device: scene.podDevice, network: scene.own };
  const peers = { device: scene.outDevice, network: scene.peers };
  const outside = { device: scene.devices.nic, network: OUTSIDE };
  type End = { device: string | undefined; network: Ipv4Network | undefined };
  const flow = (name: string, from: End, to: End): void => {
    const one = (a: End, b: End, state: ConntrackState): FilteredKind =>
      kindOf({ proto: 'tcp', in: a.device, out: b.device, src: a.network, dst: b.network, state }, FORWARD);
    const [request, reply] = [one(from, to, 'NEW'), one(to, from, 'ESTABLISHED')];
    const worst = worstOf([request, reply].flatMap((packet) => filter.decisions(packet)));
    if (worst !== undefined) store.add({ subject: node.subject, name, value: worst.verdict, source: worst.source });
  };
  flow('netfilter.pods-to-peers', pods, peers);
  flow('netfilter.peers-to-pods', peers, pods);
  flow('netfilter.pods-outside', pods, outside);
  const bridged = store.scalar(node.subject, 'sysctl.net.bridge.bridge-nf-call-iptables');
  if (scene.devices.bridges.length === 0 || bridged?.value === 1) flow('netfilter.pods-to-neighbours', pods, pods);
  else if (bridged !== undefined) {
    // Bridged packets do not meet the filter.
    store.add({ subject: node.subject, name: 'netfilter.pods-to-neighbours', value: 'accept', source: bridged.source });
  }
}

const BADNESS: Record<Verdict, number> = { accept: 0, maybe: 1, reject: 2, drop: 3 };

function worstOf(decisions: readonly Decision[]): Decision | undefined {
  let worst: Decision | undefined;
  for (const decision of decisions) {
    if (worst === undefined || BADNESS[decision.verdict] > BADNESS[worst.verdict]) worst = decision;
  }
  return worst;
}

/** A rule that takes kube-proxy's mark off: `--set-xmark 0x4000/0x0` (an XOR), `--xor-mark`, or as `-L` prints them. */
const CLEARS_MARK = /--xor-mark|--set-xmark \S+\/0x0(?![0-9a-f])|MARK xor|--and-mark/;

function judgeMasquerading(
  store: FactStore,
  node: TopologyNode,
  tables: ReadonlyMap<string, readonly RuleTable[]>,
  filter: NodeFilter,
  scene: Scene,
): void {
  for (const table of tables.get('nat') ?? []) {
    const chain = table.chains.get('KUBE-POSTROUTING');
    const masquerade = chain?.rules.findIndex((fact) => fact.value.target === 'MASQUERADE') ?? -1;
    if (chain === undefined || masquerade < 0) continue;
    const clears = chain.rules.slice(0, masquerade).some((fact) => CLEARS_MARK.test(fact.value.text));
    store.add({
      subject: node.subject,
      name: 'netfilter.masquerade-keeps-mark',
      value: !clears,
      source: chain.rules[masquerade]!.source,
    });
    break;
  }
  judgeServiceMasquerading(store, node, tables);
  const masquerading = podsMasqueraded(filter, scene);
  if (masquerading === undefined) return;
  // Cilium masquerades in eBPF and leaves no rule, and an underlay's pods need none: neither is then a finding.
  if (!masquerading.value && (store.value(CLUSTER, 'cni') === 'cilium' || !scene.ownNetwork)) return;
  store.add({ subject: node.subject, name: 'netfilter.pods-masqueraded', ...masquerading });
}

/** kube-proxy marks what must come back by this node; without the rule that acts on the mark it keeps its source. */
function judgeServiceMasquerading(
  store: FactStore,
  node: TopologyNode,
  tables: ReadonlyMap<string, readonly RuleTable[]>,
): void {
  const serving = (tables.get('nat') ?? []).filter(
    (table) => table.saved && [...table.chains.keys()].some((name) => name.startsWith('KUBE-SEP-')),
  );
  if (serving.length === 0) return;
  const rules = serving.flatMap((table) => table.chains.get('KUBE-POSTROUTING')?.rules ?? []);
  const masquerade = rules.find((fact) => fact.value.target === 'MASQUERADE' || fact.value.target === 'SNAT');
  const chain = serving[0]!.chains.get('KUBE-POSTROUTING') ?? [...serving[0]!.chains.values()][0]!;
  store.add({
    subject: node.subject,
    name: 'netfilter.services-masqueraded',
    value: masquerade !== undefined,
    source: (masquerade ?? chain).source,
  });
}

function podsMasqueraded(filter: NodeFilter, scene: Scene): { value: boolean; source: Source } | undefined {
  if (scene.own === undefined) return undefined;
  const kind = kindOf({ proto: 'tcp', src: scene.own, dst: OUTSIDE, out: scene.devices.nic, dport: [443, 443] }, [
    { table: 'nat', chain: 'POSTROUTING' },
  ]);
  let none: Source | undefined;
  for (const outcomes of filter.outcomes(kind)) {
    // A rule by ipset (Calico) or another match that cannot be told is there for these packets: a maybe is taken.
    const translated = outcomes.find((outcome) => outcome.translation !== undefined);
    if (translated !== undefined) return { value: true, source: translated.by.source };
    none ??= outcomes[0]?.by.source;
  }
  return none === undefined ? undefined : { value: false, source: none };
}

/** Echo requests to the node, from others by its NIC and from its own pods. */
function pingPackets(scene: Scene): FilteredKind[] {
  const base = { proto: 'icmp', icmpType: 8, dst: scene.nodeIp };
  return [
    kindOf({ ...base, in: scene.devices.nic, src: scene.peerIp }, INCOMING),
    kindOf({ ...base, in: scene.podDevice, src: scene.own }, INCOMING),
  ];
}

/**
 * Whether a rule of its own drops every ping to the node, while other packets pass: somebody's policy, and no fault of
 * the pod network. What drops all alike is judged as a firewall.
 */
function judgePing(store: FactStore, node: TopologyNode, filter: NodeFilter, scene: Scene): void {
  const decisions = pingPackets(scene).map((packet) => worstOf(filter.decisions(packet)));
  if (decisions.some((decision) => decision === undefined)) return;
  const drops = decisions.every(
    (decision) =>
      (decision!.verdict === 'drop' || decision!.verdict === 'reject') &&
      decision!.by === 'rule' &&
      /\bicmp\b/.test(decision!.text.replace(/--reject-with \S+|reject-with \S+/, '')),
  );
  store.add({
    subject: node.subject,
    name: 'netfilter.drops-ping-alone',
    value: drops && store.value(node.subject, 'netfilter.input-verdict') === 'accept',
    source: decisions[0]!.source,
  });
}

/** Whether an engine that enforces NetworkPolicies has chains in the filter table. Only iptables-save lists all of them. */
function findPolicyEngine(
  store: FactStore,
  node: TopologyNode,
  tables: ReadonlyMap<string, readonly RuleTable[]>,
): void {
  // Of CNIs that enforce in eBPF or Open vSwitch, rules of the packet filter tell nothing.
  const policy = store.cnis.named(store.value(CLUSTER, 'cni'))?.policy;
  if (policy !== 'iptables' && policy !== 'none') return;
  const filters = (tables.get('filter') ?? []).filter((table) => table.saved && table.chains.has('FORWARD'));
  if (filters.length === 0) return;
  const chain = filters.flatMap((table) => [...table.chains.values()]).find(({ name }) => POLICY_CHAINS.test(name));
  store.add({
    subject: node.subject,
    name: 'netfilter.policy-engine',
    value: chain !== undefined,
    source: (chain ?? filters[0]!.chains.get('FORWARD')!).source,
  });
}

/** Rules of both backends. Both see every packet; kube-proxy and the CNI fill only one. */
function judgeBackends(store: FactStore, node: TopologyNode): void {
  const rules: { legacy?: Source; nft?: Source } = {};
  const seen: { legacy?: Source; nft?: Source } = {};
  for (const name of ['iptables-chain', 'iptables-rule'] as const) {
    for (const fact of store.records(node.subject, name)) {
      const file = fact.source.file ?? '';
      const backend = /legacy/.test(file) ? 'legacy' : /iptables-nft|nf_tables/.test(file) ? 'nft' : undefined;
      if (backend === undefined) continue;
      seen[backend] ??= fact.source;
      if (name === 'iptables-rule') rules[backend] ??= fact.source;
    }
  }
  for (const fact of store.records(node.subject, 'nft-rule')) {
    // Tables that iptables-nft keeps in nftables bear iptables' names.
    if (!/^(?:filter|nat|mangle)$/.test(fact.value.table) || !/^ip6?$/.test(fact.value.family)) continue;
    seen.nft ??= fact.source;
    if (fact.value.text.trim() !== '') rules.nft ??= fact.source;
  }
  if (seen.legacy === undefined || seen.nft === undefined) return;
  store.add({
    subject: node.subject,
    name: 'netfilter.both-backends',
    value: rules.legacy !== undefined && rules.nft !== undefined,
    source: rules.legacy ?? seen.legacy,
  });
}
