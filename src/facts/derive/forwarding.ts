import type { Derivation } from './derivation.js';
import { devicesOf } from './devices.js';
import { pathDevices } from './path-devices.js';
import { interfaceSysctl, sysctlNumber } from './sysctl-of.js';

/**
 * Whether the node forwards pod packets. Forwarding is decided by the interface a packet comes in by; `ip_forward` and
 * `conf.all.forwarding` are one switch that sets them all (Documentation/networking/ip-sysctl.rst).
 */
export const forwarding: Derivation = {
  id: 'forwarding',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const all =
        sysctlNumber(store, node.subject, 'net.ipv4.ip_forward') ??
        sysctlNumber(store, node.subject, 'net.ipv4.conf.all.forwarding');
      const known = pathDevices(store, node, devicesOf(store, node)).flatMap((device) => {
        const own = interfaceSysctl(store, node.subject, device, 'forwarding');
        return own === undefined ? [] : [{ device, ...own }];
      });
      const off = known.filter((own) => own.value === 0);
      if (known.length > 0) {
        store.add({
          subject: node.subject,
          name: 'forwarding.off-interfaces',
          value: off.map((own) => own.device).sort(),
          source: (off[0] ?? known[0]!).fact.source,
        });
      }
      const decider = all?.value === 0 ? all.fact : (off[0]?.fact ?? all?.fact);
      if (decider === undefined) continue;
      store.add({
        subject: node.subject,
        name: 'forwarding.off',
        value: all?.value === 0 || off.length > 0,
        source: decider.source,
      });
    }
  },
};
