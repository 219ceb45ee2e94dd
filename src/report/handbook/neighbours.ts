import { legsOf } from '../../engine/rulebook/attempt-legs.js';
import { SHOWS } from '../../engine/rulebook/numbers.js';
import type { Break, Cause, Evidence, LegQuestion, Rulebook } from '../../engine/rulebook/types.js';
import { NOT_A_FAULT } from '../../engine/rulebook/words.js';
import { LEG_KINDS, LEG_PROTOCOLS, type Leg, matchLeg, NEARNESS, type Nearness } from '../../facts/leg.js';
import { evidenceById, type Shown, shownBy } from './strength.js';

/** How many neighbours a page tells of. */
const CLOSEST = 4;
/** How alike causes must be to be neighbours, 0 to 1. */
const ALIKE = 0.2;
/** What it counts at most that two causes show the same evidence. */
const SHARED = 0.3;
/** What a leg counts that both break and that shows differently. */
const OTHERWISE = 0.3;
/** A question parts two causes where one breaks what it asks about at least so much surer than the other. */
const PARTS = 0.6;

/** Another cause that breaks much the same, and what parts the two. */
export interface Neighbour {
  cause: Cause;
  /** What speaks for the one and not for the other, the strongest. */
  here?: Shown;
  there?: Shown & { rulesOutHere: boolean };
  /** Attempts that fail with the one and work with the other. */
  failsHere?: LegQuestion;
  worksHere?: LegQuestion;
}

/** Every leg that a flow may have: the causes are compared on them. */
const LEGS: readonly Leg[] = (['pod', 'node', 'external'] as const).flatMap((from) =>
  LEG_KINDS.flatMap((to): Leg[] => {
    if (to === 'dns-internal' || to === 'dns-external') return [{ from, to, proto: 'udp', large: false }];
    const nearness: (Nearness | undefined)[] =
      to === 'external' || from === 'external' ? [undefined] : NEARNESS.filter((near) => near !== 'varies');
    return nearness.flatMap((near) =>
      LEG_PROTOCOLS.flatMap((proto) =>
        [false, true].map((large) =>
          near === undefined ? { from, to, proto, large } : { from, to, near, proto, large },
        ),
      ),
    );
  }),
);

interface Broken {
  chance: number;
  /** Empty: any way. */
  as: ReadonlySet<Break['as'][number]>;
}

/** What a cause does to a leg. */
function broken({ signature }: Cause, leg: Leg): Broken | undefined {
  if (signature.spares.some((pattern) => matchLeg(pattern, leg) === 'yes')) return undefined;
  const matching = signature.breaks.filter(({ leg: pattern }) => matchLeg(pattern, leg) === 'yes');
  if (matching.length === 0) return undefined;
  return {
    chance: Math.max(...matching.map(({ how }) => SHOWS[how])),
    as: matching.some(({ as }) => as.length === 0) ? new Set() : new Set(matching.flatMap(({ as }) => as)),
  };
}

/** Finds the neighbours of causes; what every cause breaks is worked out once. */
export class Neighbours {
  readonly #rulebook: Rulebook;
  readonly #evidence: ReadonlyMap<string, Evidence>;
  readonly #breaks: ReadonlyMap<Cause, readonly (Broken | undefined)[]>;
  readonly #known = new Map<Cause, Neighbour[]>();

  constructor(rulebook: Rulebook) {
    this.#rulebook = rulebook;
    this.#evidence = evidenceById(rulebook);
    const faults = rulebook.causes.filter(({ category }) => category !== NOT_A_FAULT);
    this.#breaks = new Map(faults.map((cause) => [cause, LEGS.map((leg) => broken(cause, leg))]));
  }

