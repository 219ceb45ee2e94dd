import type { Packet } from '../packet.js';
import type { ChainOutcome, RuleRef } from './base-chain.js';
import type { Place } from './match.js';
import type { NftBranch } from './nft-rule.js';
import { runNftRule } from './nft-rule.js';
import type { NftCompiledChain, NftTable } from './nft-table.js';
import type { Ending, WayState } from './ways.js';
import { gaveUpAt, outcomesOf, Ways, wayKey } from './ways.js';

/** Rules looked at before an evaluation gives up: a hostile file may nest chains without end. */
const MAX_STEPS = 50_000;
/** Rules at which ways part, over all ways. */
const MAX_FORKS = 1_000;
/** NFT_JUMP_STACK_SIZE: the kernel takes no ruleset that jumps deeper. */
const MAX_NESTING = 16;
/** A Service has a way for each of its endpoints. */
const MAX_WAYS = 256;

/** Where a packet goes on when a chain ends. */
interface Frame {
  chain: NftCompiledChain;
  at: number;
  up: Frame | undefined;
  depth: number;
  key: string;
}

interface Position {
  chain: NftCompiledChain;
  at: number;
  up: Frame | undefined;
  state: WayState;
}

/** Every way that a packet may leave a base chain; at least one. */
export function evaluateNftChain(
  table: NftTable,
  base: NftCompiledChain,
  packet: Packet,
  place: Place,
): readonly ChainOutcome[] {
  const state: WayState = { packet, mss: undefined, changed: undefined };
  const evaluation = new Evaluation(table, base, place);
  const { outcomes, tooManyAt } = outcomesOf(evaluation.follow({ chain: base, at: 0, up: undefined, state }), MAX_WAYS);
  if (tooManyAt === undefined) return outcomes;
  return [gaveUpAt(tooManyAt, state)];
}

class Evaluation {
  readonly #table: NftTable;
  readonly #base: NftCompiledChain;
  readonly #place: Place;
  readonly #ways = new Ways();
  readonly #known = new Map<string, Ending>();
  #steps = 0;
  #forks = 0;

  constructor(table: NftTable, base: NftCompiledChain, place: Place) {
    this.#table = table;
    this.#base = base;
    this.#place = place;
  }

  /** The end of a way that another may have taken before. */
  follow(position: Position): Ending {
    const key = keyOf(position);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const ending = this.#run(position);
    this.#known.set(key, ending);
    return ending;
  }

  #run(position: Position): Ending {
    let { chain, at, up, state } = position;
    for (;;) {
      const place = chain.next(at, state.packet);
      if (place === undefined) {
        if (up === undefined) return this.#policy(state);
        ({ chain, at, up } = up);
        const known = this.#known.get(keyOf({ chain, at, up, state }));
        if (known !== undefined) return known;
        continue;
      }
      const { ref, statements } = chain.rule(place);
      at = place + 1;
      this.#steps += 1;
      if (this.#steps > MAX_STEPS) return this.#ways.giveUp(ref, state);
      const { branches, kind } = runNftRule(statements, state.packet, this.#place);
      const next: Position = { chain, at, up, state };
      if (branches.length > 1) {
        const ends = this.#allOf(branches, ref, next);
        return ends === undefined ? this.#ways.giveUp(ref, state) : this.#ways.fork(kind, ref, ends);
      }
      const taken = this.#take(branches[0]!, ref, next);
      if (!('chain' in taken)) return taken;
      ({ chain, at, up, state } = taken);
    }
  }

  /** Where each branch ends, in their order; undefined above the limit. */
  #allOf(branches: readonly NftBranch[], ref: RuleRef, next: Position): Ending[] | undefined {
    this.#forks += 1;
    if (this.#forks > MAX_FORKS) return undefined;
    const ends = new Array<Ending>(branches.length);
    // The way past the rule, which is the last one, goes first: where ways end alike, it is the later rule that decides.
    for (let i = branches.length - 1; i >= 0; i -= 1) {
      const taken = this.#take(branches[i]!, ref, next);
      ends[i] = 'chain' in taken ? this.follow(taken) : taken;
    }
    return ends;
  }

  /** What comes of a branch: how it ends, or where it goes on. */
  #take(branch: NftBranch, ref: RuleRef, { chain, at, up, state: before }: Position): Ending | Position {
    const { verdict, translation } = branch;
    const state = stateAfter(branch, ref, before);
    switch (verdict.kind) {
      case 'accept':
        return this.#ways.leaf(
          'accept',
          ref,
          state,
          translation === undefined ? undefined : { ...translation, rule: ref },
        );
      case 'drop':
      case 'reject':
        return this.#ways.leaf(verdict.kind, ref, state);
      case 'next':
        return { chain, at, up, state };
      case 'return':
        return up === undefined ? this.#policy(state) : { ...up, state };
      case 'queue':
        return this.#doubt(ref, [this.#ways.leaf('accept', ref, state), this.#ways.leaf('drop', ref, state)]);
      case 'unknown':
        return this.#unknown(ref, { chain, at, up, state });
      default: {
        const target = this.#table.chains.get(verdict.chain);
        if (target === undefined) return this.#unknown(ref, { chain, at, up, state });
        if (verdict.kind === 'goto') return { chain: target, at: 0, up, state };
        if ((up?.depth ?? 0) >= MAX_NESTING) return this.#ways.giveUp(ref, state);
        const key = `${up?.key ?? ''}/${chain.id}.${at}`;
        return { chain: target, at: 0, up: { chain, at, up, depth: (up?.depth ?? 0) + 1, key }, state };
      }
    }
  }

  /** A rule that does what is not known, or goes to a chain that is not in the output: on, accepted or dropped. */
  #unknown(ref: RuleRef, next: Position): Ending {
    this.#forks += 1;
    if (this.#forks > MAX_FORKS) return this.#ways.giveUp(ref, next.state);
    const past = this.follow(next);
    return this.#doubt(ref, [
      past,
      this.#ways.leaf('accept', ref, next.state),
      this.#ways.leaf('drop', ref, next.state),
    ]);
  }

  #doubt(ref: RuleRef, ends: readonly Ending[]): Ending {
    return this.#ways.fork('doubt', ref, ends);
  }

  #policy(state: WayState): Ending {
    const { value, source } = this.#base.fact;
    const policy = value.policy ?? 'accept';
    const ref: RuleRef = { table: this.#table.title, chain: value.name, text: `policy ${policy}`, source };
    if (policy === 'accept' || policy === 'drop') return this.#ways.leaf(policy, ref, state);
    return this.#doubt(ref, [this.#ways.leaf('accept', ref, state), this.#ways.leaf('drop', ref, state)]);
  }
}

function stateAfter(branch: NftBranch, rule: RuleRef, before: WayState): WayState {
  if (!branch.changed) return before;
  return { packet: branch.packet, mss: branch.mss ?? before.mss, changed: { rule, before: before.changed } };
}

function keyOf({ chain, at, up, state }: Position): string {
  return `${chain.id}.${at}${up?.key ?? ''} ${wayKey(state)}`;
}
