import { formatIpv4, parseIpv4 } from '../derive/ipv4.js';
import type { Subject } from '../model.js';
import { nodeSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode, TopologyPod } from '../topology.js';
import { NetNamespace } from './namespace.js';

/** A device in a namespace. */
export interface DevicePlace {
  namespace: NetNamespace;
  /** Undefined where the input does not tell which device it is. */
  device: string | undefined;
}

/** The network namespaces of a cluster and how they hang together: which veth leads to which pod, which node has which address. */
export class Namespaces {
  readonly topology: Topology;
  readonly #store: FactStore;
  readonly #known = new Map<Subject, NetNamespace>();
  readonly #podByDevice = new Map<string, TopologyPod>();
  readonly #hostDevices = new Map<Subject, string | undefined>();
  #holders: Map<number, { node: TopologyNode; device: string | undefined }[]> | undefined;
  #devicesKnown = false;

  constructor(store: FactStore, topology: Topology) {
    this.#store = store;
    this.topology = topology;
  }

  ofNode(node: TopologyNode): NetNamespace {
    return this.#get(node.subject, { node });
  }

  /** A pod's own namespace; the node's for a pod of the host's network whose node is known. */
  ofPod(pod: TopologyPod): NetNamespace {
    if (pod.hostNetwork && pod.node !== undefined) return this.ofNode(pod.node);
    return this.#get(pod.subject, { node: pod.node, pod });
  }

  #get(subject: Subject, owner: { node?: TopologyNode | undefined; pod?: TopologyPod }): NetNamespace {
    let known = this.#known.get(subject);
    if (known === undefined) {
      const deviceOfPod = (address: number): string | undefined => {
        const pod = this.podAt(address)?.pod;
        return pod === undefined || pod.hostNetwork || pod.node !== owner.node ? undefined : this.hostDeviceOf(pod);
      };
      known = new NetNamespace(this.#store, subject, owner, owner.pod === undefined ? deviceOfPod : undefined);
      this.#known.set(subject, known);
    }
    return known;
  }

  /**
   * The node's end of a pod's veth: by the peer's index or a route to it, else by the port on which the bridge learnt the
   * MAC that the node's neighbours or the pod's own outputs have for it.
   */
  hostDeviceOf(pod: TopologyPod): string | undefined {
    if (this.#hostDevices.has(pod.subject)) return this.#hostDevices.get(pod.subject);
    const device = pod.hostDevice ?? this.#deviceByMac(pod);
    this.#hostDevices.set(pod.subject, device);
    return device;
  }

  #deviceByMac(pod: TopologyPod): string | undefined {
    if (pod.node === undefined) return undefined;
    const node = this.ofNode(pod.node);
    const own = [...this.ofPod(pod).links.values()].find(({ link }) => link.name !== 'lo' && link.mac !== undefined);
    for (const ip of pod.ips) {
      const address = parseIpv4(ip);
      if (address === undefined) continue;
      for (const name of node.links.keys()) {
        if (!node.isBridge(name)) continue;
        const mac = own?.link.mac ?? node.neighbour(name, address)?.value.mac;
        const entry = mac === undefined ? undefined : node.learntPort(name, mac);
        if (entry !== undefined && entry.value.dev !== name) return entry.value.dev;
      }
    }
    return undefined;
  }

  /** The pod at the other end of a node's device. */
  podBehind(namespace: NetNamespace, device: string): TopologyPod | undefined {
    if (!this.#devicesKnown) {
      this.#devicesKnown = true;
      for (const pod of this.topology.pods.values()) {
        if (pod.node === undefined || pod.hostNetwork) continue;
        const known = this.hostDeviceOf(pod);
        if (known !== undefined) this.#podByDevice.set(`${pod.node.subject} ${known}`, pod);
      }
    }
    return this.#podByDevice.get(`${namespace.subject} ${device}`);
  }

  /** The other end of a veth, where it is in a namespace that the input may tell of. */
  peerOf(namespace: NetNamespace, device: string): DevicePlace | undefined {
    const link = namespace.links.get(device)?.link;
    if (namespace.pod !== undefined) {
      if (namespace.pod.node === undefined) return undefined;
      return { namespace: this.ofNode(namespace.pod.node), device: this.hostDeviceOf(namespace.pod) };
    }
    const pod = this.podBehind(namespace, device);
    if (pod !== undefined) return { namespace: this.ofPod(pod), device: podDevice(this.ofPod(pod)) };
    // Both ends in one namespace bear each other's names: `cilium_host@cilium_net`.
    const peer = link?.peer;
    if (peer === undefined || /^if\d+$/.test(peer)) return undefined;
    return namespace.links.get(peer)?.link.peer === device ? { namespace, device: peer } : undefined;
  }

  /** Nodes that have an address, with the device that bears it. */
  holdersOf(address: number): readonly { node: TopologyNode; device: string | undefined }[] {
    if (this.#holders === undefined) {
      this.#holders = new Map();
      for (const node of this.topology.nodes.values()) {
        const own = new Map<number, string | undefined>();
        for (const { ip, dev, family } of node.addresses) {
          const known = family === 4 ? parseIpv4(ip) : undefined;
          if (known !== undefined && dev !== 'lo' && !own.has(known)) own.set(known, dev);
        }
        // An address that the cluster knows the node by and no device bears is translated on the way to it.
        for (const ip of node.addresses.length === 0 ? node.ips : (node.object?.ips ?? [])) {
          const known = parseIpv4(ip);
          if (known !== undefined && !own.has(known)) own.set(known, undefined);
        }
        for (const [known, device] of own) {
          const same = this.#holders.get(known);
          if (same === undefined) this.#holders.set(known, [{ node, device }]);
          else same.push({ node, device });
        }
      }
    }
    return this.#holders.get(address) ?? [];
  }

  /** The pod that has an address, and the node whose pod network it is in. */
  podAt(address: number): { pod?: TopologyPod; node?: TopologyNode } | undefined {
    const owner = this.topology.ownerOf(formatIpv4(address));
    if (owner.kind !== 'pod') return undefined;
    const node = owner.node ?? owner.pod?.node;
    return { ...(owner.pod === undefined ? {} : { pod: owner.pod }), ...(node === undefined ? {} : { node }) };
  }

  /** The bridge of a node whose network an address is in. */
  bridgeOf(namespace: NetNamespace, address: number): string | undefined {
    return namespace.routing.devicesOnLinkWith(address).find((dev) => namespace.isBridge(dev));
  }

  nodeNamed(name: string): NetNamespace | undefined {
    const node = this.topology.nodeOf(nodeSubject(name));
    return node === undefined ? undefined : this.ofNode(node);
  }
}

/** The device by which a pod is reached: the one with its address, else `eth0`. */
export function podDevice(namespace: NetNamespace): string {
  for (const ip of namespace.pod?.ips ?? []) {
    const address = parseIpv4(ip);
    const device = address === undefined ? undefined : namespace.routing.deviceOfAddress(address);
    if (device !== undefined) return device;
  }
  return 'eth0';
}