  /** The closest first; ties by id. */
  of(cause: Cause): Neighbour[] {
    const known = this.#known.get(cause);
    if (known !== undefined) return known;
    const close = [...this.#breaks.keys()]
      .filter((other) => other !== cause)
      .map((other) => ({ other, alike: this.#alike(cause, other) }))
      .filter(({ alike }) => alike >= ALIKE)
      .sort((a, b) => b.alike - a.alike || (a.other.id < b.other.id ? -1 : 1))
      .slice(0, CLOSEST)
      .map(({ other }) => this.#partedFrom(cause, other));
    this.#known.set(cause, close);
    return close;
  }

  /**
   * The mean of two shares, 0 to 1: what both break of what any of them does, and what the other breaks as well of what this
   * one does; more where they show the same evidence. Whoever sees a narrow fault thinks of the wide one that breaks the same
   * among other things.
   */
  #alike(a: Cause, b: Cause): number {
    const [ours, theirs] = [this.#breaks.get(a) ?? [], this.#breaks.get(b) ?? []];
    let both = 0;
    let any = 0;
    let own = 0;
    ours.forEach((one, index) => {
      const other = theirs[index];
      if (one === undefined && other === undefined) return;
      any += Math.max(one?.chance ?? 0, other?.chance ?? 0);
      own += one?.chance ?? 0;
      if (one === undefined || other === undefined) return;
      const same = one.as.size === 0 || other.as.size === 0 || [...one.as].some((as) => other.as.has(as));
      both += Math.min(one.chance, other.chance) * (same ? 1 : OTHERWISE);
    });
    if (own === 0) return 0;
    const shown = new Set(b.evidence.map(({ id }) => id));
    const shared = a.evidence.filter(({ id }) => shown.has(id)).length / Math.max(1, a.evidence.length);
    return (both / any + both / own) / 2 + SHARED * shared;
  }

  #partedFrom(cause: Cause, other: Cause): Neighbour {
    const here = this.#ownOf(cause, other);
    const there = this.#ownOf(other, cause);
    const failsHere = this.#question(cause, other);
    const worksHere = this.#question(other, cause);
    const neighbour: Neighbour = { cause: other };
    if (here !== undefined) neighbour.here = here;
    if (there !== undefined) neighbour.there = { ...there, rulesOutHere: cause.excludes.includes(there.evidence.id) };
    if (failsHere !== undefined) neighbour.failsHere = failsHere;
    if (worksHere !== undefined) neighbour.worksHere = worksHere;
    return neighbour;
  }

  /** The strongest evidence of a cause that another does not show, one that can be looked up by a command first. */
  #ownOf(cause: Cause, other: Cause): Shown | undefined {
    const shown = new Set(other.evidence.map(({ id }) => id));
    const own = shownBy(cause, this.#evidence).filter(({ of }) => !shown.has(of.id));
    return (
      own.find(({ of }) => other.excludes.includes(of.id)) ??
      own.find(({ evidence }) => evidence.collect !== '') ??
      own[0]
    );
  }

  /** The question about what a cause breaks and another spares that parts them best; the questionnaire's first of equals. */
  #question(breaking: Cause, sparing: Cause): LegQuestion | undefined {
    let best: { question: LegQuestion; parts: number } | undefined;
    for (const question of this.#rulebook.legQuestions) {
      const parts = least(breaking, question) - most(sparing, question);
      if (parts >= PARTS && parts > (best?.parts ?? 0)) best = { question, parts };
    }
    return best?.question;
  }
}

/** How surely a cause breaks what is asked about, at least. */
function least(cause: Cause, question: LegQuestion): number {
  return Math.max(0, ...legsOf(question).map((leg) => broken(cause, leg)?.chance ?? 0));
}

/** The same at most: a leg that it breaks under some nearness or protocol counts. */
function most(cause: Cause, question: LegQuestion): number {
  const chances = legsOf(question).flatMap((leg) => {
    if (cause.signature.spares.some((pattern) => matchLeg(pattern, leg) === 'yes')) return [];
    return cause.signature.breaks
      .filter(({ leg: pattern }) => matchLeg(pattern, leg) !== 'no')
      .map(({ how }) => SHOWS[how]);
  });
  return Math.max(0, ...chances);
}
