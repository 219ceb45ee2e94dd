import type { Flow, FlowPart } from '../facts/flow.js';
import { isSymptom, ROLES } from '../facts/flow.js';
import { type Leg, matchLeg } from '../facts/leg.js';
import type { Subject } from '../facts/model.js';
import { CLUSTER } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import { SHOWS } from './rulebook/numbers.js';
import type { Break, Cause } from './rulebook/types.js';

/** A symptom that shows another error than the signature names is explained much less well. */
const OTHER_ERROR = 0.15;
/**
 * A leg whose nearness or protocol is not known may be of the pattern's class, a subject may be one of several that the
 * packet may have met. For a Service with backends on many nodes both say the same thing, so it counts once.
 */
const MAYBE = 0.5;

interface Applicable {
  item: Break;
  sure: boolean;
}

/**
 * What a cause would do to flows. Which `breaks` items apply to which leg is worked out once a leg: dumps hold a few
 * dozen legs and may hold a hundred thousand flows.
 */
export class Breakage {
  /** By the leg's identity: flows share the objects of their legs. */
  readonly #byLeg = new Map<Leg, readonly Applicable[]>();
  readonly #cause: Cause;
  readonly #store: FactStore;

  /** What subjects of the cause's scope begin with. */
  readonly #prefix: string;

  constructor(cause: Cause, store: FactStore) {
    this.#cause = cause;
    this.#prefix = `${cause.scope}/`;
    this.#store = store;
  }

