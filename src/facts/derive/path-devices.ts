import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { NodeDevices } from './devices.js';
import { isForeignBridge, isUnusedDevice } from './devices.js';

/** Names that mean a pod's interface, a tunnel or a pod bridge even where no list of devices was collected. */
const POD_PATH_NAMES =
  /^(?:cni\d+|cbr0|kube-bridge|flannel[./]\d+|vxlan[./]calico|tunl0|cilium_(?:host|net|vxlan|geneve)|antrea-gw0|genev_sys_\d+|weave|(?:cali|lxc|ucni)[0-9a-z]+|eni[0-9a-f]{8,})$/;

/**
 * The interfaces at which the node's IP layer sees pod packets: the NIC, tunnels, pod bridges and routed veths. Ports of
 * a bridge are not among them. Where no list of devices is known, those whose parameters were read and whose names tell.
 */
export function pathDevices(store: FactStore, node: TopologyNode, devices: NodeDevices): string[] {
  const found = new Set<string>();
  if (devices.nic !== undefined) found.add(devices.nic);
  for (const tunnel of devices.tunnels) found.add(tunnel.name);
  for (const name of [...devices.bridges, ...devices.routedPods]) found.add(name);
  for (const name of devices.links.keys()) if (/^(?:cilium_host|antrea-gw0|ovn-k8s-mp0)$/.test(name)) found.add(name);
  if (devices.links.size === 0) {
    for (const name of store.of(node.subject).keys()) {
      const device = /^sysctl\.net\.ipv4\.conf\.(.+)\.(?:rp_filter|forwarding)$/.exec(name)?.[1];
      if (device === undefined || isUnusedDevice(device) || isForeignBridge(device)) continue;
      if (POD_PATH_NAMES.test(device)) found.add(device.replaceAll('/', '.'));
    }
  }
  return [...found];
}
