import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { NodeDevices } from './devices.js';
import { isForeignBridge, isUnusedDevice } from './devices.js';

/**
 * The interfaces at which the node's IP layer sees pod packets: the NIC, tunnels, pod bridges and routed veths. Ports of
 * a bridge are not among them. Where no list of devices is known, those whose parameters were read and whose names tell.
 */
export function pathDevices(store: FactStore, node: TopologyNode, devices: NodeDevices): string[] {
  const { cnis } = store;
  const found = new Set<string>();
  if (devices.nic !== undefined) found.add(devices.nic);
  for (const tunnel of devices.tunnels) found.add(tunnel.name);
  for (const name of [...devices.bridges, ...devices.routedPods]) found.add(name);
  for (const name of devices.links.keys()) if (cnis.isGateway(name)) found.add(name);
  if (devices.links.size === 0) {
    for (const name of store.of(node.subject).keys()) {
      const device = /^sysctl\.net\.ipv4\.conf\.(.+)\.(?:rp_filter|forwarding)$/.exec(name)?.[1];
      if (device === undefined || isUnusedDevice(device) || isForeignBridge(device)) continue;
      const dotted = device.replaceAll('/', '.');
      if (
        cnis.isPodBridge(dotted) ||
        cnis.isGateway(dotted) ||
        cnis.isRoutedPodDevice(dotted) ||
        cnis.tunnelOf(dotted) !== undefined
      )
        found.add(dotted);
    }
  }
  return [...found];
}
