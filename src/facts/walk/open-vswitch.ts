import { type Journey, mayDivert, stop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { MissingKnowledge } from './result.js';
import type { Way } from './way.js';

/** Open vSwitch's own devices as products name them: its datapath, internal ports, and tunnels of which flows tell the peer. */
const NAMES =
  /^(?:ovs-system|antrea-gw\d+|ovn-k8s-(?:mp|gw)\d+|ovn0|br-(?:int|ex|tun|local)|breth\d+|(?:genev|vxlan)_sys_\d+)$/;
/** Devices that only a node has whose pods are ports of Open vSwitch: Antrea's, OVN-Kubernetes' and Kube-OVN's. */
const OF_POD_NETWORK = /^(?:antrea-gw\d+|ovn-k8s-mp\d+|ovn0)$/;

/** Whether what a device takes goes to Open vSwitch's flows: one of its internal ports, or a port that it has made its own. */
export function isOvsPort(namespace: NetNamespace, device: string): boolean {
  const link = namespace.links.get(device)?.link;
  if (link?.kind === 'openvswitch') return true;
  if (link?.master !== undefined)
    return link.master === 'ovs-system' || namespace.links.get(link.master)?.link.kind === 'openvswitch';
  // An OVS tunnel and an internal port have a kind of their own; another kind by such a name is somebody else's.
  return NAMES.test(device) && (link?.kind === undefined || link.kind === 'geneve' || link.kind === 'vxlan');
}

/** Whether a node's pods are ports of Open vSwitch, as far as its devices and routes tell. */
export function hasPodsInOvs(namespace: NetNamespace): boolean {
  const { node, links } = namespace;
  if (node === undefined) return false;
  for (const name of links.keys()) if (OF_POD_NETWORK.test(name)) return true;
  return node.routes.some(({ dev }) => dev !== undefined && OF_POD_NETWORK.test(dev));
}

/** What tells where Open vSwitch takes a packet. */
export function ovsFlows(namespace: NetNamespace, device: string | undefined): MissingKnowledge {
  return {
    on: namespace.subject,
    what: `what Open vSwitch's flows do with what comes by ${device ?? "a pod's device"}`,
    source: namespace.links.get(device ?? '')?.source ?? {},
    collect: 'ovs-ofctl dump-flows br-int; ovs-appctl dpctl/dump-flows',
  };
}

/**
 * False where a device hands packets to Open vSwitch, which ends the way: its flows are not in the input. A node's own NIC in a
 * bridge of it most often carries as any other.
 */
export function staysInKernel(journey: Journey, way: Way, namespace: NetNamespace, device: string): boolean {
  if (namespace.isPod || !isOvsPort(namespace, device)) return true;
  const missing = ovsFlows(namespace, device);
  if (device === namespace.node?.nic) {
    mayDivert(way, missing);
    return true;
  }
  stop(journey, way, missing);
  return false;
}
