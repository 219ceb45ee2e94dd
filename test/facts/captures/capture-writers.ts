/** Writes captures as tests say, in either byte order and however dishonest. */

export interface WrittenPacket {
  seconds?: number;
  /** Micro- or nanoseconds, as the magic number has it. */
  fraction?: number;
  data: Uint8Array;
  /** What the header claims, where it is not the length of `data`. */
  captured?: number;
  original?: number;
}

export interface PcapShape {
  little?: boolean;
  magic?: number;
  major?: number;
  snaplen?: number;
  linkType?: number;
}

export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;
export const MODIFIED = 0xa1b2cd34;

/** Numbers one behind the other: `[bytes a number, number]`. */
function numbers(little: boolean, fields: readonly (readonly [1 | 2 | 4 | 8, number])[]): Buffer {
  const out = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) {
    const wide = BigInt.asUintN(8 * size, BigInt(value));
    for (let digit = 0; digit < size; digit++) {
      out[little ? at + digit : at + size - 1 - digit] = Number((wide >> BigInt(8 * digit)) & 255n);
    }
    at += size;
  }
  return out;
}

export function pcapHeader(shape: PcapShape = {}): Buffer {
  const { little = true, magic = MICROSECONDS, major = 2, snaplen = 262_144, linkType = 1 } = shape;
  return numbers(little, [
    [4, magic],
    [2, major],
    [2, 4],
    [8, 0],
    [4, snaplen],
    [4, linkType],
  ]);
}

export function pcapRecord(packet: WrittenPacket, shape: PcapShape = {}): Buffer {
  const { little = true, magic = MICROSECONDS } = shape;
  const header = numbers(little, [
    [4, packet.seconds ?? 1_700_000_000],
    [4, packet.fraction ?? 0],
    [4, packet.captured ?? packet.data.length],
    [4, packet.original ?? packet.captured ?? packet.data.length],
  ]);
  return Buffer.concat([header, Buffer.alloc(magic === MODIFIED ? 8 : 0), packet.data]);
}

export function pcapOf(packets: readonly WrittenPacket[], shape: PcapShape = {}): Buffer {
  return Buffer.concat([pcapHeader(shape), ...packets.map((packet) => pcapRecord(packet, shape))]);
}

/** Bytes of a packet that no header looks like. */
export function payload(length: number, first = 0xc1): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => 0xc0 | ((first + 7 * at) & 0x3f)));
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** Blocks of pcapng in one byte order. */
export class PcapngWriter {
  readonly little: boolean;

  constructor(little = true) {
    this.little = little;
  }

  /** `length` and `closing` are what it claims at its beginning and at its end. */
  block(type: number, body: Uint8Array, length = 12 + body.length, closing = length): Buffer {
    const head = numbers(this.little, [
      [4, type],
      [4, length],
    ]);
    return Buffer.concat([head, body, numbers(this.little, [[4, closing]])]);
  }

  option(code: number, value: Uint8Array): Buffer {
    const head = numbers(this.little, [
      [2, code],
      [2, value.length],
    ]);
    return Buffer.concat([head, padded(value)]);
  }

  section({ length = -1, major = 1 } = {}): Buffer {
    const body = numbers(this.little, [
      [4, 0x1a2b3c4d],
      [2, major],
      [2, 0],
      [8, length],
    ]);
    return this.block(0x0a0d0d0a, body);
  }

  interface(
    described: { linkType?: number; snaplen?: number; name?: string; resolution?: number; offset?: number } = {},
  ): Buffer {
    const { linkType = 1, snaplen = 0, name, resolution, offset } = described;
    const parts = [
      numbers(this.little, [
        [2, linkType],
        [2, 0],
        [4, snaplen],
      ]),
    ];
    if (name !== undefined) parts.push(this.option(2, Buffer.from(name)));
    if (resolution !== undefined) parts.push(this.option(9, Buffer.from([resolution])));
    if (offset !== undefined) parts.push(this.option(14, numbers(this.little, [[8, offset]])));
    if (parts.length > 1) parts.push(this.option(0, Buffer.alloc(0)));
    return this.block(1, Buffer.concat(parts));
  }

  /** `ticks`: the time in parts of a second as the interface has it, microseconds by default. */
  enhanced(
    packet: { data: Uint8Array; ticks?: number; iface?: number; captured?: number; original?: number; flags?: number },
    claims: { length?: number; closing?: number } = {},
  ): Buffer {
    const body = [
      numbers(this.little, [
        [4, packet.iface ?? 0],
        ...this.#time(packet.ticks),
        [4, packet.captured ?? packet.data.length],
        [4, packet.original ?? packet.data.length],
      ]),
      padded(packet.data),
    ];
    if (packet.flags !== undefined) {
      body.push(this.option(2, numbers(this.little, [[4, packet.flags]])), this.option(0, Buffer.alloc(0)));
    }
    return this.block(6, Buffer.concat(body), claims.length, claims.closing);
  }

  obsolete(packet: { data: Uint8Array; ticks?: number; iface?: number }): Buffer {
    const head = numbers(this.little, [
      [2, packet.iface ?? 0],
      [2, 0xffff],
      ...this.#time(packet.ticks),
      [4, packet.data.length],
      [4, packet.data.length],
    ]);
    return this.block(2, Buffer.concat([head, padded(packet.data)]));
  }

  simple(packet: { data: Uint8Array; original?: number }): Buffer {
    return this.block(
      3,
      Buffer.concat([numbers(this.little, [[4, packet.original ?? packet.data.length]]), padded(packet.data)]),
    );
  }

  #time(ticks = 1_700_000_000_000_000): [4, number][] {
    return [
      [4, Math.floor(ticks / 2 ** 32)],
      [4, ticks % 2 ** 32],
    ];
  }
}
