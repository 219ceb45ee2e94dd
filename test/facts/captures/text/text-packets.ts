import { CaptureFileReader } from '../../../../src/facts/captures/capture-file.js';
import { PacketDecoder } from '../../../../src/facts/captures/decode/packet-decoder.js';
import { type Ip, ipText, type Layer, Packet } from '../../../../src/facts/captures/packet.js';
import { TcpdumpTextReader } from '../../../../src/facts/captures/text/tcpdump-text-reader.js';

/** A layer's fields that hold something, addresses as text. */
export type PlainLayer = Partial<Record<Exclude<keyof Layer, 'quoted' | 'reset'>, unknown>> & {
  quoted?: PlainLayer;
};

/** A packet's fields that hold something. */
export interface PlainPacket {
  number: number;
  line?: number;
  layers: PlainLayer[];
  [field: string]: unknown;
}

const EMPTY_LAYER = fieldsOf(new Packet().layers[0]!);
const EMPTY_PACKET = fieldsOf(new Packet());

/** A copy of the packet without what is not told. */
export function plainPacket(packet: Packet, line?: number): PlainPacket {
  const plain: PlainPacket = { number: packet.number, layers: packet.layers.slice(0, packet.depth).map(plainLayer) };
  for (const [field, value] of Object.entries(fieldsOf(packet))) {
    if (!Object.is(value, EMPTY_PACKET[field])) plain[field] = value;
  }
  if (line !== undefined) plain.line = line;
  return plain;
}

function plainLayer(layer: Layer): PlainLayer {
  const plain: PlainLayer = { kind: layer.kind, src: ipText(layer.src), dst: ipText(layer.dst) };
  for (const [field, value] of Object.entries(fieldsOf(layer))) {
    if (field === 'target' && value !== undefined) plain.target = ipText(value as Ip);
    else if (!(field in plain) && value !== EMPTY_LAYER[field]) (plain as Record<string, unknown>)[field] = value;
  }
  if (layer.hasQuoted) plain.quoted = plainLayer(layer.quoted);
  return plain;
}

function fieldsOf(of: object): Record<string, unknown> {
  const skipped = ['layers', 'depth', 'number', 'hasQuoted', 'quoted'];
  return Object.fromEntries(Object.entries(of).filter(([field]) => !skipped.includes(field)));
}

/** What a text holds. */
export interface ReadText {
  packets: PlainPacket[];
  problems: { line: number; message: string }[];
  reader: TcpdumpTextReader;
}

export function readText(text: string): ReadText {
  const packets: PlainPacket[] = [];
  const problems: ReadText['problems'] = [];
  const reader = new TcpdumpTextReader({
    packet: (packet, line) => packets.push(plainPacket(packet, line)),
    problem: (line, message) => problems.push({ line, message }),
  });
  for (const line of text.split('\n')) reader.read(line);
  reader.end();
  return { packets, problems, reader };
}

/** The packets of a text of which nothing is malformed. */
export function packetsOf(text: string): PlainPacket[] {
  const { packets, problems } = readText(text);
  if (problems.length > 0) throw new Error(problems[0]!.message);
  return packets;
}

/** The one layer of a text of one packet. */
export function layerOf(text: string): PlainLayer {
  const packets = packetsOf(text);
  if (packets.length !== 1 || packets[0]!.layers.length !== 1)
    throw new Error(`not one layer: ${JSON.stringify(packets)}`);
  return packets[0]!.layers[0]!;
}

/** What the decoder of binary captures makes of a file. */
export function decodedPackets(capture: Uint8Array): PlainPacket[] {
  const packets: PlainPacket[] = [];
  const decoder = new PacketDecoder();
  const packet = new Packet();
  const file = new CaptureFileReader({
    record: (record) => {
      decoder.decode(record, packet);
      packets.push(plainPacket(packet));
    },
    problem: () => undefined,
  });
  file.feed(capture);
  file.end();
  return packets;
}
