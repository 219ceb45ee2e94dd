import type { EndpointHint, FlowProto } from '../model.js';
import type { Topology } from '../topology.js';

/** Something that a person wants to be probed. */
export interface GivenTarget {
  to: EndpointHint;
  proto: FlowProto;
  /** Only from there; from everywhere where absent. */
  from?: EndpointHint;
  scheme?: 'http' | 'https';
  path?: string;
  server?: string;
}

/** What may be probed: what a person named, and the cluster's objects where they are known. */
export interface Targets {
  given: GivenTarget[];
  /** Nodes, pods and Services by their objects. */
  topology?: Topology;
  /** Files of `--targets` that could not be used, and targets that name nothing. */
  problems: string[];
  /** Node that the collector runs on, and its addresses. */
  node: string;
  ownIps: string[];
}

export interface TargetOptions {
  /** `ip`, `ip:port`, `ip:port/udp`, `http://…`, a name. */
  peers: string[];
  /** Path of a facts.yaml, or of a folder or archive with cluster objects. */
  targets?: string;
  node: string;
  ownIps: string[];
}

/**
 * Reads what is to be probed.
 * @throws UnreadableInput where the file or folder of `targets` cannot be read, Error where a peer is none.
 */
export async function chooseTargets(options: TargetOptions): Promise<Targets> {
  const { node, ownIps } = options;
  return { given: [], problems: [], node, ownIps };
}
