import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** A network by its first bits. */
interface Range {
  bits: Uint8Array;
  length: number;
}

/** Which say something by themselves, and of nobody: they stay as they are. */
const KEPT_V4 = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '10.0.2.0/24',
  '172.17.0.0/16',
];
/** Classes that an address does not leave. */
const CLASSES_V4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', ...KEPT_V4];
const CLASSES_V6 = ['fc00::/8', 'fd00::/8', 'fe80::/10', 'ff00::/8', '2000::/3', '::/64'];

/** The last octet says whether an address is a network's first, its bridge or its broadcast address: it stays. */
const V4_MASKED_TO = 24;
/** So do the last 16 bits of an IPv6 address. */
const V6_MASKED_TO = 112;

/**
 * Addresses under a key: what an address becomes depends on the key and the address alone. Two addresses share exactly as
 * many leading bits after it as before, so networks, gateways and members of a pod CIDR stay what they are to each other;
 * private addresses stay private, public ones public. Loopback, link-local, multicast, broadcast, `0.0.0.0`, netmasks,
 * Docker's default network and VirtualBox's NAT stay as they are.
 */
export class AddressMask {
  readonly #key: Uint8Array;
  readonly #flips = new Map<string, Uint8Array>();
  readonly #v4 = new Map<string, string>();
  readonly #v6 = new Map<string, string>();
  readonly #macs = new Map<string, string>();
  /** What was masked: originals. */
  readonly seen = new Set<string>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** An IPv4 address; one that is none comes back as it is. `prefix`: it is a network of that length: host bits stay 0. */
  ipv4(text: string, prefix = 32): string {
    const cached = prefix >= V4_MASKED_TO ? this.#v4.get(text) : undefined;
    if (cached !== undefined) return cached;
    if (!isIPv4(text)) return text;
    const bytes = Uint8Array.from(text.split('.'), Number);
    const masked = this.ipv4Bytes(bytes, prefix).join('.');
    if (masked !== text) this.seen.add(text);
    if (prefix >= V4_MASKED_TO) this.#v4.set(text, masked);
    return masked;
  }

  /** Of four bytes; returns new ones. */
  ipv4Bytes(bytes: Uint8Array, prefix = 32): Uint8Array {
    if (inside(bytes, KEPT_V4_RANGES) || isNetmask(bytes)) return bytes;
    const masked = this.#permuted(bytes, keptBits(bytes, CLASS_V4_RANGES), V4_MASKED_TO, '4');
    return prefix < V4_MASKED_TO && hostBitsAreZero(bytes, prefix) ? cut(masked, prefix) : masked;
  }

  /** An IPv6 address in any spelling; the masked one is spelt as the kernel does. */
  ipv6(text: string, prefix = 128): string {
    const key = `${text}/${prefix >= V6_MASKED_TO ? '' : prefix}`;
    const cached = this.#v6.get(key);
    if (cached !== undefined) return cached;
    if (!isIPv6(text) || text.includes('%')) return text;
    const bytes = bytesOfIpv6(text);
    const result = this.ipv6Bytes(bytes, prefix);
    const masked = bytes.every((byte, i) => byte === result[i]) ? text : textOfIpv6(result);
    if (masked !== text) this.seen.add(text);
    this.#v6.set(key, masked);
    return masked;
  }

  ipv6Bytes(bytes: Uint8Array, prefix = 128): Uint8Array {
    if (isMappedV4(bytes)) return Uint8Array.from([...bytes.subarray(0, 12), ...this.ipv4Bytes(bytes.subarray(12))]);
    if (bytes[0] === 0xff) return bytes;
    // Loopback and the unspecified address.
    if (bytes.subarray(0, 15).every((byte) => byte === 0) && bytes[15]! <= 1) return bytes;
    if (bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80) return this.#linkLocal(bytes);
    const masked = this.#permuted(bytes, keptBits(bytes, CLASS_V6_RANGES), V6_MASKED_TO, '6');
    return prefix < V6_MASKED_TO && hostBitsAreZero(bytes, prefix) ? cut(masked, prefix) : masked;
  }

  /** `fe80::` with a MAC in it: the masked one is of the masked MAC. */
  #linkLocal(bytes: Uint8Array): Uint8Array {
    const masked = Uint8Array.from(bytes);
    if (bytes[11] === 0xff && bytes[12] === 0xfe) {
      const mac = Uint8Array.from([bytes[8]! ^ 2, bytes[9]!, bytes[10]!, bytes[13]!, bytes[14]!, bytes[15]!]);
      const own = this.macBytes(mac);
      masked.set([own[0]! ^ 2, own[1]!, own[2]!, 0xff, 0xfe, own[3]!, own[4]!, own[5]!], 8);
      return masked;
    }
    // `fe80::1` is nobody's in particular.
    if (bytes.subarray(2, 14).every((byte) => byte === 0)) return bytes;
    masked.set(this.#digest(`l${hex(bytes)}`).subarray(0, 8), 8);
    return masked;
  }

