import type { HopRole } from '../../capture.js';

/**
 * What an interface is on a packet's way, by the names that CNIs and distributions give: undefined where a name does not
 * tell. Sources: the CNIs' documentation of flannel, Calico, Cilium, Antrea, Weave, kube-router, Terway, the VPC CNIs.
 */
const ROLES: readonly (readonly [HopRole, RegExp])[] = [
  [
    'tunnel',
    /^(?:flannel\.|flannel-|vxlan|cilium_vxlan|cilium_geneve|cilium_wg|tunl|genev|antrea-tun|ovn-(?!k8s)|wg\d|wireguard|flannel-wg|gre|ip6tnl|kube-bridge-tun|weave-|vxlan-v6|datapath$)/,
  ],
  ['bridge', /^(?:cni\d|cbr\d|docker0|br-|br\d|bridge|kube-bridge|weave$|podman|antrea-gw|ovn-k8s|ovn0|virbr)/],
  [
    'pod',
    /^(?:veth|cali|lxc(?!_health)|ucni|eni[0-9a-f]{8,}|azv|gke|vnic|cni[0-9a-f]{6,}|vethwepl|lxd|nic[0-9a-f]{6,}|pod)/,
  ],
  ['nic', /^(?:eth\d|en[opsx]\w|em\d|bond|team|ens|eno|p\d+p\d|wlan|ib\d|vlan)/],
];

export function roleOfInterface(name: string): HopRole | undefined {
  for (const [role, pattern] of ROLES) if (pattern.test(name)) return role;
  return undefined;
}
