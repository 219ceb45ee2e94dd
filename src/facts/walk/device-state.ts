import { drop, type Journey } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { Way } from './way.js';

/** False where a device is known to be down or gone, which ends the way. */
export function carries(journey: Journey, way: Way, namespace: NetNamespace, device: string): boolean {
  const fault = namespace.deviceFault(device);
  if (fault === undefined) return true;
  const by = `${device} is ${fault === 'device-down' ? 'down' : 'not there'}`;
  drop(journey, way, namespace.subject, fault, by, namespace.links.get(device)?.source);
  return false;
}
