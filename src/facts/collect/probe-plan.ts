import type { PlanSource, ProbePlan } from './probe-agent/plan.js';
import type { Targets } from './targets.js';

export type { ProbePlan } from './probe-agent/plan.js';

/** Where probes are to be made, and what is known of it. */
export interface ProbeSource extends PlanSource {
  /** Its own addresses; families that it has none of are not tried. Empty where they are not known. */
  ips: readonly string[];
  /** Text of its resolv.conf, where it could be read. */
  resolvConf?: string;
}

/** How much is probed; what is left out of a limit has the default. */
export interface ProbeLimits {
  /** Pods on each node. */
  podsPerNode: number;
  /** Nodes other than the source's own. */
  otherNodes: number;
  services: number;
  /** Probes in all, other than those a person asked for. */
  probes: number;
  /** Targets whose path MTU is found. */
  sweeps: number;
  /** A name outside the cluster; empty for none. */
  externalName: string;
  deadlineMs: number;
  atOnce: number;
  pingsAtOnce: number;
}

export const DEFAULT_LIMITS: ProbeLimits = {
  podsPerNode: 2,
  otherNodes: 20,
  services: 20,
  probes: 400,
  sweeps: 12,
  externalName: 'www.example.com',
  deadlineMs: 55_000,
  atOnce: 32,
  pingsAtOnce: 8,
};

/** Chooses what is probed from one source. Pure: the same targets and source give the same plan. */
export function planProbes(targets: Targets, source: ProbeSource, limits: Partial<ProbeLimits> = {}): ProbePlan {
  void targets;
  const { deadlineMs, atOnce, pingsAtOnce } = { ...DEFAULT_LIMITS, ...limits };
  const { kind, node, namespace, name } = source;
  return {
    version: 1,
    source: { kind, node, ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) },
    probes: [],
    groups: [],
    deadlineMs,
    atOnce,
    pingsAtOnce,
  };
}
