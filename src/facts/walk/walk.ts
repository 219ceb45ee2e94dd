import { parseIpv4 } from '../derive/ipv4.js';
import { kindOf } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import { bridge } from './bridge.js';
import { type Asked, deliverBack, deliverThere } from './delivery.js';
import { ebpfDoubt } from './ebpf.js';
import { Enforcement } from './enforcement.js';
import { crossFabric, enterFromOutside } from './fabric.js';
import { drop, type Journey, stop } from './journey.js';
import { crossVeth, transmit } from './link.js';
import { type Lookup, walkLookup } from './lookup.js';
import type { NetNamespace } from './namespace.js';
import { Namespaces } from './namespaces.js';
import { unsampledNode } from './not-known.js';
import { describeEnd, type WalkRequest } from './request.js';
import type { DropReason, MissingKnowledge, WalkResult } from './result.js';
import { receive, routeInput, send } from './routed.js';
import { decapsulate } from './tunnel.js';
import { resultOf } from './verdict.js';
import { addStep, forgetNetfilter, host, type Way, type WayEnd } from './way.js';

/** The first of Linux's ephemeral ports: what a client sends from, where rules do not care. */
const EPHEMERAL_PORT = 32_768;
/** Bytes of a packet whose size is not asked for: it fits every device. */
const SMALL = 64;
/** Ethernet's, where the sender's own MTU is not known. Bytes. */
const ETHERNET_MTU = 1500;
/** Reasons that another address of a node would undo. */
const HANGS_ON_ADDRESSES: ReadonlySet<DropReason> = new Set([
  'no-route',
  'nobody-has-address',
  'reply-not-recognised',
  'no-way-back',
  'martian-source',
  'reverse-path',
  'loop',
  'not-forwarding',
  'neighbour-failed',
  'service-not-translated',
  'wrong-tunnel-endpoint',
  'no-hairpin',
]);
/** 169.254.1.1: what Calico gives every pod for its gateway, and has the node answer for by proxy ARP. */
const CALICO_GATEWAY = 0xa9fe0101;
/** Ends after which a walk gives up: rules of a hostile file may fork without end. */
const MAX_ENDS = 256;

/**
 * Predicts from the collected state what becomes of a packet and of its answer. One walker serves many flows of one store: what it
 * compiles of a node's rules and routes it keeps.
 */
export class Walker {
  readonly #store: FactStore;
  readonly #namespaces: Namespaces;
  readonly #enforcement: Enforcement;

  constructor(store: FactStore, topology: Topology) {
    this.#store = store;
    this.#namespaces = new Namespaces(store, topology);
    this.#enforcement = new Enforcement(store, topology);
  }

  /** A target that was named is looked up first: where the lookup does not come back, nothing else is sent. */
  walk(request: WalkRequest): WalkResult {
    const { resolver, from, lookup, to } = request;
    if (lookup !== undefined) return this.#lookup({ from, server: to, name: lookup });
    if (resolver !== undefined) {
      const resolved = this.#lookup({ from, ...resolver });
      if (resolved.verdict === 'dropped' || resolved.verdict === 'unknown') return resolved;
    }
    return this.#walk(request);
  }

  #lookup(lookup: Lookup): WalkResult {
    return walkLookup(lookup, this.#store, this.#namespaces.topology, (request) => this.#walk(request));
  }

