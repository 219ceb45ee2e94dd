import type { Leg } from './leg.js';
import type { FlowError, FlowPattern, FlowProto, FlowStage, FlowState, Probe, Source, Subject } from './model.js';

export type EndpointKind = 'pod' | 'node' | 'clusterip' | 'nodeport' | 'loadbalancer' | 'external' | 'dns';

/** One end of a flow, resolved against the topology as far as the input tells. */
export interface Endpoint {
  kind: EndpointKind;
  /** `pod/ns/name`, `node/n1`, `service/ns/name`, where known. */
  subject?: Subject;
  /** `node/n1`: where it sits, where known. */
  node?: Subject;
  ip?: string;
  port?: number;
  name?: string;
}

/** What a subject is to a part of a flow. `path` is every node the packet passes. */
export const ROLES = ['source', 'entry', 'target', 'resolver', 'path'] as const;
export type Role = (typeof ROLES)[number];

/** A part of a flow in which it can have died, with the subjects that play a role in it. */
export interface FlowPart {
  name: 'resolve' | 'entry' | 'transport' | 'reply';
  leg: Leg;
  /**
   * Nodes, pods and Services in each role. An empty list or an absent role: not known. Where several nodes may have
   * been passed (a Service's backends) all stand there and `sure` is false.
   */
  roles: Partial<Record<Role, readonly Subject[]>>;
  sure: boolean;
}

/** A repeated or single attempt, with what ought to have come of it. */
export interface Flow {
  id: string;
  from: Endpoint;
  to: Endpoint;
  proto: FlowProto;
  leg: Leg;
  state: FlowState;
  error?: FlowError;
  stage?: FlowStage;
  pattern?: FlowPattern;
  size?: number;
  /** At the sender's own MTU, or a transfer that needs full packets. */
  large: boolean;
  expected: 'works' | 'fails' | 'unknown';
  /** Why it is expected to fail; of `application-answered`, why what the reporter calls failed is none of the network's. */
  expectedWhy?:
    | 'icmp-to-service'
    | 'above-own-mtu'
    | 'no-such-name'
    | 'server-answered'
    | 'ping-filtered'
    | 'application-answered';
  /**
   * Works here, but another attempt of the very same kind failed: at times, or before it was healed. That it works then
   * speaks against no cause.
   */
  alsoFails?: 'at-times' | 'before';
  /** The question that a person answered with it: wrong at times. */
  answered?: string;
  /** Attempts that this flow sums up. */
  count: number;
  at?: string;
  parts: readonly FlowPart[];
  origin: Probe['origin'];
  sources: readonly Source[];
}

/** A flow that ought to work and does not. */
export function isSymptom(flow: Flow): boolean {
  return flow.state !== 'ok' && flow.expected === 'works';
}

/** A flow's ends for a person: `pod/default/a > 10.96.0.10:53`. */
export function describeFlow(flow: Flow): string {
  const end = (endpoint: Endpoint): string => {
    const at =
      endpoint.ip === undefined
        ? (endpoint.name ?? '')
        : `${endpoint.ip}${endpoint.port === undefined ? '' : `:${endpoint.port}`}`;
    if (endpoint.subject === undefined) return at === '' ? (endpoint.node ?? endpoint.kind) : at;
    return at === '' ? endpoint.subject : `${endpoint.subject} (${at})`;
  };
  return `${end(flow.from)} > ${end(flow.to)}`;
}
