import type { EndpointHint, Subject } from '../model.js';
import { serviceSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyService } from '../topology.js';
import { formatIpv4, parseIpv4 } from './ipv4.js';

/** The Service by which pods reach the API server; kube-apiserver makes it itself and keeps its endpoints. */
export const API_SERVICE = serviceSubject('default', 'kubernetes');
const PORT = 443;

/**
 * The API server's Service, where no object shows it and an attempt was made at its address: one that the request gives
 * away, or the first of the Services' network.
 */
export function supposeApiService(
  store: FactStore,
  services: Map<Subject, TopologyService>,
  serviceCIDRs: readonly string[],
): void {
  if (services.has(API_SERVICE)) return;
  const first = new Set(serviceCIDRs.map(firstAddress));
  const taken = new Set([...services.values()].flatMap((service) => service.object.clusterIPs));
  const ips = new Set<string>();
  for (const { value } of store.all('probe')) {
    const { ip } = value.to;
    if (ip !== undefined && !taken.has(ip) && isApiService(value.to, first)) ips.add(ip);
  }
  if (ips.size === 0) return;
  services.set(API_SERVICE, {
    subject: API_SERVICE,
    object: {
      namespace: 'default',
      name: 'kubernetes',
      type: 'ClusterIP',
      clusterIPs: [...ips].sort(),
      ports: [{ name: 'https', port: PORT, proto: 'tcp' }],
      selector: {},
      loadBalancerIPs: [],
      sourceRanges: [],
      partial: true,
    },
    endpoints: [],
    endpointPorts: [],
    endpointsKnown: false,
    supposed: true,
  });
}

function isApiService(to: EndpointHint, first: ReadonlySet<string | undefined>): boolean {
  if (to.apiServer === true) return true;
  if (to.kind !== undefined && to.kind !== 'clusterip') return false;
  if (/^kubernetes(?:\.default(?:\.svc(?:\..{1,200})?)?)?\.?$/.test(to.name ?? '') && to.kind === 'clusterip')
    return true;
  return (to.port === undefined || to.port === PORT) && first.has(to.ip);
}

function firstAddress(cidr: string): string | undefined {
  const base = parseIpv4(cidr.replace(/\/.*$/, ''));
  return base === undefined ? undefined : formatIpv4(base + 1);
}
