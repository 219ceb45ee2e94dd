import type { Packet } from '../packet.js';
import type { Translation } from './base-chain.js';
import type { Match, Place } from './match.js';

/** What a rule, or an element of a verdict map, does with a packet. */
export type NftVerdict =
  | { kind: 'accept' | 'drop' | 'reject' | 'return' | 'next' }
  /** Userspace decides. */
  | { kind: 'queue' }
  /** The rule does what is not understood. */
  | { kind: 'unknown' }
  | { kind: 'jump' | 'goto'; chain: string };

/** Whether a rule goes on; `random` where the kernel draws. */
export type Certainty = Match | 'random';

/** The packet with what a rule changed of it. */
export interface NftState {
  packet: Packet;
  changed: boolean;
  mss?: number | 'pmtu' | undefined;
  translation?: Omit<Translation, 'rule'> | undefined;
}

/** One way of a statement, and how sure it is that a packet takes it. */
export interface NftOption {
  verdict: NftVerdict;
  translation?: Omit<Translation, 'rule'>;
  certainty: Exclude<Certainty, 'no'>;
}

/** A part of a rule, in its order. */
export type NftStatement =
  | { do: 'match'; test(packet: Packet, place: Place): Certainty }
  /** Undefined where it ends the rule. */
  | { do: 'change'; apply(state: NftState, place: Place): NftState | undefined }
  /** Ends the rule with one of the options; none of them: the next rule. */
  | { do: 'end'; options(packet: Packet, place: Place): readonly NftOption[] };

/** One way a packet may leave a rule. */
export interface NftBranch extends NftState {
  verdict: NftVerdict;
}

/** All ways a packet may leave a rule. */
export interface NftFork {
  branches: readonly NftBranch[];
  /** Of more than one branch: why there are several. */
  kind: 'random' | 'doubt';
}

/** Ends a rule that does what is not understood. */
export const DOES_WHAT: NftStatement = {
  do: 'end',
  options: () => [{ verdict: { kind: 'unknown' }, certainty: 'yes' }],
};

const NEXT: NftVerdict = { kind: 'next' };

/** Runs a packet through one rule. */
export function runNftRule(statements: readonly NftStatement[], packet: Packet, place: Place): NftFork {
  const before: NftState = { packet, changed: false };
  const missed: NftBranch = { ...before, verdict: NEXT };
  let state = before;
  let certainty: Certainty = 'yes';
  for (const statement of statements) {
    if (statement.do === 'match') {
      const match = statement.test(state.packet, place);
      if (match === 'no')
        return { branches: [certainty === 'yes' ? { ...state, verdict: NEXT } : missed], kind: 'doubt' };
      if (match === 'maybe' || (match === 'random' && certainty === 'yes')) certainty = match;
    } else if (statement.do === 'change') {
      const next = statement.apply(state, place);
      if (next === undefined) return { branches: [missed], kind: 'doubt' };
      state = next;
    } else return forked(statement.options(state.packet, place), state, certainty, missed);
  }
  if (!state.changed && state.mss === undefined) return { branches: [missed], kind: 'doubt' };
  return forked([{ verdict: NEXT, certainty: 'yes' }], state, certainty, missed);
}

function forked(
  options: readonly NftOption[],
  state: NftState,
  certainty: 'yes' | 'maybe' | 'random',
  missed: NftBranch,
): NftFork {
  const branches: NftBranch[] = options.map(({ verdict, translation }) =>
    translation === undefined ? { ...state, verdict } : { ...state, verdict, translation },
  );
  let isDoubt = certainty === 'maybe';
  let mayMiss = certainty !== 'yes' || options.length === 0;
  for (const option of options) {
    if (option.certainty !== 'maybe') continue;
    isDoubt = true;
    mayMiss = true;
  }
  if (mayMiss) branches.push(missed);
  return { branches, kind: isDoubt ? 'doubt' : 'random' };
}
