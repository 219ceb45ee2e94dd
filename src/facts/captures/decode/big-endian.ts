/** Numbers in network order. The caller has made sure that the bytes are there. */

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Signed: as IPv4 addresses are kept, and without a heap number. */
export function i32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function u32(bytes: Uint8Array, at: number): number {
  return i32(bytes, at) >>> 0;
}

/** A MAC address as a 48-bit number. */
export function u48(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 4294967296 + u32(bytes, at + 2);
}
