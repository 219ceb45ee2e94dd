import { PacketDecoder } from '../../../../src/facts/captures/decode/packet-decoder.js';
import { ipText, type Layer, Packet } from '../../../../src/facts/captures/packet.js';
import type { CaptureRecord } from '../../../../src/facts/captures/record.js';

/** A record of these bytes, Ethernet unless told otherwise. */
export function recordOf(bytes: Uint8Array, given: Partial<CaptureRecord> = {}): CaptureRecord {
  return {
    number: 1,
    linkType: 1,
    time: 1_700_000_000,
    originalLength: bytes.length,
    bytes,
    start: 0,
    end: bytes.length,
    iface: undefined,
    direction: undefined,
    ...given,
  };
}

/** What a decoder, a new one unless told otherwise, makes of the bytes. */
export function decodeBytes(
  bytes: Uint8Array,
  given: Partial<CaptureRecord> = {},
  decoder = new PacketDecoder(),
): Packet {
  const packet = new Packet();
  decoder.decode(recordOf(bytes, given), packet);
  return packet;
}

/** The layers that are filled. */
export function layersOf(packet: Packet): readonly Layer[] {
  return packet.layers.slice(0, packet.depth);
}

/** Kind, source and destination of each layer, as text. */
export function pathOf(packet: Packet): string[] {
  return layersOf(packet).map((layer) => `${layer.kind} ${ipText(layer.src)} > ${ipText(layer.dst)}`);
}
