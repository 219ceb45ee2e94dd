import { isIP } from 'node:net';

/** An address as a number: 32 bits for IPv4, 128 for IPv6. Undefined for what is no address (`net.isIP` is strict). */
export function addressBits(ip: string): { family: 4 | 6; bits: bigint } | undefined {
  const bare = ip.includes('%') ? ip.slice(0, ip.indexOf('%')) : ip;
  const family = isIP(bare);
  if (family === 4) {
    let bits = 0;
    for (const part of bare.split('.')) bits = bits * 256 + Number(part);
    return { family: 4, bits: BigInt(bits) };
  }
  if (family !== 6) return undefined;
  const [head, tail] = bare.split('::') as [string, string?];
  const words = (text: string): number[] => {
    const out: number[] = [];
    for (const word of text === '' ? [] : text.split(':')) {
      if (word.includes('.')) {
        const [a, b, c, d] = word.split('.').map(Number) as [number, number, number, number];
        out.push(a * 256 + b, c * 256 + d);
      } else out.push(Number.parseInt(word, 16));
    }
    return out;
  };
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const all =
    tail === undefined ? left : [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  let bits = 0n;
  for (const word of all) bits = (bits << 16n) | BigInt(word);
  return { family: 6, bits };
}

/** Splits `10.244.0.0/16`; a bare address is its own network. Undefined for what is none. */
export function parseCidr(cidr: string): { family: 4 | 6; bits: bigint; length: number } | undefined {
  const slash = cidr.indexOf('/');
  const address = addressBits(slash < 0 ? cidr : cidr.slice(0, slash));
  if (address === undefined) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const length = slash < 0 ? width : Number(cidr.slice(slash + 1));
  if (!Number.isInteger(length) || length < 0 || length > width) return undefined;
  const shift = BigInt(width - length);
  return { family: address.family, bits: (address.bits >> shift) << shift, length };
}

/** Longest-prefix lookup over CIDRs of both families; one hash look a prefix length in use. */
export class PrefixTable<T> {
  readonly #tables = new Map<string, Map<bigint, T>>();
  #lengths: { family: 4 | 6; length: number; table: Map<bigint, T> }[] = [];

  /** Adds a network; an entry that is there already stays, so the first that claims a network keeps it. */
  add(cidr: string, value: T): void {
    const parsed = parseCidr(cidr);
    if (parsed === undefined) return;
    const key = `${parsed.family}/${parsed.length}`;
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(key, table);
      this.#lengths.push({ family: parsed.family, length: parsed.length, table });
      this.#lengths.sort((a, b) => b.length - a.length);
    }
    if (!table.has(parsed.bits)) table.set(parsed.bits, value);
  }

  lookup(ip: string): T | undefined {
    const address = addressBits(ip);
    if (address === undefined) return undefined;
    const width = address.family === 4 ? 32 : 128;
    for (const { family, length, table } of this.#lengths) {
      if (family !== address.family) continue;
      const shift = BigInt(width - length);
      const found = table.get((address.bits >> shift) << shift);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
