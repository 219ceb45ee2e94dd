import { parseIpv4 } from '../../derive/ipv4.js';
import type { Packet } from '../packet.js';
import { singleAddress } from './match.js';

/** Chains below this are scanned faster than looked up. */
const INDEXED_FROM = 16;

/**
 * A rule that is for one destination alone: conditions that change nothing, then `ip daddr` with an address. What it says
 * after that does not matter, since the rule ends there for every other packet.
 */
const FOR_ONE_ADDRESS =
  /^(?:(?:meta l4proto|ip protocol|ip saddr|ct state|[io]ifname) (?:!= )?(?:[\w./,-]+|"[^"]*") +)*ip daddr (\d{1,3}(?:\.\d{1,3}){3})(?= |$)/;

/** Which rules of a long chain a packet can match, by its destination. */
export class NftRuleIndex {
  readonly #byAddress = new Map<number, number[]>();
  /** Rules for more than one address, in their order. */
  readonly #others: number[] = [];
  readonly #length: number;
  readonly #isIndexed: boolean;

  constructor(texts: readonly string[]) {
    this.#length = texts.length;
    this.#isIndexed = texts.length >= INDEXED_FROM;
    if (!this.#isIndexed) return;
    for (const [i, text] of texts.entries()) {
      const address = parseIpv4(FOR_ONE_ADDRESS.exec(text)?.[1] ?? '');
      if (address === undefined) {
        this.#others.push(i);
        continue;
      }
      const known = this.#byAddress.get(address);
      if (known === undefined) this.#byAddress.set(address, [i]);
      else known.push(i);
    }
  }

  /** The first rule from `at` on that the packet may match; undefined where there is none. */
  next(at: number, packet: Packet): number | undefined {
    const address = this.#isIndexed ? singleAddress(packet.dst) : undefined;
    if (address === undefined) return at < this.#length ? at : undefined;
    const other = firstFrom(this.#others, at);
    const own = firstFrom(this.#byAddress.get(address) ?? [], at);
    return other === undefined || (own !== undefined && own < other) ? own : other;
  }
}

/** The least of ordered numbers that is not below a bound. */
function firstFrom(numbers: readonly number[], bound: number): number | undefined {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return numbers[low];
}
