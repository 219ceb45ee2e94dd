import type { Flow } from '../flow.js';
import type { TimelineEntry } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import { addresses } from './addresses.js';
import { alikeFlows } from './alike-flows.js';
import { apiServer } from './api-server.js';
import { bonds } from './bonds.js';
import { captureConnections } from './capture-connections.js';
import { deriveCapturePaths, type TracedPath } from './capture-paths.js';
import { deriveCapturedAttempts } from './captured-attempts.js';
import { captures } from './captures.js';
import { chainPolicies } from './chain-policies.js';
import { cidrs } from './cidrs.js';
import { clusterShape } from './cluster-shape.js';
import { cni } from './cni.js';
import { cniConfigs } from './cni-configs.js';
import { connectionRules } from './connection-rules.js';
import { conntrack } from './conntrack.js';
import type { Derivation } from './derivation.js';
import { dns } from './dns.js';
import { egress } from './egress.js';
import { encryption } from './encryption.js';
import { flowPatterns } from './flow-patterns.js';
import { deriveFlowFacts, deriveFlows } from './flows.js';
import { forwarding } from './forwarding.js';
import { ingresses } from './ingresses.js';
import { ipv6 } from './ipv6.js';
import { lateConnects } from './late-connects.js';
import { links } from './links.js';
import { listening } from './listening.js';
import { load } from './load.js';
import { loadBalancers } from './load-balancers.js';
import { matrix } from './matrix.js';
import { mtu } from './mtu.js';
import { multipath } from './multipath.js';
import { neighbours } from './neighbours.js';
import { netfilter } from './netfilter.js';
import { netns } from './netns.js';
import { nic } from './nic.js';
import { nodeLocal } from './node-local.js';
import { nodeportPattern } from './nodeport-pattern.js';
import { oddOneOut } from './odd-one-out.js';
import { offload } from './offload.js';
import { outbound } from './outbound.js';
import { packetQueues } from './packet-queues.js';
import { podLogs } from './pod-logs.js';
import { policies } from './policies.js';
import { proxies } from './proxies.js';
import { qdiscs } from './qdiscs.js';
import { routes } from './routes.js';
import { rpfilter } from './rpfilter.js';
import { searchList } from './search-list.js';
import { services } from './services.js';
import { sizes } from './sizes.js';
import { timeline, timelineOf } from './timeline.js';
import { toldByFlows } from './told-by-flows.js';
import { buildTopology } from './topology.js';
import { tunnel } from './tunnel.js';
import { versions } from './versions.js';
import { walks } from './walks.js';
import { webhooks } from './webhooks.js';

/** Facts of state, in an order in which each finds what it reads. */
const STATE: readonly Derivation[] = [
  podLogs,
  clusterShape,
  versions,
  addresses,
  links,
  tunnel,
  mtu,
  offload,
  routes,
  forwarding,
  rpfilter,
  netfilter,
  conntrack,
  neighbours,
  nic,
  qdiscs,
  bonds,
  multipath,
  connectionRules,
  services,
  listening,
  policies,
  encryption,
  packetQueues,
  chainPolicies,
  lateConnects,
  cni,
  cniConfigs,
  load,
  cidrs,
  dns,
  nodeLocal,
  searchList,
  captures,
  captureConnections,
  apiServer,
  webhooks,
  egress,
  proxies,
  outbound,
  netns,
  oddOneOut,
];

/** Facts that need the flows. */
const BEHAVIOUR: readonly Derivation[] = [
  matrix,
  ipv6,
  sizes,
  toldByFlows,
  flowPatterns,
  alikeFlows,
  loadBalancers,
  ingresses,
  nodeportPattern,
  walks,
  timeline,
];

export interface Derived {
  topology: Topology;
  flows: Flow[];
  timeline: TimelineEntry[];
  /** Flows that captures show to have been lost or left without an answer. */
  paths: TracedPath[];
}

/** Derives everything that the records of a store tell, once; the facts go into the store. */
export function deriveAll(store: FactStore): Derived {
  deriveCapturedAttempts(store);
  const topology = buildTopology(store);
  for (const derivation of STATE) derivation.derive({ store, topology, flows: [] });
  const paths = deriveCapturePaths({ store, topology, flows: [] });
  const flows = deriveFlows(store, topology);
  deriveFlowFacts(store, topology, flows);
  for (const derivation of BEHAVIOUR) derivation.derive({ store, topology, flows });
  return { topology, flows, timeline: timelineOf(store), paths };
}