  /** Items that apply to a part's leg; empty where the leg is spared. */
  #applicable(part: FlowPart): readonly Applicable[] {
    let items = this.#byLeg.get(part.leg);
    if (items === undefined) {
      const { breaks, spares } = this.#cause.signature;
      const spared = spares.some((pattern) => matchLeg(pattern, part.leg) === 'yes');
      const found: Applicable[] = [];
      for (const item of spared ? [] : breaks) {
        const match = matchLeg(item.leg, part.leg);
        if (match !== 'no') found.push({ item, sure: match === 'yes' });
      }
      items = found;
      this.#byLeg.set(part.leg, items);
    }
    return items;
  }

  /** Whether a fact that an item depends on allows it on one of the part's subjects; an unknown fact does. */
  #allowed(item: Break, holders: readonly Subject[]): boolean {
    for (const fact in item.when) {
      const values = item.when[fact]!;
      const known = (holders.length === 0 ? [CLUSTER] : holders).map(
        (holder) => this.#store.value(holder, fact) ?? this.#store.value(CLUSTER, fact),
      );
      if (!known.some((value) => value === undefined || values.includes(String(value)))) return false;
    }
    return true;
  }

  /** Subjects of the cause's scope that hold one of the item's roles in the part; undefined where none is known. */
  #holders(item: Break, part: FlowPart): readonly Subject[] | undefined {
    if (this.#cause.scope === 'cluster') return [CLUSTER];
    const roles = item.roles.length > 0 ? item.roles : ROLES;
    const prefix = this.#prefix;
    const holders: Subject[] = [];
    for (const role of roles) {
      const subjects = part.roles[role];
      if (subjects === undefined) continue;
      for (const subject of subjects)
        if (subject.startsWith(prefix) && !holders.includes(subject)) holders.push(subject);
    }
    return holders.length === 0 ? undefined : holders;
  }

  /** Whether the only subjects are at the other end of a packet that is known to leave its node. */
  #cannotHold(item: Break, part: FlowPart, subjects: ReadonlySet<Subject>): boolean {
    if (part.leg.near !== 'cross-node' || subjects.size === 0) return false;
    const otherEnd = item.roles.includes('source') ? part.roles.target : part.roles.source;
    let apart = 0;
    for (const subject of subjects) if (otherEnd?.includes(subject)) apart += 1;
    return apart === subjects.size;
  }

  /** Whether the cause breaks any part of the flow, on whatever subject. */
  touches(flow: Flow): boolean {
    for (const part of flow.parts) if (this.#applicable(part).length > 0) return true;
    return false;
  }

  /** P(the flow would not work | the cause is at work on whatever it passes), of what is sure to be of the cause's legs. */
  strengthOnWorking(flow: Flow): number {
    let best = 0;
    for (const part of flow.parts)
      for (const { item, sure } of this.#applicable(part)) if (sure) best = Math.max(best, strength(item, false));
    return best;
  }

  /** Subjects on any of which the cause could explain the flow, each with how surely it would break it. */
  candidates(flow: Flow): Map<Subject, number> {
    const found = new Map<Subject, number>();
    const symptom = isSymptom(flow);
    for (const part of flow.parts) {
      for (const { item, sure } of this.#applicable(part)) {
        const holders = this.#holders(item, part);
        if (holders === undefined || !this.#allowed(item, holders)) continue;
        const chance =
          strength(item, symptom) * errorFit(item, flow) * certainty(sure, part.sure || holders.length === 1);
        for (const holder of holders) found.set(holder, Math.max(found.get(holder) ?? 0, chance));
      }
    }
    return found;
  }

  /** What `candidates` says of one subject; 0 where it is none. */
  chanceOn(flow: Flow, subject: Subject): number {
    const symptom = isSymptom(flow);
    let best = 0;
    for (const part of flow.parts) {
      for (const { item, sure } of this.#applicable(part)) {
        const chance = strength(item, symptom);
        if (chance <= best) continue;
        const holders = this.#holders(item, part);
        if (holders === undefined || !holders.includes(subject) || !this.#allowed(item, holders)) continue;
        best = Math.max(best, chance * errorFit(item, flow) * certainty(sure, part.sure || holders.length === 1));
      }
    }
    return best;
  }

  /**
   * P(the flow does not work | the cause is at work on `subjects`), 0 where the cause does not touch it. What is not
   * known of the flow may explain a symptom but never speaks against a cause.
   */
  probability(flow: Flow, subjects: ReadonlySet<Subject>): number {
    const symptom = isSymptom(flow);
    let best = 0;
    for (const part of flow.parts) {
      for (const { item, sure } of this.#applicable(part)) {
        if (!symptom && !sure) continue;
        const holders = this.#holders(item, part);
        let held = true;
        if (holders === undefined) {
          if (!symptom || this.#cannotHold(item, part, subjects)) continue;
        } else {
          if (!this.#allowed(item, holders)) continue;
          let inside = 0;
          for (const holder of holders) if (subjects.has(holder)) inside += 1;
          if (inside === 0) continue;
          if (!part.sure && inside < holders.length) {
            if (!symptom) continue;
            held = false;
          }
        }
        best = Math.max(best, strength(item, symptom) * certainty(sure, held) * (symptom ? errorFit(item, flow) : 1));
      }
    }
    return best;
  }

  /** Whether a symptom of unknown whereabouts could be of this cause, wherever it is at work. */
  mayExplainSomewhere(flow: Flow): boolean {
    for (const part of flow.parts) {
      for (const { item } of this.#applicable(part))
        if (this.#holders(item, part) === undefined && errorFit(item, flow) === 1) return true;
    }
    return false;
  }
}

/** How surely an item breaks a flow; of one that works with some peer it only says that this peer may have been spared. */
function strength(item: Break, symptom: boolean): number {
  return !symptom && item.peers === 'some' ? Math.min(SHOWS.sometimes, SHOWS[item.how]) : SHOWS[item.how];
}

function certainty(legIsSure: boolean, heldForSure: boolean): number {
  return legIsSure && heldForSure ? 1 : MAYBE;
}

/** How well what was seen of a symptom fits an item. */
function errorFit(item: Break, flow: Flow): number {
  const fit = fitOfError(item, flow);
  if (!comesAndGoes(flow) || item.as.includes('lossy')) return fit;
  // What stands in the way of a packet stands there all the time; behind a Service it may be in the way to some backends.
  const sameWay = flow.to.kind === 'pod' || flow.to.kind === 'node';
  const everyWay = item.how === 'always' && item.leg.near === undefined;
  return sameWay || everyWay ? fit * MAYBE : fit;
}

function comesAndGoes({ pattern, state }: Flow): boolean {
  return state !== 'slow' && state !== 'lossy' && (pattern === 'intermittent' || pattern === 'under-load');
}

function fitOfError(item: Break, flow: Flow): number {
  if (item.as.length === 0) return 1;
  if (flow.state === 'slow' || flow.state === 'lossy')
    return item.as.includes(flow.state) ? 1 : flow.state === 'lossy' ? MAYBE : OTHER_ERROR;
  if (flow.error === undefined) return item.as.every(isOfAnswers) && !mayHaveAnswered(flow) ? OTHER_ERROR : 1;
  if (item.as.includes(flow.error)) return 1;
  return OTHER_ERROR;
}

/** Errors that only an end which was reached can give: they are said of nothing but a request. */
function isOfAnswers(error: Break['as'][number]): boolean {
  return error === 'certificate' || error === 'http-error';
}

function mayHaveAnswered({ proto, stage }: Flow): boolean {
  return proto === 'http' && stage !== 'resolve' && stage !== 'connect';
}
