import type { Packet } from '../packet.js';
import type { ChainOutcome, Choice, RuleRef, Translation } from './base-chain.js';
import type { CompiledChain, CompiledRule, CompiledTable } from './compiled-table.js';
import type { Place } from './match.js';

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

/** The packet with what rules did to it. */
interface State {
  packet: Packet;
  mss: number | 'pmtu' | undefined;
  changed: { rule: RuleRef; before: State['changed'] } | undefined;
}

interface Position {
  chain: CompiledChain;
  at: number;
  up: Frame | undefined;
  state: State;
}

interface Leaf {
  verdict: ChainOutcome['verdict'];
  by: RuleRef;
  state: State;
  translation: Translation | undefined;
}

interface Fork {
  kind: Choice['kind'];
  rule: RuleRef;
  ways: readonly { way: number; end: Ending }[];
}

/** What comes of a packet from some place on: a decision diagram, in which ways that end alike share their end. */
type Ending = Leaf | Fork;

const isLeaf = (ending: Ending): ending is Leaf => 'verdict' in ending;

/** Every way that a packet may leave a base chain; at least one. */
export function evaluateChain(
  table: CompiledTable,
  chain: CompiledChain,
  packet: Packet,
  place: Place,
): readonly ChainOutcome[] {
  const state: State = { packet, mss: undefined, changed: undefined };
  return new Evaluation(table, chain, place).outcomes({ chain, at: 0, up: undefined, state });
}

class Evaluation {
  private steps = 0;
  private forks = 0;
  private readonly known = new Map<string, Ending>();
  private readonly leaves = new Map<string, Leaf>();

  constructor(
    private readonly table: CompiledTable,
    private readonly base: CompiledChain,
    private readonly place: Place,
  ) {}

  outcomes(start: Position): readonly ChainOutcome[] {
    const ending = this.follow(start);
    if (isLeaf(ending)) return [outcomeOf(ending, [])];
    const found: ChainOutcome[] = [];
    const seen = new Set<Ending>();
    const choices: Choice[] = [];
    const visit = (end: Ending): RuleRef | undefined => {
      if (seen.has(end)) return undefined;
      seen.add(end);
      if (isLeaf(end)) {
        found.push(outcomeOf(end, [...choices]));
        return undefined;
      }
      for (const { way, end: next } of end.ways) {
        if (found.length >= MAX_WAYS) return end.rule;
        choices.push({ kind: end.kind, rule: end.rule, way });
        const tooMany = visit(next);
        choices.pop();
        if (tooMany !== undefined) return tooMany;
      }
      return undefined;
    };
    const tooMany = visit(ending);
    if (tooMany === undefined) return found;
    return [outcomeOf(this.leaf('accept', tooMany, start.state), [{ kind: 'doubt', rule: tooMany, way: 0 }])];
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
      if (this.steps > MAX_STEPS) return this.giveUp(rule.ref, state);
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
      if (this.forks > MAX_FORKS) return this.giveUp(rule.ref, state);
      // The way past the rule first: where both end alike, it is the later rule that decides.
      const past = this.follow(next);
      const taken = this.take(rule, next);
      const into = 'chain' in taken ? this.follow(taken) : taken;
      if (into === past) return past;
      const ways = [
        { way: 0, end: past },
        { way: 1, end: into },
      ];
      return { kind: match === 'yes' ? 'random' : 'doubt', rule: rule.ref, ways };
    }
  }

  /** Whether a rule that takes the packet makes any difference to it. */
  private changes({ target }: CompiledRule, state: State): boolean {
    if (target.does === 'change') return target.change(state.packet) !== state.packet;
    return target.does !== 'mss' || target.mss !== state.mss;
  }

  /** What a rule does with a packet that it takes: how it ends, or where it goes on. */
  private take(rule: CompiledRule, next: Position): Ending | Position {
    const { target, ref } = rule;
    const { state } = next;
    switch (target.does) {
      case 'verdict':
        return this.leaf(target.verdict, ref, state);
      case 'translate':
        return this.leaf('accept', ref, state, target.translation);
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
          if (this.forks > MAX_FORKS) return this.giveUp(ref, state);
          return this.doubt(ref, state, [{ way: 0, end: this.follow(next) }]);
        }
        if (target.goto) return { chain, at: 0, up: next.up, state };
        if ((next.up?.depth ?? 0) >= MAX_NESTING) return this.giveUp(ref, state);
        return { chain, at: 0, up: frameOf(next), state };
      }
      default:
        return next;
    }
  }

  private policy(state: State): Ending {
    const { policy, policyRef } = this.base;
    return policy === undefined ? this.doubt(policyRef, state, []) : this.leaf(policy, policyRef, state);
  }

  /** Who can tell what becomes of the packet: it may be accepted or dropped. */
  private doubt(rule: RuleRef, state: State, others: Fork['ways']): Ending {
    const ways = [
      ...others,
      { way: 1, end: this.leaf('accept', rule, state) },
      { way: 2, end: this.leaf('drop', rule, state) },
    ];
    return { kind: 'doubt', rule, ways };
  }

  private giveUp(rule: RuleRef, state: State): Ending {
    return { kind: 'doubt', rule, ways: [{ way: 0, end: this.leaf('accept', rule, state) }] };
  }

  private leaf(verdict: Leaf['verdict'], by: RuleRef, state: State, translation?: Translation): Leaf {
    const key = `${verdict} ${translationKey(translation)} ${stateKey(state)}`;
    const known = this.leaves.get(key);
    if (known !== undefined) return known;
    const leaf: Leaf = { verdict, by, state, translation };
    this.leaves.set(key, leaf);
    return leaf;
  }
}

function frameOf({ chain, at, up }: Position): Frame {
  return { chain, at, up, depth: (up?.depth ?? 0) + 1, key: `${up?.key ?? ''}/${chain.id}.${at}` };
}

function keyOf({ chain, at, up, state }: Position): string {
  return `${chain.id}.${at}${up?.key ?? ''} ${stateKey(state)}`;
}

function stateKey({ packet, mss }: State): string {
  return `${packet.mark ?? '?'} ${packet.connmark ?? '?'} ${packet.state} ${mss ?? ''}`;
}

function translationKey(translation: Translation | undefined): string {
  if (translation === undefined) return '-';
  return `${translation.kind} ${translation.to?.join('-') ?? ''}:${translation.port?.join('-') ?? ''}`;
}

function outcomeOf({ verdict, by, state, translation }: Leaf, choices: readonly Choice[]): ChainOutcome {
  const changed: RuleRef[] = [];
  for (let change = state.changed; change !== undefined; change = change.before) changed.unshift(change.rule);
  const outcome: ChainOutcome = { verdict, by, packet: state.packet, changed, choices };
  if (translation !== undefined) outcome.translation = translation;
  if (state.mss !== undefined) outcome.mss = state.mss;
  return outcome;
}
