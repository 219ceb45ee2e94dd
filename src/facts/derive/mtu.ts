import type { Source } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';
import { devicesOf, type NodeDevices, type TunnelKind } from './devices.js';
import { linksOf } from './links-of.js';

/**
 * Bytes a tunnel adds over IPv4: outer Ethernet of the inner frame, UDP, IP and the tunnel's own header. Geneve's
 * options are left out, so a finding about it holds at least.
 */
const OVERHEAD: Record<TunnelKind, number> = { vxlan: 50, geneve: 50, ipip: 20, wireguard: 60 };

interface NicMtu {
  node: TopologyNode;
  mtu: number;
  source: Source;
}

/** Facts about MTUs: of the NIC, and of what hangs above it. */
export const mtu: Derivation = {
  id: 'mtu',
  derive({ store, topology }) {
    const nics: NicMtu[] = [];
    for (const node of topology.nodes.values()) {
      const devices = devicesOf(store, node);
      const nic = devices.nic === undefined ? undefined : devices.links.get(devices.nic);
      if (nic?.link.mtu !== undefined) {
        const source = nic.source;
        nics.push({ node, mtu: nic.link.mtu, source });
        store.add({ subject: node.subject, name: 'mtu.nic', value: nic.link.mtu, source });
        store.add({ subject: node.subject, name: 'mtu.jumbo', value: nic.link.mtu > 1500, source });
      }
      judgeLayers(store, node, devices);
    }
    compareNics(store, nics);
  },
};

interface Layer {
  mtu: number;
  source: Source;
}

function judgeLayers(store: FactStore, node: TopologyNode, devices: NodeDevices): void {
  const tunnel = devices.tunnels[0];
  const tunnelLink = tunnel === undefined ? undefined : devices.links.get(tunnel.name);
  const lowerName = tunnelLink?.link.vxlan?.dev ?? devices.nic;
  const lower = lowerName === undefined ? undefined : devices.links.get(lowerName);
  const pods = largestPodMtu(store, node, devices);
  // Cilium leaves its devices at the NIC's MTU and puts the smaller one on the pods' routes.
  const byRoute = tunnel !== undefined && /^cilium_/.test(tunnel.name);

  if (tunnel !== undefined && lower?.link.mtu !== undefined && !byRoute) {
    const above = [tunnelLink?.link.mtu, pods?.mtu].filter((value) => value !== undefined);
    if (above.length > 0 && tunnelLink !== undefined) {
      store.add({
        subject: node.subject,
        name: 'mtu.tunnel-too-large',
        value: Math.max(...above) + OVERHEAD[tunnel.kind] > lower.link.mtu,
        source: tunnelLink.source,
      });
    }
  }
  if (pods === undefined) return;
  const leavesBy = tunnel === undefined || byRoute ? (devices.complete ? lower : undefined) : tunnelLink;
  if (leavesBy?.link.mtu === undefined) return;
  store.add({
    subject: node.subject,
    name: 'mtu.pod-too-large',
    value: pods.mtu > leavesBy.link.mtu,
    source: pods.source,
  });
}

/** The largest MTU of a pod's interface: the host's end of its veth, or its own eth0 where that was collected. */
function largestPodMtu(store: FactStore, node: TopologyNode, devices: NodeDevices): Layer | undefined {
  let largest: Layer | undefined;
  const consider = (value: number | undefined, source: Source): void => {
    if (value !== undefined && (largest === undefined || value > largest.mtu)) largest = { mtu: value, source };
  };
  for (const name of [...devices.bridgedPods, ...devices.routedPods]) {
    const merged = devices.links.get(name);
    if (merged !== undefined) consider(merged.link.mtu, merged.source);
  }
  for (const pod of node.pods) {
    if (pod.hostNetwork) continue;
    const eth0 = linksOf(store, pod.subject).get('eth0');
    if (eth0 !== undefined) consider(eth0.link.mtu, eth0.source);
  }
  return largest;
}

/** A NIC is the odd one only against a majority of at least two others that agree. */
function compareNics(store: FactStore, nics: readonly NicMtu[]): void {
  if (nics.length < 3) return;
  const count = new Map<number, number>();
  for (const nic of nics) count.set(nic.mtu, (count.get(nic.mtu) ?? 0) + 1);
  const [most, votes] = [...count].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]!;
  if (votes * 2 <= nics.length) return;
  for (const nic of nics) {
    store.add({ subject: nic.node.subject, name: 'mtu.nic-differs', value: nic.mtu !== most, source: nic.source });
  }
}
