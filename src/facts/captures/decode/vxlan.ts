import { u32 } from './big-endian.js';
import { type Frame, NEXT_ETHERNET } from './frame.js';

/** Says that the VNI holds. Others that may stand beside it are those of the group policy extension. */
const FLAG_VNI = 0x08;

/** VXLAN (RFC 7348), on a port where it is spoken. */
export function readVxlan(frame: Frame): void {
  const { bytes, at, layer } = frame;
  if (at + 8 > frame.end || (bytes[at]! & FLAG_VNI) === 0) return;
  layer.tunnel = 'vxlan';
  layer.vni = u32(bytes, at + 4) >>> 8;
  frame.at = at + 8;
  frame.next = NEXT_ETHERNET;
}
