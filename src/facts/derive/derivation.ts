import type { Flow } from '../flow.js';
import type { FactStore } from '../store.js';
import type { Topology } from './topology.js';

/** What a derivation may read. Facts that it makes go into the store with the source of the fact that decided. */
export interface DeriveContext {
  store: FactStore;
  topology: Topology;
  /** Flows are derived before the facts that need them; derivations of state must not look at them. */
  flows: readonly Flow[];
}

/**
 * Facts from facts. A derivation adds a fact only where what it was given decides it: a `false` is as much a finding as a
 * `true`, and where the input does not tell, it adds nothing (or `addUnknown` with the reason).
 */
export interface Derivation {
  /** As `from: derivation ID` names it in rules/facts.yaml. */
  id: string;
  derive(context: DeriveContext): void;
}