  /** `aa:bb:cc:dd:ee:ff`, in the case in which it was written. */
  mac(text: string): string {
    const lower = text.toLowerCase();
    let masked = this.#macs.get(lower);
    if (masked === undefined) {
      const bytes = Uint8Array.from(lower.split(':'), (part) => Number.parseInt(part, 16));
      masked = Array.from(this.macBytes(bytes), (byte) => byte.toString(16).padStart(2, '0')).join(':');
      this.#macs.set(lower, masked);
    }
    if (masked === lower) return text;
    this.seen.add(text);
    return text === lower ? masked : masked.toUpperCase();
  }

  /** Of six bytes. Groups, broadcast, zero and Calico's `ee:ee:…` stay; so does whether it is a local one. */
  macBytes(bytes: Uint8Array): Uint8Array {
    if ((bytes[0]! & 1) === 1 || bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xee))
      return bytes;
    const masked = Uint8Array.from(this.#digest(`m${hex(bytes)}`).subarray(0, 6));
    masked[0] = (masked[0]! & 0xfc) | (bytes[0]! & 3);
    return masked;
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }

  /**
   * Turns bits `from` to `to`: whether a bit is turned depends on the key and the bits before it. The last one always is,
   * so that no address stays what it was. The bits of one octet are decided by one digest of the octets before it.
   */
  #permuted(bytes: Uint8Array, from: number, to: number, family: string): Uint8Array {
    const masked = Uint8Array.from(bytes);
    for (let octet = from >> 3; octet < to >> 3; octet += 1) {
      const before = `${family}${hex(bytes.subarray(0, octet))}`;
      let flips = this.#flips.get(before);
      if (flips === undefined) {
        flips = this.#digest(before);
        this.#flips.set(before, flips);
      }
      let node = 1;
      for (let bit = 0; bit < 8; bit += 1) {
        const at = octet * 8 + bit;
        const own = (bytes[octet]! >> (7 - bit)) & 1;
        const flip = at === to - 1 ? 1 : (flips[node >> 3]! >> (node & 7)) & 1;
        if (at >= from && flip === 1) masked[octet] = masked[octet]! ^ (1 << (7 - bit));
        node = node * 2 + own;
      }
    }
    return masked;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function range(text: string): Range {
  const [ip, length] = text.split('/') as [string, string];
  return { bits: ip.includes(':') ? bytesOfIpv6(ip) : Uint8Array.from(ip.split('.'), Number), length: Number(length) };
}

const KEPT_V4_RANGES = KEPT_V4.map(range);
const CLASS_V4_RANGES = CLASSES_V4.map(range);
const CLASS_V6_RANGES = CLASSES_V6.map(range);

function commonBits(a: Uint8Array, b: Uint8Array, most: number): number {
  for (let i = 0; i < most; i += 1) {
    const mask = 0x80 >> (i & 7);
    if ((a[i >> 3]! & mask) !== (b[i >> 3]! & mask)) return i;
  }
  return most;
}

function inside(bytes: Uint8Array, ranges: readonly Range[]): boolean {
  return ranges.some(({ bits, length }) => commonBits(bytes, bits, length) === length);
}

/** The leading bits that may not be turned if an address is to stay in its class, and out of all others. */
function keptBits(bytes: Uint8Array, classes: readonly Range[]): number {
  let kept = 0;
  for (const { bits, length } of classes) {
    const common = commonBits(bytes, bits, length);
    kept = Math.max(kept, common === length ? length : common + 1);
  }
  return kept;
}

/** `255.255.240.0`; those below 255 in the first octet are addresses. */
function isNetmask(bytes: Uint8Array): boolean {
  return bytes[0] === 255;
}

function hostBitsAreZero(bytes: Uint8Array, prefix: number): boolean {
  return cut(bytes, prefix).every((byte, i) => byte === bytes[i]);
}

function cut(bytes: Uint8Array, prefix: number): Uint8Array {
  return bytes.map((byte, i) => {
    const bits = Math.min(8, Math.max(0, prefix - i * 8));
    return byte & (0xff00 >> bits) & 0xff;
  });
}

function isMappedV4(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);
}

function bytesOfIpv6(text: string): Uint8Array {
  const dotted = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  let plain = text;
  if (dotted !== null) {
    const [a, b, c, d] = dotted[2]!.split('.').map(Number) as [number, number, number, number];
    plain = `${dotted[1]!}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const all = [...head, ...Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function textOfIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[i * 2]! << 8) | bytes[i * 2 + 1]!);
  let best = { at: -1, length: 1 };
  for (let i = 0; i < 8; ) {
    let end = i;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - i > best.length) best = { at: i, length: end - i };
    i = Math.max(end, i + 1);
  }
  const text = (from: number, to?: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return best.at < 0 ? text(0) : `${text(0, best.at)}::${text(best.at + best.length)}`;
}
