import { i32, u16, u48 } from './big-endian.js';
import type { Frame } from './frame.js';

/** ARP for IPv4, over Ethernet or any other link with hardware addresses. */
export function readArp(frame: Frame): void {
  if (!frame.has(8, 'ARP')) return;
  const { bytes, at } = frame;
  const hardwareLength = bytes[at + 4]!;
  if (u16(bytes, at + 2) !== 0x0800 || bytes[at + 5] !== 4) return;
  if (!frame.has(8 + 2 * (hardwareLength + 4), 'ARP')) return;
  const layer = frame.packet.push();
  if (layer === undefined) return;
  frame.layer = layer;
  layer.kind = 'arp';
  layer.arpOperation = u16(bytes, at + 6);
  if (hardwareLength === 6) layer.mac = u48(bytes, at + 8);
  layer.src = i32(bytes, at + 8 + hardwareLength);
  layer.dst = i32(bytes, at + 12 + 2 * hardwareLength);
}
