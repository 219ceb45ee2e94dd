import { parseNetwork } from '../../derive/ipv4.js';
import type { Fact, IptablesRule } from '../../model.js';
import type { Packet } from '../packet.js';
import { maskedBits, singleAddress } from './match.js';

/** Rules of a chain by the value that they ask one of the packet's properties to have; places in the chain, ascending. */
class RulesByValue<Value> {
  readonly all: number[] = [];
  private readonly byValue = new Map<Value, number[]>();

  add(value: Value, at: number): void {
    this.all.push(at);
    const places = this.byValue.get(value);
    if (places === undefined) this.byValue.set(value, [at]);
    else places.push(at);
  }

  /** Undefined as a value: it is not known, so that any of the rules may match. */
  of(value: Value | undefined): readonly number[] | undefined {
    return value === undefined ? this.all : this.byValue.get(value);
  }
}

/** Masks that are looked up; rules with others are scanned. */
const MAX_MASKS = 8;

/**
 * Finds the rules of a long chain that can match a packet without looking at the others: those that ask for one address,
 * device, port or mark by its value, all others always. Leaves out only rules that do not match.
 */
export class RuleIndex {
  private readonly dst = new RulesByValue<number>();
  private readonly src = new RulesByValue<number>();
  private readonly in = new RulesByValue<string>();
  private readonly out = new RulesByValue<string>();
  private readonly dport = new RulesByValue<string>();
  private readonly marks = new Map<number, RulesByValue<number>>();
  private readonly rest: number[] = [];

  constructor(rules: readonly Fact<IptablesRule>[]) {
    rules.forEach((fact, at) => {
      this.add(fact.value, at);
    });
  }

  private add(rule: IptablesRule, at: number): void {
    const plain = (name: 'dst' | 'src' | 'in' | 'out' | 'dport' | 'mark' | 'proto'): string | undefined =>
      rule.not.includes(name) ? undefined : rule[name];
    const [dst, src] = [hostOf(plain('dst')), hostOf(plain('src'))];
    const [input, output] = [deviceOf(plain('in')), deviceOf(plain('out'))];
    const [port, proto] = [plain('dport'), plain('proto')];
    const mark = maskedBits(plain('mark'));
    if (dst !== undefined) this.dst.add(dst, at);
    else if (src !== undefined) this.src.add(src, at);
    else if (input !== undefined) this.in.add(input, at);
    else if (output !== undefined) this.out.add(output, at);
    else if (port !== undefined && proto !== undefined && /^\d{1,5}$/.test(port)) {
      this.dport.add(`${proto} ${Number(port)}`, at);
    } else if (mark === undefined || !this.addMark(mark[0], mark[1], at)) this.rest.push(at);
  }

  private addMark(value: number, mask: number, at: number): boolean {
    let marks = this.marks.get(mask);
    if (marks === undefined) {
      if (this.marks.size >= MAX_MASKS) return false;
      marks = new RulesByValue();
      this.marks.set(mask, marks);
    }
    marks.add(value, at);
    return true;
  }

  /** Places of the rules that may match the packet, as ascending lists. */
  candidates(packet: Packet): readonly (readonly number[])[] {
    const lists: (readonly number[])[] = [];
    const take = (places: readonly number[] | undefined): void => {
      if (places !== undefined && places.length > 0) lists.push(places);
    };
    take(this.rest);
    take(this.dst.of(singleAddress(packet.dst)));
    take(this.src.of(singleAddress(packet.src)));
    take(this.in.of(packet.in));
    take(this.out.of(packet.out));
    const port = packet.dport;
    take(this.dport.of(port === undefined || port[0] !== port[1] ? undefined : `${packet.proto} ${port[0]}`));
    for (const [mask, marks] of this.marks) {
      take(marks.of(packet.mark === undefined ? undefined : (packet.mark & mask) >>> 0));
    }
    return lists;
  }
}

function hostOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : singleAddress(parseNetwork(text));
}

/** `eth0`; undefined for the start of a name, `cali+`, and for any. */
function deviceOf(text: string | undefined): string | undefined {
  return text === undefined || text.endsWith('+') || text === '*' || text === 'any' ? undefined : text;
}

/** Steps through a chain's rules in order, over those alone that may match. */
export class RuleCursor {
  private readonly at: number[];

  /** @param lists undefined where every rule is looked at. */
  constructor(
    private readonly length: number,
    private readonly lists?: readonly (readonly number[])[],
  ) {
    this.at = lists === undefined ? [] : lists.map(() => 0);
  }

  /** The first place from `from` on; undefined after the last. `from` may only grow. */
  next(from: number): number | undefined {
    if (this.lists === undefined) return from < this.length ? from : undefined;
    let best: number | undefined;
    for (let i = 0; i < this.lists.length; i += 1) {
      const list = this.lists[i]!;
      let at = this.at[i]!;
      if (at < list.length && list[at]! < from) {
        at = firstFrom(list, from, at);
        this.at[i] = at;
      }
      const place = list[at];
      if (place !== undefined && (best === undefined || place < best)) best = place;
    }
    return best;
  }
}

/** The place in an ascending list of the first number that is not smaller. */
function firstFrom(list: readonly number[], wanted: number, start: number): number {
  // Mostly it is the next one.
  if (start + 1 >= list.length || list[start + 1]! >= wanted) return start + 1;
  let [low, high] = [start, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
