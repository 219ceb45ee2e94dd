import { parseIpv4 } from '../derive/ipv4.js';
import type { NetNamespace } from './namespace.js';
import type { MissingKnowledge } from './result.js';

/** Devices that Cilium's agent makes: where they are, programs on them may carry a packet past routes and netfilter. */
const CILIUM_DEVICES = ['cilium_host', 'cilium_net'];

/** Calico's, of its eBPF dataplane alone. */
const CALICO_DEVICES = ['bpfin.cali', 'bpfout.cali'];

/**
 * What must be known before a drop on a node with an eBPF dataplane is believed. The node's own state counts where its routes lead
 * to its pods' own devices (endpoint routes) and kube-proxy's chains translate Services: then the kernel's own path is in use.
 */
export function ebpfDoubt(namespace: NetNamespace): MissingKnowledge | undefined {
  const { node } = namespace;
  if (node === undefined) return undefined;
  const has = (name: string): boolean => namespace.links.has(name) || node.routes.some(({ dev }) => dev === name);
  if (CALICO_DEVICES.some(has)) {
    return {
      on: node.subject,
      what: "what Calico's eBPF programs do with the packet: they pass by routes and netfilter",
      collect: 'calico-node -bpf conntrack dump; calico-node -bpf nat dump',
    };
  }
  if (!CILIUM_DEVICES.some(has)) return undefined;
  // The agent's own word, where `cilium status` is there; else what the node's routes and rules show.
  const replaces = namespace.scalar('cilium.replaces-kube-proxy')?.value;
  const hostRouting = namespace.scalar('cilium.host-routing')?.value;
  const bypasses = replaces === true || hostRouting === 'BPF';
  if (!bypasses && usesKernelPath(namespace)) return undefined;
  return {
    on: node.subject,
    what: "what Cilium's eBPF programs do with the packet: they pass by routes and netfilter",
    collect: 'cilium status --verbose; cilium bpf lb list; cilium monitor -t drop',
  };
}

const kernelPath = new WeakMap<NetNamespace, boolean>();

function usesKernelPath(namespace: NetNamespace): boolean {
  const known = kernelPath.get(namespace);
  if (known !== undefined) return known;
  const { node } = namespace;
  const own = (node?.pods ?? []).filter((pod) => !pod.hostNetwork);
  const routed = own.some((pod) =>
    [...pod.ips].some((ip) => {
      const address = parseIpv4(ip);
      if (address === undefined) return false;
      if (node?.routes.some(({ dst, dev }) => dst === `${ip}/32` && /^lxc/.test(dev ?? '')) === true) return true;
      const decision = namespace.routing.lookup({ src: address, dst: address, mark: 0, iif: 'cilium_vxlan' });
      return decision.kind === 'unicast' && decision.hops.some(({ dev }) => /^lxc/.test(dev));
    }),
  );
  const proxied = namespace.netfilter
    .chains('prerouting')
    .some((chain) => chain.type === 'nat' && namespace.netfilter.source !== undefined && /nat/.test(chain.name));
  const result = own.length > 0 && routed && proxied;
  kernelPath.set(namespace, result);
  return result;
}