  #walk(request: WalkRequest): WalkResult {
    const ends = new Walk(this.#namespaces, this.#enforcement, request).run();
    const from = describeEnd(request.from);
    const to = `${describeEnd(request.to)}/${request.proto}`;
    return resultOf(chosen(ends, request, this.#namespaces.topology), from, to);
  }
}

/** The ways that the request speaks of: to a backend on one node, or to the sender itself. All, where none is told or fits. */
function chosen(ends: readonly WayEnd[], request: WalkRequest, topology: Topology): readonly WayEnd[] {
  if (request.backendNode === undefined && request.toItself !== true) return ends;
  const fitting = ends.filter(({ way }) =>
    way.labels.some((label) => {
      const ip = label.split(':')[0]!;
      if (request.toItself === true) return ip === request.from.ip;
      const owner = topology.ownerOf(ip);
      return 'node' in owner && owner.node?.subject === request.backendNode;
    }),
  );
  return fitting.length === 0 ? ends : fitting;
}

/** One flow's walk. */
class Walk implements Journey {
  readonly namespaces: Namespaces;
  readonly #request: WalkRequest;
  readonly #ends: WayEnd[] = [];
  readonly #asked: Asked;
  readonly #enforcement: Enforcement;

  constructor(namespaces: Namespaces, enforcement: Enforcement, request: WalkRequest) {
    this.namespaces = namespaces;
    this.#enforcement = enforcement;
    this.#request = request;
    this.#asked = {
      origin: this.#originOf(),
      sport: request.proto === 'icmp' ? 0 : (request.from.port ?? EPHEMERAL_PORT),
      dst: parseIpv4(request.to.ip) ?? 0,
      dport: request.port ?? 0,
    };
  }

  run(): readonly WayEnd[] {
    const { origin } = this.#asked;
    const way = this.#firstWay();
    if (origin !== undefined) this.#leaveOrigin(way, origin);
    else if (this.#request.from.kind === 'pod' || this.#request.from.kind === 'node') {
      const on = this.#request.from.subject ?? 'cluster';
      stop(this, way, {
        on,
        what: `where ${describeEnd(this.#request.from)} is`,
        collect: 'kubectl get pods,nodes -A -o wide',
      });
    } else enterFromOutside(this, way);
    if (this.#ends.length === 0) stop(this, way, { on: origin?.subject ?? 'cluster', what: 'where the packet goes' });
    return this.#ends;
  }

  send(way: Way, namespace: NetNamespace, oif?: string): void {
    if (namespace.isPod && !namespace.sampled) this.#leavePlainPod(way, namespace);
    else send(this, way, namespace, oif);
  }

  receive(way: Way, namespace: NetNamespace, device: string | undefined): void {
    // Ways that fork at each of many hops would not end: one that is not known stands for those that are not followed.
    if (this.#ends.length < MAX_ENDS) receive(this, way, namespace, device);
    else if (this.#ends.length === MAX_ENDS) {
      stop(this, way, { on: namespace.subject, what: `where the rest of more than ${MAX_ENDS} ways ends` });
    }
  }

  routeInput(way: Way, namespace: NetNamespace, device: string | undefined): void {
    routeInput(this, way, namespace, device);
  }

  transmit(way: Way, namespace: NetNamespace, device: string, nextHop: number): void {
    transmit(this, way, namespace, device, nextHop);
  }

  bridge(way: Way, namespace: NetNamespace, name: string, port: string | undefined | null): void {
    bridge(this, way, namespace, name, port);
  }

  crossFabric(way: Way, namespace: NetNamespace, device: string, nextHop: number): void {
    crossFabric(this, way, namespace, device, nextHop);
  }

  deliver(way: Way, namespace: NetNamespace): void {
    if (way.inner.length > 0) decapsulate(this, way, namespace);
    else if (way.direction === 'there') {
      const { origin, src } = this.#asked;
      const source = src ?? way.packet.src?.start ?? 0;
      deliverThere(this, way, namespace, () => this.#enforcement.allows(this, way, origin, namespace, source));
    } else deliverBack(this, way, namespace, this.#asked);
  }

  leaveCluster(way: Way, from: NetNamespace): void {
    if (this.#asked.origin === undefined) deliverBack(this, way, from, { ...this.#asked, origin: from });
    else drop(this, way, from.subject, 'no-way-back', 'the answer leaves the cluster, but was asked for inside of it');
  }

  end(end: WayEnd): void {
    if (this.#ends.length > MAX_ENDS) return;
    if (end.verdict === 'dropped') {
      const doubt = this.#ebpfDoubt(end) ?? this.#addressDoubt(end);
      if (doubt !== undefined) end.way.mayDivert.push(doubt);
    }
    this.#ends.push(end);
  }

  /** A drop on a node with an eBPF dataplane may never have come to be. */
  #ebpfDoubt({ at, way }: WayEnd): ReturnType<typeof ebpfDoubt> {
    // What a pod's own namespace does to a packet no program on the node undoes.
    if (way.inner.length > 0 || kindOf(at) === 'pod') return undefined;
    for (const on of [at, ...way.there.map((step) => step.on)]) {
      const node = this.namespaces.topology.nodeOf(on);
      const doubt = node === undefined ? undefined : ebpfDoubt(this.namespaces.ofNode(node));
      if (doubt !== undefined) return doubt;
    }
    return undefined;
  }

  /** A drop for want of an address, where a node's addresses are not in the input: one that it does not list may be its own. */
  #addressDoubt({ at, way, reason }: WayEnd): MissingKnowledge | undefined {
    if (reason === undefined || !HANGS_ON_ADDRESSES.has(reason)) return undefined;
    for (const on of [at, ...way.there.map((step) => step.on), ...way.back.map((step) => step.on)]) {
      if (kindOf(on) !== 'node') continue;
      const node = this.namespaces.topology.nodeOf(on);
      const routing = node === undefined ? undefined : this.namespaces.ofNode(node).routing;
      if (routing?.known === true && !routing.addressesKnown) return { on, what: 'its addresses', collect: 'ip addr' };
    }
    return undefined;
  }

  #originOf(): NetNamespace | undefined {
    const { kind, subject, node, ip } = this.#request.from;
    const { topology } = this.namespaces;
    const pod = kind === 'pod' && subject !== undefined ? topology.pods.get(subject) : undefined;
    if (pod !== undefined) return this.namespaces.ofPod(pod);
    if (kind === 'pod') {
      const owner = topology.ownerOf(ip);
      return owner.kind === 'pod' && owner.pod !== undefined ? this.namespaces.ofPod(owner.pod) : undefined;
    }
    if (kind !== 'node') return undefined;
    const found = topology.nodeOf(node ?? subject ?? '');
    return found === undefined ? undefined : this.namespaces.ofNode(found);
  }

  #firstWay(): Way {
    const { proto, port } = this.#request;
    const { sport, dst, origin } = this.#asked;
    const size = this.#size();
    const way: Way = {
      packet: {
        proto,
        dst: host(dst),
        state: 'NEW',
        translated: { dst: false, src: false },
        mark: 0,
        connmark: 0,
      },
      size,
      mayFragment: proto !== 'tcp' && this.#request.dontFragment !== true,
      inner: [],
      tracked: new Map(),
      direction: 'there',
      there: [],
      back: [],
      choices: [],
      mayDrop: [],
      mayDivert: [],
      labels: [],
      hops: 0,
    };
    if (proto === 'icmp') way.packet.icmpType = 8;
    else {
      way.packet.sport = [sport, sport];
      way.packet.dport = [port ?? 0, port ?? 0];
    }
    if (proto === 'tcp') way.packet.tcp = 'syn';
    // A pod has one address; which of its own a node sends from its routes tell.
    const own = parseIpv4(this.#request.from.ip);
    const takesOwn =
      origin === undefined || (origin.isPod && (!origin.sampled || (own !== undefined && origin.routing.isLocal(own))));
    if (own !== undefined && takesOwn) way.packet.src = host(own);
    if (own !== undefined) this.#asked.src = own;
    return way;
  }

  /** Bytes. Both ends of a TCP connection tell each other their MTU, and the smaller one counts. */
  #size(): number {
    const { size, large, proto } = this.#request;
    if (size !== undefined) return size;
    if (large !== true) return SMALL;
    const { origin, dst } = this.#asked;
    const own = origin === undefined ? undefined : this.#mtuTowards(origin, dst);
    const peer = proto === 'tcp' ? this.#peerMtu(dst) : undefined;
    return Math.min(own ?? ETHERNET_MTU, peer ?? own ?? ETHERNET_MTU);
  }

  #mtuTowards(namespace: NetNamespace, dst: number): number | undefined {
    const decision = namespace.routing.lookup({ dst, mark: 0, iif: 'lo' });
    const device = decision.kind === 'unicast' ? decision.hops[0]?.dev : undefined;
    return device === undefined ? undefined : namespace.mtuOf(device);
  }

  #peerMtu(dst: number): number | undefined {
    const pod = this.namespaces.podAt(dst)?.pod;
    if (pod === undefined || pod.hostNetwork) return undefined;
    const namespace = this.namespaces.ofPod(pod);
    return namespace.mtuOf('eth0');
  }

  #leaveOrigin(way: Way, origin: NetNamespace): void {
    addStep(way, origin.subject, 'sent', { detail: { size: String(way.size) } });
    if (!origin.sampled && !origin.isPod) {
      stop(this, way, unsampledNode(origin));
      return;
    }
    this.send(way, origin);
  }

