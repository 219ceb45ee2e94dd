import type { Endpoint } from '../flow.js';
import type { FactStore } from '../store.js';
import type { Topology } from './topology.js';

/** MTU of the device that a packet of this endpoint leaves its own namespace by; undefined where no output tells. */
export function ownMtu(
  store: FactStore,
  topology: Topology,
  from: Endpoint | undefined,
  toIp: string | undefined,
): number | undefined {
  if (from?.subject === undefined) return undefined;
  if (from.kind === 'pod') {
    for (const fact of store.records(from.subject, 'link')) {
      if (fact.value.name !== 'lo' && fact.value.mtu !== undefined) return fact.value.mtu;
    }
    const pod = topology.pods.get(from.subject);
    if (pod?.hostDevice === undefined || pod.node === undefined) return undefined;
    return mtuOf(store, pod.node.subject, pod.hostDevice);
  }
  const node = topology.nodeOf(from.subject);
  if (node === undefined) return undefined;
  const owner = toIp === undefined ? undefined : topology.ownerOf(toIp);
  // To a pod a node's packet leaves by the device that the pod network's route names, the tunnel or the bridge.
  const device = owner?.kind === 'pod' ? deviceTo(node.routes, owner.node?.podCIDRs ?? [], toIp) : node.nic;
  return device === undefined ? undefined : mtuOf(store, node.subject, device);
}

function deviceTo(
  routes: readonly { dst: string; dev?: string }[],
  podCIDRs: readonly string[],
  toIp: string | undefined,
): string | undefined {
  const exact = routes.find((route) => route.dst === `${toIp}/32` || route.dst === `${toIp}/128`);
  return (exact ?? routes.find((route) => podCIDRs.includes(route.dst)))?.dev;
}

function mtuOf(store: FactStore, subject: string, device: string): number | undefined {
  for (const fact of store.records(subject, 'link'))
    if (fact.value.name === device && fact.value.mtu !== undefined) return fact.value.mtu;
  return undefined;
}
