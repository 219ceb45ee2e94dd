import type { EgressObject } from '../model.js';
import type { JsonObject } from './json-shape.js';
import { objectOf, objectsOf, textMapOf, textOf, textsOf } from './json-shape.js';

/**
 * Kinds by which CNIs send pods out under fixed addresses: OVN-Kubernetes' EgressIP, Cilium's CiliumEgressGatewayPolicy
 * (and the older CiliumEgressNATPolicy), kube-ovn's VpcEgressGateway, Antrea's Egress.
 */
export const EGRESS_KINDS: ReadonlySet<string> = new Set([
  'EgressIP',
  'CiliumEgressGatewayPolicy',
  'CiliumEgressNATPolicy',
  'VpcEgressGateway',
  'Egress',
]);

export function egressRecord(object: JsonObject, kind: string, name: string): EgressObject {
  const spec = objectOf(object.spec);
  const gateways = [objectOf(spec.egressGateway), ...objectsOf(spec.egressGateways)];
  const one = [textOf(spec.egressIP), textOf(spec.egressSourceIP), ...gateways.map((item) => textOf(item.egressIP))];
  const record: EgressObject = {
    kind,
    name,
    ips: [...textsOf(spec.egressIPs), ...one.filter((ip): ip is string => ip !== undefined)],
    nodeLabels: {},
  };
  for (const gateway of gateways)
    Object.assign(record.nodeLabels, textMapOf(objectOf(gateway.nodeSelector).matchLabels));
  const status = objectOf(object.status);
  const items = objectsOf(status.items);
  if (kind === 'EgressIP') {
    // OVN-Kubernetes writes the status once an address has a node: without one there is none.
    record.assigned = items.flatMap((item) => {
      const ip = textOf(item.egressIP);
      const node = textOf(item.node);
      return ip === undefined ? [] : [{ ip, ...(node === undefined ? {} : { node }) }];
    });
  }
  if (kind === 'Egress' && object.status !== undefined) {
    const ip = textOf(status.egressIP) ?? textOf(spec.egressIP);
    const node = textOf(status.egressNode);
    record.assigned = ip === undefined || node === undefined || node === '' ? [] : [{ ip, node }];
  }
  if (typeof status.ready === 'boolean') record.ready = status.ready;
  return record;
}
