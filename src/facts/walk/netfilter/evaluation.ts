import type { Packet } from '../packet.js';
import type { ChainOutcome, RuleRef } from './base-chain.js';
import type { CompiledChain, CompiledRule, CompiledTable } from './compiled-table.js';
import type { Place } from './match.js';
import { type Ending, gaveUpAt, outcomesOf, type WayState, Ways, wayKey } from './ways.js';

/** Rules looked at before an evaluation gives up: a hostile file may nest chains without end. */
const MAX_STEPS = 50_000;
/** Rules that may or may not match, over all ways. */
const MAX_FORKS = 1_000;
/** Chains that jump into one another. */
const MAX_NESTING = 200;
const MAX_WAYS = 128;

/** Where a packet goes on when a chain ends. */
interface Frame {
  chain: CompiledChain;
  at: number;
  up: Frame | undefined;
  depth: number;
  /** Tells frames apart. */
  key: string;
}

interface Position {
  chain: CompiledChain;
  at: number;
  up: Frame | undefined;
  state: WayState;
}

/** Every way that a packet may leave a base chain; at least one. */
export function evaluateChain(
  table: CompiledTable,
  chain: CompiledChain,
  packet: Packet,
  place: Place,
): readonly ChainOutcome[] {
  const state: WayState = { packet, mss: undefined, changed: undefined };
  return new Evaluation(table, chain, place).outcomes({ chain, at: 0, up: undefined, state });
}

class Evaluation {
  private steps = 0;
  private forks = 0;
  private readonly known = new Map<string, Ending>();
  private readonly ways = new Ways();

  constructor(
    private readonly table: CompiledTable,
    private readonly base: CompiledChain,
    private readonly place: Place,
  ) {}

  outcomes(start: Position): readonly ChainOutcome[] {
    const { outcomes, tooManyAt } = outcomesOf(this.follow(start), MAX_WAYS);
    if (tooManyAt === undefined) return outcomes;
    return [gaveUpAt(tooManyAt, start.state)];
  }

  /** The end of a way that another may have taken before. */
  private follow(position: Position): Ending {
    const key = keyOf(position);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const ending = this.run(position);
    this.known.set(key, ending);
    return ending;
  }

  private run({ chain, at, up, state }: Position): Ending {
    let cursor = chain.cursor(state.packet);
    for (;;) {
      const place = cursor.next(at);
      if (place === undefined) {
        if (up === undefined) return this.policy(state);
        ({ chain, at, up } = up);
        if (this.known.size > 0) {
          const known = this.known.get(keyOf({ chain, at, up, state }));
          if (known !== undefined) return known;
        }
        cursor = chain.cursor(state.packet);
        continue;
      }
      at = place + 1;
      const rule = chain.rule(place);
      this.steps += 1;
      if (this.steps > MAX_STEPS) return this.ways.giveUp(rule.ref, state);
      const match = rule.match.matches(state.packet, this.place);
      if (match === 'no' || rule.target.does === 'nothing') continue;
      const next: Position = { chain, at, up, state };
      if (match === 'yes' && !rule.match.draws) {
        const taken = this.take(rule, next);
        if (!('chain' in taken)) return taken;
        if (taken !== next) cursor = taken.chain.cursor(taken.state.packet);
        ({ chain, at, up, state } = taken);
        continue;
      }
      if (!this.changes(rule, state)) continue;
      this.forks += 1;
      if (this.forks > MAX_FORKS) return this.ways.giveUp(rule.ref, state);
      // The way past the rule first: where both end alike, it is the later rule that decides.
      const past = this.follow(next);
      const taken = this.take(rule, next);
      const into = 'chain' in taken ? this.follow(taken) : taken;
      return this.ways.fork(match === 'yes' ? 'random' : 'doubt', rule.ref, [past, into]);
    }
  }

  /** Whether a rule that takes the packet makes any difference to it. */
  private changes({ target }: CompiledRule, state: WayState): boolean {
    if (target.does === 'change') return target.change(state.packet) !== state.packet;
    return target.does !== 'mss' || target.mss !== state.mss;
  }

  /** What a rule does with a packet that it takes: how it ends, or where it goes on. */
  private take(rule: CompiledRule, next: Position): Ending | Position {
    const { target, ref } = rule;
    const { state } = next;
    switch (target.does) {
      case 'verdict':
        return this.ways.leaf(target.verdict, ref, state);
      case 'translate':
        return this.ways.leaf('accept', ref, state, target.translation);
      case 'return':
        return next.up === undefined ? this.policy(state) : { ...next.up, state };
      case 'change': {
        const packet = target.change(state.packet);
        if (packet === state.packet) return next;
        return { ...next, state: { ...state, packet, changed: { rule: ref, before: state.changed } } };
      }
      case 'mss':
        return { ...next, state: { ...state, mss: target.mss, changed: { rule: ref, before: state.changed } } };
      case 'queue':
        return this.doubt(ref, state, []);
      case 'jump': {
        const chain = this.table.chain(target.chain);
        // What is no chain of the table is a target that is not known, or a chain that the output lacks.
        if (chain === undefined) {
          this.forks += 1;
          if (this.forks > MAX_FORKS) return this.ways.giveUp(ref, state);
          return this.doubt(ref, state, [this.follow(next)]);
        }
        if (target.goto) return { chain, at: 0, up: next.up, state };
        if ((next.up?.depth ?? 0) >= MAX_NESTING) return this.ways.giveUp(ref, state);
        return { chain, at: 0, up: frameOf(next), state };
      }
      default:
        return next;
    }
  }

  private policy(state: WayState): Ending {
    const { policy, policyRef } = this.base;
    return policy === undefined ? this.doubt(policyRef, state, []) : this.ways.leaf(policy, policyRef, state);
  }

  /** Who can tell what becomes of the packet: it may be accepted or dropped. */
  private doubt(rule: RuleRef, state: WayState, others: readonly Ending[]): Ending {
    const ends = [...others, this.ways.leaf('accept', rule, state), this.ways.leaf('drop', rule, state)];
    return this.ways.fork('doubt', rule, ends);
  }
}

function frameOf({ chain, at, up }: Position): Frame {
  return { chain, at, up, depth: (up?.depth ?? 0) + 1, key: `${up?.key ?? ''}/${chain.id}.${at}` };
}

function keyOf({ chain, at, up, state }: Position): string {
  return `${chain.id}.${at}${up?.key ?? ''} ${wayKey(state)}`;
}
