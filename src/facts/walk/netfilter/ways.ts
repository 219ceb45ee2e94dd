import type { Packet } from '../packet.js';
import type { ChainOutcome, Choice, RuleRef, Translation } from './base-chain.js';

/** The packet with what rules did to it. */
export interface WayState {
  packet: Packet;
  mss: number | 'pmtu' | undefined;
  changed: { rule: RuleRef; before: WayState['changed'] } | undefined;
}

/** How a way ends. */
export interface Leaf {
  verdict: ChainOutcome['verdict'];
  by: RuleRef;
  state: WayState;
  translation: Translation | undefined;
  /** Whether it is where the evaluation gave up, and no end that is known. */
  gaveUp?: true;
}

/** Where ways part. */
export interface Fork {
  kind: Choice['kind'];
  rule: RuleRef;
  ways: readonly { way: number; end: Ending }[];
}

/** What comes of a packet from some place on: a decision diagram, in which ways that end alike share their end. */
export type Ending = Leaf | Fork;

/** Tells apart what of a state decides how the way goes on. */
export function wayKey({ packet, mss }: WayState): string {
  return `${packet.mark ?? '?'} ${packet.connmark ?? '?'} ${packet.state} ${mss ?? ''}`;
}

function translationKey(translation: Translation | undefined): string {
  if (translation === undefined) return '-';
  return `${translation.kind} ${translation.to?.join('-') ?? ''}:${translation.port?.join('-') ?? ''}`;
}

/** The ends of one evaluation. Of ways that end alike, the one first told is kept. */
export class Ways {
  readonly #leaves = new Map<string, Leaf>();
  #gaveUp: Leaf | undefined;

  leaf(verdict: Leaf['verdict'], by: RuleRef, state: WayState, translation?: Translation): Leaf {
    const key = `${verdict} ${translationKey(translation)} ${wayKey(state)}`;
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const leaf: Leaf = { verdict, by, state, translation };
    this.#leaves.set(key, leaf);
    return leaf;
  }

  /** Ways that part at a rule; no fork where all end alike. */
  fork(kind: Choice['kind'], rule: RuleRef, ends: readonly Ending[]): Ending {
    const ways: { way: number; end: Ending }[] = [];
    for (const [way, end] of ends.entries()) if (!ways.some((other) => other.end === end)) ways.push({ way, end });
    return ways.length === 1 ? ways[0]!.end : { kind, rule, ways };
  }

  /** Where an evaluation goes no further: accepted, with a doubt, and what rules may set is not known. */
  giveUp(rule: RuleRef, state: WayState): Ending {
    // One for all: where it gives up once, it gives up often.
    this.#gaveUp ??= { verdict: 'accept', by: rule, state: unknownAfter(state), translation: undefined, gaveUp: true };
    return { kind: 'doubt', rule, ways: [{ way: 0, end: this.#gaveUp }] };
  }
}

/** The one outcome of an evaluation that goes no further at a rule. */
export function gaveUpAt(rule: RuleRef, state: WayState): ChainOutcome {
  const leaf: Leaf = { verdict: 'accept', by: rule, state: unknownAfter(state), translation: undefined, gaveUp: true };
  return outcomeOf(leaf, [{ kind: 'doubt', rule, way: 0 }]);
}

/** A state of which the rules that set marks are not known. */
export function unknownAfter(state: WayState): WayState {
  return { ...state, packet: { ...state.packet, mark: undefined, connmark: undefined } };
}

/** Every leaf once, with the choices on the first way to it; undefined with the rule where there are more than a limit. */
export function outcomesOf(ending: Ending, most: number): { outcomes: ChainOutcome[]; tooManyAt?: RuleRef } {
  const outcomes: ChainOutcome[] = [];
  const seen = new Set<Ending>();
  const choices: Choice[] = [];
  const visit = (end: Ending): RuleRef | undefined => {
    if (seen.has(end)) return undefined;
    seen.add(end);
    if ('verdict' in end) {
      outcomes.push(outcomeOf(end, [...choices]));
      return undefined;
    }
    for (const { way, end: next } of end.ways) {
      if (outcomes.length >= most) return end.rule;
      choices.push({ kind: end.kind, rule: end.rule, way });
      const tooMany = visit(next);
      choices.pop();
      if (tooMany !== undefined) return tooMany;
    }
    return undefined;
  };
  const tooManyAt = visit(ending);
  return tooManyAt === undefined ? { outcomes } : { outcomes, tooManyAt };
}

export function outcomeOf({ verdict, by, state, translation, gaveUp }: Leaf, choices: readonly Choice[]): ChainOutcome {
  const changed: RuleRef[] = [];
  for (let change = state.changed; change !== undefined; change = change.before) changed.push(change.rule);
  const outcome: ChainOutcome = { verdict, by, packet: state.packet, changed: changed.reverse(), choices };
  if (translation !== undefined) outcome.translation = translation;
  if (gaveUp === true) outcome.gaveUpAt = by;
  if (state.mss !== undefined) outcome.mss = state.mss;
  return outcome;
}
