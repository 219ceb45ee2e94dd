import type { EndpointHint } from '../../model.js';

/** What a probe of the plan tries. Ends are addresses; names only where a person gave one. */
export type PlannedProbe = PlannedPing | PlannedTcp | PlannedUdp | PlannedLookup | PlannedRequest;

export interface PlannedPing {
  proto: 'icmp';
  to: EndpointHint;
  /** Also with DF at the sender's own MTU, and smaller where that fails, until the path's MTU is found. */
  sweep?: true;
}

export interface PlannedTcp {
  proto: 'tcp';
  to: EndpointHint & { port: number };
  /** Connections one after another; 1 unless given. */
  count?: number;
}

export interface PlannedUdp {
  proto: 'udp';
  to: EndpointHint & { port: number };
}

export interface PlannedLookup {
  proto: 'dns';
  /** The whole name: no search list is tried. */
  name: string;
  /** Address of the server that is asked. */
  server: string;
  transport: 'udp' | 'tcp';
  count?: number;
}

export interface PlannedRequest {
  proto: 'http';
  to: EndpointHint & { port: number };
  scheme: 'http' | 'https';
  /** With its query, from the slash on. */
  path: string;
  count?: number;
}

/** How names that a person gave are resolved: a resolv.conf's own words. */
export interface Resolver {
  nameservers: string[];
  search: string[];
  ndots: number;
}

/** Probes of one kind that were to be made, and how many of them the plan holds: the rest was left out of the sample. */
export interface PlannedGroup {
  what: string;
  meant: number;
  chosen: number;
}

/** Where the probes are made: a node, or a pod with the node it runs on. */
export interface PlanSource {
  kind: 'node' | 'pod';
  node: string;
  namespace?: string;
  name?: string;
}

/** What the agent is given on standard input. */
export interface ProbePlan {
  version: 1;
  source: PlanSource;
  probes: PlannedProbe[];
  groups: PlannedGroup[];
  resolver?: Resolver;
  /** A process that the network namespace is there for: when it has gone, so has the pod. */
  holder?: number;
  /** Milliseconds for all probes together; what is not done by then is told as not made. */
  deadlineMs: number;
  /** Attempts at once other than pings. */
  atOnce: number;
  /** Pings at once. */
  pingsAtOnce: number;
}
