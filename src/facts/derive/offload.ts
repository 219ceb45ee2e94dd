import type { Derivation } from './derivation.js';
import { devicesOf } from './devices.js';

/** Features of `ethtool -k` that mean transmit checksums are left to the device, the summary line last. */
const CHECKSUM_FEATURES = ['tx-checksum-ip-generic', 'tx-checksum-ipv4', 'tx-checksumming'];

/** Whether the tunnel device offloads transmit checksums, which some kernels and NICs get wrong for inner packets. */
export const offload: Derivation = {
  id: 'offload',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
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