  /** A pod of whose namespace nothing is known: its default route leads to its node, as every CNI makes it. */
  #leavePlainPod(way: Way, pod: NetNamespace): void {
    if (pod.node === undefined) {
      stop(this, way, {
        on: pod.subject,
        what: `which node ${pod.subject} is on`,
        collect: 'kubectl get pods -A -o wide',
      });
      return;
    }
    const node = this.namespaces.ofNode(pod.node);
    const device = pod.pod === undefined ? undefined : this.namespaces.hostDeviceOf(pod.pod);
    const own = way.packet.src?.start;
    const dst = way.packet.dst!.start;
    const bridgeName = own === undefined ? undefined : this.namespaces.bridgeOf(node, own);
    addStep(way, pod.subject, 'assumed', { detail: { what: 'default-route' } });
    if (bridgeName !== undefined) {
      // The bridge's network is on the pod's link; everything else goes to the bridge's address.
      const onLink = this.namespaces.bridgeOf(node, dst) === bridgeName;
      way.nextHop = onLink ? dst : node.routing.addressOfDevice(bridgeName, own);
      if (device === undefined) {
        this.#enterBridge(way, pod, node, bridgeName);
        return;
      }
    } else way.nextHop = device?.startsWith('cali') === true ? CALICO_GATEWAY : undefined;
    crossVeth(this, way, pod, 'eth0', node, device);
  }

  /** The bridge takes the frame by a port that is not known. */
  #enterBridge(way: Way, pod: NetNamespace, node: NetNamespace, bridgeName: string): void {
    addStep(way, node.subject, 'crossed-veth', { detail: { from: pod.subject, by: 'eth0' } });
    forgetNetfilter(way);
    if (!node.sampled) this.receive(way, node, undefined);
    else this.bridge(way, node, bridgeName, undefined);
  }
}
