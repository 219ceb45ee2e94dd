import { CLUSTER } from '../model.js';
import type { MissingFact } from './answer.js';
import { addMissing } from './answer.js';
import type { PolicyPod } from './policy-cluster.js';
import type { Direction, ParsedPolicy } from './policy-spec.js';
import type { Attempt } from './rule-match.js';
import { allows, byBlock, isOpen, labelsMissing, malformed, unread } from './rule-match.js';
import type { PolicyNote, PolicyRef, PolicyVerdict } from './verdict.js';

/** What the policies of one side say. */
export type Side = Omit<PolicyVerdict, 'direction'>;

/** Nothing keeps the connection from passing. */
export const OPEN: Side = { verdict: 'allowed', policies: [], missing: [], notes: [] };

/** Hears the policies that select a pod, one after another, and says what comes of it in one direction. */
export class Judgement {
  readonly #direction: Direction;
  readonly #pod: PolicyPod;
  readonly #attempt: Attempt;
  readonly #isolating: ParsedPolicy[] = [];
  readonly #missing: MissingFact[] = [];
  #allowing: ParsedPolicy | undefined;
  /** Another policy that may be there, may select or may be about the direction: one that would deny, one that may allow. */
  #mayDeny: boolean;
  #mayAllow: boolean;
  /** The policy that allows everything, of any protocol. */
  open: ParsedPolicy | undefined;

  constructor(direction: Direction, pod: PolicyPod, attempt: Attempt, listed: boolean) {
    this.#direction = direction;
    this.#pod = pod;
    this.#attempt = attempt;
    this.#mayDeny = !listed;
    this.#mayAllow = !listed;
    if (listed) return;
    const collect = 'kubectl get networkpolicies -A -o yaml';
    this.#missing.push({ on: CLUSTER, what: 'a list of all NetworkPolicies', collect });
  }

  /** Nothing isolates the pod. */
  get free(): boolean {
    return this.#isolating.length === 0 && !this.#mayDeny && !this.#mayAllow;
  }

  hear(policy: ParsedPolicy, selects: true | undefined): void {
    const isolates = policy.isolates[this.#direction];
    if (isolates === false) return;
    const certain = selects === true && isolates === true;
    if (certain) this.#isolating.push(policy);
    if (certain && this.open === undefined && policy.rules[this.#direction]?.some(isOpen) === true) this.open = policy;
    if (certain && this.#allowing !== undefined) return;
    const answer = allows(policy, this.#direction, this.#attempt);
    if (answer === true && certain) {
      this.#allowing = policy;
      return;
    }
    if (answer === false) {
      if (certain) return;
      this.#mayDeny = true;
    } else if (answer === true) {
      this.#mayAllow = true;
    } else {
      this.#mayAllow = true;
      this.#mayDeny = true;
      addMissing(this.#missing, answer.missing);
    }
    if (certain) return;
    if (selects === undefined && !this.#pod.labels.whole) addMissing(this.#missing, [labelsMissing(this.#pod)]);
    else if (policy.partial) addMissing(this.#missing, [unread(policy)]);
    else addMissing(this.#missing, [malformed(policy)]);
  }

  side(): Side {
    if (this.#allowing !== undefined) {
      return {
        verdict: 'allowed',
        policies: [refOf(this.#allowing, this.#direction)],
        missing: [],
        notes: notesOf(this.#allowing, this.#direction, this.#attempt),
      };
    }
    if (this.#isolating.length > 0) {
      const refs = this.#isolating.map((policy) => refOf(policy, this.#direction));
      return this.#mayAllow
        ? { verdict: 'unknown', policies: refs, missing: this.#missing, notes: [] }
        : { verdict: 'denied', policies: refs, missing: [], notes: [] };
    }
    // Whichever of those that allow it may select the pod, none denies it.
    return this.#mayDeny ? { verdict: 'unknown', policies: [], missing: this.#missing, notes: [] } : OPEN;
  }
}

function notesOf(policy: ParsedPolicy, direction: Direction, attempt: Attempt): readonly PolicyNote[] {
  if (attempt.peer.kind === 'outside' || attempt.peer.kind === 'unknown') return [];
  return byBlock(policy, direction, attempt) ? ['ip-block-of-cluster-address'] : [];
}

export function refOf({ namespace, name, source }: ParsedPolicy, direction: Direction): PolicyRef {
  return { namespace, name, direction, source };
}
