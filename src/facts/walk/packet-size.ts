import { drop, type Journey } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { Way } from './way.js';

/** An Ethernet frame may be longer than the receiver's MTU by a VLAN tag before it is dropped (is_skb_forwardable). Bytes. */
const VLAN_TAG = 4;

/** False where what leaves by one device is too long for the one it comes in by, which ends the way: nobody is told. */
export function fitsReceiver(
  journey: Journey,
  way: Way,
  from: NetNamespace,
  device: string,
  to: NetNamespace,
  into: string | undefined,
): boolean {
  const mtu = into === undefined ? undefined : to.mtuOf(into);
  const size = way.mayFragment ? Math.min(way.size, from.mtuOf(device) ?? way.size) : way.size;
  if (into === undefined || mtu === undefined || size <= mtu + VLAN_TAG) return true;
  const by = `${size} bytes are too long for ${into}'s MTU of ${mtu}, and nobody is told that they are dropped`;
  drop(journey, way, to.subject, 'mtu-exceeded', by, to.links.get(into)?.source);
  return false;
}
