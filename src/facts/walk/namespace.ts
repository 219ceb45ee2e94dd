import type { Cnis } from '../cnis.js';
import { formatIpv4 } from '../derive/ipv4.js';
import { allLinksKnown, isDown, linksOf, type MergedLink } from '../derive/links-of.js';
import { interfaceSysctl, sysctlNumber } from '../derive/sysctl-of.js';
import type { Fact, FdbEntry, IpvsService, Neighbour, Scalar, Socket, Source, Subject } from '../model.js';
import { kindOf } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode, TopologyPod } from '../topology.js';
import type { Netfilter } from './netfilter/base-chain.js';
import { netfilterOf } from './netfilter/netfilter.js';
import { Routing } from './routing.js';

/** A port of a bridge, as all outputs together tell. */
export interface Port {
  master?: string;
  state?: string;
  hairpin?: boolean;
  source: Source;
}

interface DeviceSysctl {
  value: number;
  fact: Fact<Scalar>;
}

/** Open vSwitch's datapath, which is every port's master, and its bridges: frames in them go by its flows. */
const OVS_BRIDGES = /^(?:ovs-system|br-(?:int|ex|tun|local)|breth\d+)$/;

/** One network namespace as the input shows it: a node's, or a pod's. Everything is read once, when it is first asked for. */
export class NetNamespace {
  readonly subject: Subject;
  readonly node: TopologyNode | undefined;
  readonly pod: TopologyPod | undefined;
  readonly links: ReadonlyMap<string, MergedLink>;
  /** Whether the list of devices is whole. */
  readonly linksKnown: boolean;
  readonly routing: Routing;
  readonly #store: FactStore;
  readonly cnis: Cnis;
  readonly #deviceSysctls = new Map<string, DeviceSysctl | undefined>();
  #netfilter: Netfilter | undefined;
  #neighbours: Map<string, Fact<Neighbour>> | undefined;
  #fdb: Map<string, Fact<FdbEntry>[]> | undefined;
  #ports: Map<string, Port> | undefined;
  #sockets: Map<string, Fact<Socket>[]> | undefined;
  #ipvs: Map<string, Fact<IpvsService>> | undefined;

  constructor(
    store: FactStore,
    subject: Subject,
    owner: { node?: TopologyNode | undefined; pod?: TopologyPod },
    podDevice?: (address: number) => string | undefined,
  ) {
    this.#store = store;
    this.cnis = store.cnis;
    this.subject = subject;
    this.node = owner.node;
    this.pod = owner.pod;
    this.links = linksOf(store, subject);
    this.linksKnown = allLinksKnown(this.links);
    const { pod, node } = owner;
    const own = pod !== undefined ? pod.ips : node?.nodeIp === undefined ? [] : [node.nodeIp];
    this.routing = new Routing(store, subject, podDevice, own);
  }

  get isPod(): boolean {
    return kindOf(this.subject) === 'pod';
  }

  /** Whether its routes are in the input: without them nothing is known of where packets go. */
  get sampled(): boolean {
    return this.routing.known;
  }

  get netfilter(): Netfilter {
    this.#netfilter ??= netfilterOf(this.#store, this.subject);
    return this.#netfilter;
  }

