import type { Subject } from '../model.js';
import type { FactStore } from '../store.js';
import type { Derivation } from './derivation.js';
import { devicesOf } from './devices.js';

/** Features of `ethtool -k` that mean transmit checksums are left to the device, the summary line last. */
const CHECKSUM_FEATURES = ['tx-checksum-ip-generic', 'tx-checksum-ipv4', 'tx-checksumming'];

/** Features of the NIC that have broken large transfers through tunnels, and the fact that each makes known. */
const NIC_FEATURES: Readonly<Record<string, string>> = {
  'tx-udp_tnl-segmentation': 'offload.udp-tunnel-segmentation',
  'large-receive-offload': 'offload.large-receive',
};

/** Whether the tunnel device offloads transmit checksums, which some kernels and NICs get wrong for inner packets. */
export const offload: Derivation = {
  id: 'offload',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const nic = devicesOf(store, node).nic ?? onlyListedNic(store, node.subject);
      for (const [feature, name] of Object.entries(NIC_FEATURES)) {
        const fact = nic === undefined ? undefined : store.scalar(node.subject, `ethtool.${nic}.${feature}`);
        if (typeof fact?.value === 'boolean')
          store.add({ subject: node.subject, name, value: fact.value, source: fact.source });
      }
      const names = devicesOf(store, node).tunnels.map((tunnel) => tunnel.name);
      // `ethtool -k flannel.1` names the device even where no list of devices was collected.
      for (const name of store.of(node.subject).keys()) {
        const device = /^ethtool\.((?:flannel|vxlan|cilium_vxlan|genev_sys_|antrea-tun)\S*)\.tx-checksumming$/.exec(
          name,
        );
        if (device !== null && !names.includes(device[1]!)) names.push(device[1]!);
      }
      for (const name of names) {
        const facts = CHECKSUM_FEATURES.flatMap(
          (feature) => store.scalar(node.subject, `ethtool.${name}.${feature}`) ?? [],
        ).filter((fact) => typeof fact.value === 'boolean');
        if (facts.length === 0) continue;
        const on = facts.find((fact) => fact.value === true);
        store.add({
          subject: node.subject,
          name: 'offload.tunnel-checksum',
          value: on !== undefined,
          source: (on ?? facts[0]!).source,
        });
        break;
      }
    }
  },
};

/** The card whose features were listed, where no list of devices tells which is the node's: only where it is one. */
function onlyListedNic(store: FactStore, node: Subject): string | undefined {
  const found = new Set<string>();
  for (const name of store.of(node).keys()) {
    const device = /^ethtool\.((?:en|eth|ens|bond)[a-z0-9]*)\.[a-z]/.exec(name)?.[1];
    if (device !== undefined) found.add(device);
  }
  return found.size === 1 ? [...found][0] : undefined;
}
