import type { Topology, TopologyService } from '../topology.js';
import { API_SERVICE } from './api-service.js';
import type { Derivation } from './derivation.js';

/** VirtualBox gives this address to the NAT interface of every machine: none of them reaches another by it. */
const VIRTUALBOX_NAT = '10.0.2.15';
const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Which Service is the API server's, and whether its endpoints can be where the API server is. */
export const apiServer: Derivation = {
  id: 'api-server',
  derive({ store, topology }) {
    for (const { subject, object } of topology.services.values()) {
      const source = store.records(subject, 'service-object')[0]?.source ?? {};
      const isApiServer = subject === API_SERVICE;
      // What clients ask by its name is no webhook of the API server's.
      if (isApiServer || object.selector['k8s-app'] === 'kube-dns')
        store.add({ subject, name: 'service.serves-webhook', value: false, source });
      store.add({ subject, name: 'service.is-apiserver', value: isApiServer, source });
    }
    const service = topology.services.get(API_SERVICE);
    if (service === undefined || !service.endpointsKnown || service.endpoints.length === 0) return;
    const source = store.records(API_SERVICE, 'endpoints-object')[0]?.source ?? {};
    store.add({
      subject: API_SERVICE,
      name: 'apiserver.endpoints-unusable',
      value: unusable(topology, service),
      source,
    });
    const gone = goneOf(topology, service);
    if (gone !== undefined) store.add({ subject: API_SERVICE, name: 'apiserver.endpoints-gone', value: gone, source });
  },
};

/** Endpoints that no other machine can reach, or that a node has which is none of the control plane. */
function unusable(topology: Topology, { endpoints }: TopologyService): string[] {
  const ruled = [...topology.nodes.values()].some((node) => isControlPlane(node.object?.labels));
  const found = endpoints.flatMap(({ ip }) => {
    if (ip === VIRTUALBOX_NAT || /^(?:127\.|0\.|169\.254\.)/.test(ip) || ip === '::1') return [ip];
    const owner = topology.ownerOf(ip);
    if (owner.kind === 'pod') return [ip];
    const labels = owner.kind === 'node' ? owner.node.object?.labels : undefined;
    return ruled && labels !== undefined && !isControlPlane(labels) ? [ip] : [];
  });
  return [...new Set(found)].sort();
}

/**
 * Endpoints that no node has beside others that a node of the control plane has: those of a machine that is gone. Where
 * none of them is a node's, a load balancer or a provider may stand before the API server.
 */
function goneOf(topology: Topology, { endpoints }: TopologyService): string[] | undefined {
  const owners = endpoints.map(({ ip }) => ({ ip, owner: topology.ownerOf(ip) }));
  if (!owners.some(({ owner }) => owner.kind === 'node' && isControlPlane(owner.node.object?.labels))) return undefined;
  return [...new Set(owners.filter(({ owner }) => owner.kind !== 'node').map(({ ip }) => ip))].sort();
}

function isControlPlane(labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels !== undefined && CONTROL_PLANE.some((label) => Object.hasOwn(labels, label));
}
