import { u16 } from './big-endian.js';
import { readDns } from './dns.js';
import type { Frame } from './frame.js';
import { readGeneve } from './geneve.js';
import { looksLikeVxlan, PORT_DNS, PORT_GENEVE, PORT_VXLAN } from './udp-ports.js';
import { readVxlan } from './vxlan.js';
import { readWireguard } from './wireguard.js';

const PROTOCOL = 17;

/** Reads a UDP header, and what it carries where that is a tunnel or DNS. */
export function readUdp(frame: Frame): void {
  const { bytes, at, layer, ports } = frame;
  if (at + 4 <= frame.end) {
    layer.sport = u16(bytes, at);
    layer.dport = u16(bytes, at + 2);
  }
  if (!frame.has(8, 'UDP')) return;
  const left = frame.wireEnd - at;
  // 0 where the datagram is too long for the field.
  const length = u16(bytes, at + 4) || left;
  if (length < 8) {
    frame.fail(`UDP length ${length} is less than its header`);
    return;
  }
  layer.kind = 'udp';
  if (length > left && !frame.fragment) frame.fail(`UDP length ${length} in a datagram with ${left} bytes left`);
  else if (length < left) {
    frame.wireEnd = at + length;
    if (frame.end > frame.wireEnd) frame.end = frame.wireEnd;
  }
  layer.payload = frame.wireEnd - at - 8;
  readChecksum(frame, at, length);
  frame.at = at + 8;

  const kind = ports.kind(layer.dport);
  if (kind === PORT_VXLAN) readVxlan(frame);
  else if (kind === PORT_GENEVE) readGeneve(frame);
  else if (kind === PORT_DNS || ports.kind(layer.sport) === PORT_DNS) layer.dns = readDns(bytes, frame.at, frame.end);
  else if (looksLikeVxlan(bytes, frame.at, frame.end, frame.wireEnd)) {
    ports.learnVxlan(layer.dport);
    readVxlan(frame);
  } else readWireguard(frame);

  // Over IPv6 only tunnels may leave it out (RFC 6935).
  if (layer.family === 6 && layer.tunnel === undefined && u16(bytes, at + 6) === 0 && frame.whole) {
    layer.transportChecksum = 'bad';
  }
}

function readChecksum(frame: Frame, at: number, length: number): void {
  const { bytes, layer } = frame;
  if (u16(bytes, at + 6) === 0) return;
  if (!frame.whole || length !== frame.end - at) return;
  layer.transportChecksum = frame.sums.verdict(bytes, at, frame.end, at + 6, frame.addressSum + PROTOCOL);
}
