import type { Cnis } from './cnis.js';
import type { Address, EndpointsObject, NodeObject, PodObject, Route, ServiceObject, Subject } from './model.js';

/** A node as the input shows it: from its object, its outputs, or merely because something names it. */
export interface TopologyNode {
  subject: Subject;
  name: string;
  object?: NodeObject;
  /** Every address known to be the node's: object, `ip addr` (pod bridges and tunnels included), reporter. */
  ips: Set<string>;
  /** The address that the cluster knows it by (InternalIP), where known. */
  nodeIp?: string;
  podCIDRs: string[];
  /** Whether outputs of the node itself are in the input. */
  sampled: boolean;
  addresses: readonly Address[];
  routes: readonly Route[];
  /** NIC: the device of the node's address, else of the default route. */
  nic?: string;
  pods: TopologyPod[];
}

export interface TopologyPod {
  subject: Subject;
  namespace: string;
  name: string;
  object?: PodObject;
  node?: TopologyNode;
  ips: Set<string>;
  hostNetwork: boolean;
  /** The host's end of its veth, where a route or the peer index tells. */
  hostDevice?: string;
}

export interface TopologyService {
  subject: Subject;
  object: ServiceObject;
  endpoints: EndpointsObject['addresses'];
  endpointPorts: EndpointsObject['ports'];
  /** Whether endpoints were in the input at all (none known is not none there). */
  endpointsKnown: boolean;
  /** No object tells of it: an address that was asked shows that it is there. */
  supposed?: true;
}

/** What an address is. */
export type AddressOwner =
  | { kind: 'pod'; pod?: TopologyPod; node?: TopologyNode }
  | { kind: 'node'; node: TopologyNode }
  | { kind: 'clusterip'; service?: TopologyService }
  | { kind: 'loadbalancer'; service: TopologyService }
  | { kind: 'external' }
  | { kind: 'unknown' };

/** Which pod, address, interface, node, podCIDR: built once from the records, read by every other derivation. */
export interface Topology {
  /** What names of devices mean. */
  cnis: Cnis;
  /** By name, sorted. */
  nodes: ReadonlyMap<string, TopologyNode>;
  /** By subject, sorted. */
  pods: ReadonlyMap<Subject, TopologyPod>;
  services: ReadonlyMap<Subject, TopologyService>;
  /** The cluster's own networks, where known: CIDRs. */
  podCIDRs: string[];
  serviceCIDRs: string[];
  /** The cluster DNS Service's addresses, where known. */
  dnsIps: Set<string>;
  ownerOf(ip: string): AddressOwner;
  /** The node that a subject is, sits on, or (`interface/…`, `capture/…`) belongs to; by any of its names. */
  nodeOf(subject: Subject): TopologyNode | undefined;
  /**
   * Whether a node's own routes send an address to another node (through a gateway or a tunnel) or keep it; undefined
   * where its routes are not known or do not tell.
   */
  leaves(node: Subject, ip: string): boolean | undefined;
  /** The Service behind a node port. */
  serviceOfNodePort(port: number): TopologyService | undefined;
  /** The Service that a DNS name or `name.namespace` names, seen from a namespace. */
  serviceOfName(name: string, namespace?: string): TopologyService | undefined;
}