  sysctl(key: string): Fact<Scalar> | undefined {
    return sysctlNumber(this.#store, this.subject, key)?.fact;
  }

  /** `net.ipv4.conf.DEV.NAME`. */
  deviceSysctl(dev: string, name: string): DeviceSysctl | undefined {
    const key = `${dev} ${name}`;
    if (!this.#deviceSysctls.has(key))
      this.#deviceSysctls.set(key, interfaceSysctl(this.#store, this.subject, dev, name));
    return this.#deviceSysctls.get(key);
  }

  scalar(name: string): Fact<Scalar> | undefined {
    return this.#store.scalar(this.subject, name);
  }

  /** Why a device carries nothing, where that is known: it is not there, or down. */
  deviceFault(dev: string): 'device-missing' | 'device-down' | undefined {
    const merged = this.links.get(dev);
    if (merged === undefined) return this.linksKnown ? 'device-missing' : undefined;
    return isDown(merged.link) === true ? 'device-down' : undefined;
  }

  /** Bytes at IP level. */
  mtuOf(dev: string): number | undefined {
    return this.links.get(dev)?.link.mtu;
  }

  macOf(dev: string): string | undefined {
    return this.links.get(dev)?.link.mac;
  }

  neighbour(dev: string, address: number): Fact<Neighbour> | undefined {
    if (this.#neighbours === undefined) {
      this.#neighbours = new Map();
      for (const fact of this.#store.records(this.subject, 'neighbour'))
        this.#neighbours.set(`${fact.value.dev} ${fact.value.ip}`, fact);
    }
    return this.#neighbours.get(`${dev} ${formatIpv4(address)}`);
  }

  /** Whether any neighbour is listed, so that one that is not listed is not known to the kernel. */
  get neighboursKnown(): boolean {
    return this.#store.records(this.subject, 'neighbour').length > 0;
  }

  /** Forwarding entries of a device (bridge port or tunnel), by MAC. */
  fdb(dev: string, mac: string): readonly Fact<FdbEntry>[] {
    return this.#forwarding().get(`${dev} ${mac}`) ?? [];
  }

  get fdbKnown(): boolean {
    return this.#store.records(this.subject, 'fdb').length > 0;
  }

  /** The port of a bridge on which a MAC was learnt. */
  learntPort(bridge: string, mac: string): Fact<FdbEntry> | undefined {
    return this.#forwarding().get(`master ${bridge} ${mac}`)?.at(-1);
  }

  #forwarding(): Map<string, Fact<FdbEntry>[]> {
    if (this.#fdb !== undefined) return this.#fdb;
    const fdb = new Map<string, Fact<FdbEntry>[]>();
    const put = (key: string, fact: Fact<FdbEntry>): void => {
      const same = fdb.get(key);
      if (same === undefined) fdb.set(key, [fact]);
      else same.push(fact);
    };
    for (const fact of this.#store.records(this.subject, 'fdb')) {
      put(`${fact.value.dev} ${fact.value.mac}`, fact);
      if (fact.value.master !== undefined) put(`master ${fact.value.master} ${fact.value.mac}`, fact);
    }
    this.#fdb = fdb;
    return fdb;
  }

  /** What is known of a device as a port of a bridge; undefined where nothing is. */
  port(dev: string): Port | undefined {
    if (this.#ports === undefined) {
      this.#ports = new Map();
      for (const { value, source } of this.#store.records(this.subject, 'bridge-port')) {
        const known = this.#ports.get(value.dev);
        const { dev: _, ...told } = value;
        this.#ports.set(value.dev, { ...known, ...told, source });
      }
    }
    const told = this.#ports.get(dev);
    const merged = this.links.get(dev);
    const master = merged?.link.master ?? told?.master;
    if (merged === undefined && told === undefined) return undefined;
    // `master` is left out of a link's line where the device has none.
    const port: Port = { ...told, source: told?.source ?? merged!.source };
    delete port.master;
    if (merged !== undefined ? merged.link.master !== undefined : master !== undefined) port.master = master!;
    return port;
  }

  isBridge(dev: string): boolean {
    const link = this.links.get(dev)?.link;
    if (link?.kind !== undefined) return link.kind === 'bridge';
    if (OVS_BRIDGES.test(dev)) return false;
    for (const other of this.links.values()) if (other.link.master === dev) return true;
    return /^(?:cni|cbr|docker|br-|kube-bridge$|weave$|virbr|nerdctl)\d*/.test(dev);
  }

  /** Listening sockets of a protocol on a port; undefined where no output lists this protocol's sockets. */
  listening(proto: string, port: number): readonly Fact<Socket>[] | undefined {
    if (this.#sockets === undefined) {
      this.#sockets = new Map();
      for (const fact of this.#store.records(this.subject, 'socket')) {
        const { value } = fact;
        const open = value.state === 'LISTEN' || (value.state === 'UNCONN' && value.proto === 'udp');
        const all = this.#sockets.get(value.proto) ?? [];
        this.#sockets.set(value.proto, all);
        if (!open) continue;
        all.push(fact);
        const key = `${value.proto} ${value.localPort}`;
        const same = this.#sockets.get(key);
        if (same === undefined) this.#sockets.set(key, [fact]);
        else same.push(fact);
      }
      // `ss -lntup` lists both protocols: where one is there, an empty other is empty.
      const none = this.scalar('sockets.none-listening');
      if (none?.value === true) for (const each of ['tcp', 'udp']) this.#sockets.set(each, []);
    }
    if ((this.#sockets.get(proto) ?? []).length === 0 && this.scalar('sockets.none-listening')?.value !== true)
      return undefined;
    return this.#sockets.get(`${proto} ${port}`) ?? [];
  }

  /** Any socket, to tell where they are listed. */
  anySocket(): Fact<Socket> | undefined {
    return this.#store.records(this.subject, 'socket')[0];
  }

  get ipvsKnown(): boolean {
    return this.#store.records(this.subject, 'ipvs-service').length > 0;
  }

  ipvsService(proto: string, address: number, port: number): Fact<IpvsService> | undefined {
    if (this.#ipvs === undefined) {
      this.#ipvs = new Map();
      for (const fact of this.#store.records(this.subject, 'ipvs-service'))
        this.#ipvs.set(`${fact.value.proto} ${fact.value.ip} ${fact.value.port}`, fact);
    }
    return this.#ipvs.get(`${proto} ${formatIpv4(address)} ${port}`);
  }
}
