import { i32 } from './big-endian.js';
import type { Frame } from './frame.js';

const INITIATION = 1;
const RESPONSE = 2;
const COOKIE = 3;
const DATA = 4;
const INITIATION_LENGTH = 148;
const RESPONSE_LENGTH = 92;
const COOKIE_LENGTH = 64;
/** Header, counter and tag; a keepalive is no longer. What is inside is padded to 16 bytes. */
const DATA_LEAST = 32;

/**
 * WireGuard's message at `frame.at`, if it is one: the type with three zero bytes, and the length that goes with it. That
 * is little to go by, so it holds on WireGuard's usual ports (WireGuard, Cilium), or between ports where a handshake was
 * seen, whose last 16 bytes (the cookie's MAC) are zero unless the other side is under load.
 */
export function readWireguard(frame: Frame): void {
  const { bytes, at, end, layer, ports } = frame;
  if (at + 4 > end || (i32(bytes, at) & 0xffffff) !== 0) return;
  const type = bytes[at]!;
  if (!fits(type, layer.payload)) return;
  const { sport, dport } = layer;
  if (!ports.isWireguard(sport, dport)) {
    if (type > RESPONSE || at + layer.payload > end || !isZero(bytes, at + layer.payload - 16)) return;
    ports.learnWireguard(sport, dport);
  }
  layer.tunnel = 'wireguard';
  layer.wireguardMessage = type;
}

function fits(type: number, length: number): boolean {
  switch (type) {
    case INITIATION:
      return length === INITIATION_LENGTH;
    case RESPONSE:
      return length === RESPONSE_LENGTH;
    case COOKIE:
      return length === COOKIE_LENGTH;
    case DATA:
      return length >= DATA_LEAST && length % 16 === 0;
    default:
      return false;
  }
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i += 4) if (i32(bytes, i) !== 0) return false;
  return true;
}
