import type { Source, Subject } from '../model.js';
import type { MissingFact } from './answer.js';
import type { Direction } from './policy-spec.js';

/** One end of a connection: a pod, a node (or a process of it), or whatever has the address. */
export interface ConnectionEnd {
  /** `pod/shop/web` or `node/n1`; absent where only the address is known. */
  subject?: Subject;
  /** The address that it has in this connection; absent where any of the subject's may be meant. */
  ip?: string;
}

/** The first packet of a new connection, before a source is translated and after a Service's address was. */
export interface Connection {
  from: ConnectionEnd;
  to: ConnectionEnd;
  /** `tcp`, `udp`, `sctp`; any other (`icmp`) is one of which NetworkPolicy says nothing. */
  protocol: string;
  /** The port of the pod, after DNAT. Absent for a protocol without ports, or where it is not known. */
  port?: number;
}

export interface PolicyRef {
  namespace: string;
  name: string;
  direction: Direction;
  source: Source;
}

export type Permission = 'allowed' | 'denied';

/**
 * What plugins do differently though the API says one thing. `ip-block-of-cluster-address`: it is allowed by an ipBlock
 * that holds the address of a pod or node; where addresses are rewritten it is not defined which one is compared, and
 * some plugins compare none of the cluster's own.
 */
export type PolicyNote = 'ip-block-of-cluster-address';

/** What the policies say of a connection. Replies to an allowed connection are allowed without being asked for. */
export interface PolicyVerdict {
  verdict: Permission | 'unknown';
  /** Of `denied` and `unknown`: the side that decides, egress of the source or ingress of the destination. */
  direction?: Direction;
  /** Of `allowed`: the first policy of each isolated side that allows it; else those that isolate the side that decides. */
  policies: readonly PolicyRef[];
  missing: readonly MissingFact[];
  /** Of `unknown`: what comes of it as far as NetworkPolicy objects go and most plugins do, where that can be told. */
  otherwise?: Permission;
  notes: readonly PolicyNote[];
}
