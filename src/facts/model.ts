import type { CaptureSummary } from './capture.js';

/**
 * The fact model: what every parser, derivation, judge and report speaks of. Leaf module: imports nothing of podnet but the
 * shape of what a capture shows.
 */

/** What a fact is about: `cluster`, `node/n1`, `pod/ns/name`, `service/ns/name`, `interface/n1/eth0`, `capture/n1/eth0`. */
export type Subject = string;

export type SubjectKind =
  | 'cluster'
  | 'zone'
  | 'node'
  | 'interface'
  | 'pod'
  | 'service'
  | 'node-pair'
  | 'flow'
  | 'capture';

export const CLUSTER: Subject = 'cluster';

/** Builds a subject. A slash inside a part (names come from strangers' dumps) is written `%2F`, so parts stay countable. */
export function subjectOf(kind: Exclude<SubjectKind, 'cluster'>, ...parts: string[]): Subject {
  return `${kind}/${parts.map((part) => part.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/')}`;
}

export const nodeSubject = (name: string): Subject => subjectOf('node', name);
export const podSubject = (namespace: string, name: string): Subject => subjectOf('pod', namespace, name);
export const serviceSubject = (namespace: string, name: string): Subject => subjectOf('service', namespace, name);

export function kindOf(subject: Subject): SubjectKind {
  const slash = subject.indexOf('/');
  return (slash < 0 ? subject : subject.slice(0, slash)) as SubjectKind;
}

/** The parts after the kind, as they were given to `subjectOf`. */
export function partsOf(subject: Subject): string[] {
  return subject
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('%2F', '/').replaceAll('%25', '%'));
}

/**
 * Where a fact was read: a file of the bundle with its line or, of a binary capture, its packet (each from 1), a live probe,
 * or an answer of the questionnaire.
 */
export interface Source {
  file?: string;
  line?: number;
  packet?: number;
  probe?: string;
  answer?: string;
}

/** Something known. `at` is ISO 8601, where the input tells a time. */
export interface Fact<V = unknown> {
  readonly subject: Subject;
  readonly name: string;
  readonly value: V;
  readonly source: Source;
  readonly at?: string;
}

/** Something that somebody tried to learn and could not: never to be read as false. */
export interface Unknown {
  readonly subject: Subject;
  /** A fact name, or a prefix of names that ends in `.*` or is `*`. */
  readonly name: string;
  readonly reason: string;
  readonly source: Source;
}

/** Something wrong with the input: which file and line (or packet of a capture), and what was done about it. */
export interface Problem {
  file: string;
  line?: number;
  packet?: number;
  message: string;
}

/* ---- Records: structured facts, many to a subject. The subject is the network namespace they were read in. ---- */

export interface Link {
  name: string;
  index?: number;
  /** `@if5`, `@eth0`: the peer or lower device as `ip link` prints it. */
  peer?: string;
  flags: string[];
  mtu?: number;
  /** `UP`, `DOWN`, `UNKNOWN`, `LOWERLAYERDOWN`, … as printed after `state`. */
  state?: string;
  master?: string;
  mac?: string;
  /** From `-d`: `vxlan`, `bridge`, `veth`, `ipip`, `geneve`, `wireguard`, `dummy`, `vlan`, `bond`, … */
  kind?: string;
  vxlan?: { id?: number; local?: string; dev?: string; port?: number; learning?: boolean };
  /** Of `ipip`, `gre`, `geneve`, `vxlan` with one peer: the ends of the outer packet; absent for any. */
  tunnel?: { local?: string; remote?: string };
  /** From `-s`: totals since boot. */
  rx?: { packets: number; errors: number; dropped: number };
  tx?: { packets: number; errors: number; dropped: number };
}

export interface Address {
  dev: string;
  family: 4 | 6;
  ip: string;
  prefix: number;
  scope?: string;
  /** `dynamic` (DHCP), `secondary`, `noprefixroute`, `deprecated`, `tentative`, `dadfailed`, … */
  flags: string[];
}

export interface Route {
  family: 4 | 6;
  /** `unicast` unless printed: `local`, `broadcast`, `blackhole`, `unreachable`, `prohibit`, `throw`. */
  type: string;
  /** CIDR; `0.0.0.0/0` or `::/0` for default. */
  dst: string;
  via?: string;
  dev?: string;
  src?: string;
  proto?: string;
  scope?: string;
  metric?: number;
  /** `main` unless the command or line names another. */
  table: string;
  /** `onlink`, `linkdown`, `dead`, … */
  flags: string[];
  nexthops?: { via?: string; dev?: string; weight?: number; flags?: string[] }[];
}

export interface PolicyRule {
  family: 4 | 6;
  priority: number;
  from: string;
  to?: string;
  iif?: string;
  oif?: string;
  fwmark?: string;
  /** `lookup` table; absent for `blackhole`, `unreachable`, `prohibit`. */
  table?: string;
  action: string;
  invert?: boolean;
  /** A route that is found by a prefix of this length or shorter does not count (`suppress_prefixlength`). */
  suppressPrefixLength?: number;
  /** Selectors beyond those above (`ipproto tcp`, `uidrange 0-0`): the rule may or may not match. */
  conditions?: string[];
}

export interface Neighbour {
  ip: string;
  dev: string;
  mac?: string;
  state: string;
}

export interface FdbEntry {
  mac: string;
  dev: string;
  dst?: string;
  master?: string;
  flags: string[];
}

export interface BridgePort {
  dev: string;
  master?: string;
  state?: string;
  hairpin?: boolean;
}

export interface IptablesChain {
  table: string;
  chain: string;
  /** Built-in chains only. */
  policy?: string;
  family: 4 | 6;
  packets?: number;
}

/** One rule, `-A chain …` or a line of `-nvL`. Matches that are not understood are kept whole in `unknown`. */
export interface IptablesRule {
  table: string;
  chain: string;
  family: 4 | 6;
  /** From 1, in its chain. */
  index: number;
  target?: string;
  goto?: boolean;
  targetOptions: Record<string, string>;
  src?: string;
  dst?: string;
  /** Names of `src`, `dst`, `in`, `out`, `proto`, `dport`, `sport`, `mark`, `ctstate`, `dstType` that are negated. */
  not: string[];
  in?: string;
  out?: string;
  proto?: string;
  sport?: string;
  dport?: string;
  mark?: string;
  ctstate?: string[];
  dstType?: string;
  comment?: string;
  packets?: number;
  /** Matches beyond those above (`-m set …`, `-m string …`): the rule may or may not match. */
  unknown: string[];
  text: string;
}

export interface Socket {
  proto: 'tcp' | 'udp' | 'raw' | 'unix' | 'sctp';
  /** `LISTEN`, `UNCONN`, `ESTAB`, `TIME-WAIT`, … in ss's words. */
  state: string;
  recvQ?: number;
  sendQ?: number;
  /** `0.0.0.0`, `::`, `*` for any. */
  localIp: string;
  localPort: number;
  peerIp?: string;
  peerPort?: number;
  process?: string;
  dev?: string;
}

export interface ConntrackEntry {
  proto: string;
  state?: string;
  src: string;
  dst: string;
  sport?: number;
  dport?: number;
  replySrc: string;
  replyDst: string;
  replySport?: number;
  replyDport?: number;
  /** `UNREPLIED`, `ASSURED`. */
  flags: string[];
  mark?: number;
}

export type FlowProto = 'icmp' | 'tcp' | 'udp' | 'dns' | 'http';
export type FlowError =
  | 'timeout'
  | 'refused'
  | 'reset'
  | 'no-route'
  | 'host-unreachable'
  | 'nxdomain'
  | 'servfail'
  | 'stalled'
  | 'message-too-long'
  /** Reached, and the TLS certificate (or the handshake's terms) refused by one of the ends. */
  | 'certificate'
  /** Reached, and answered by a proxy that has nobody to pass the request to: HTTP 502, 503, 504, a default backend's 404. */
  | 'http-error';
export type FlowStage = 'resolve' | 'connect' | 'tls' | 'request' | 'transfer';
export type FlowPattern = 'constant' | 'intermittent' | 'under-load' | 'after-idle';
export type FlowState = 'ok' | 'failing' | 'slow' | 'lossy';

/** One end of an attempt as the output or the reporter names it; the derivation of flows finds out what it is. */
export interface EndpointHint {
  kind?: 'pod' | 'node' | 'clusterip' | 'nodeport' | 'loadbalancer' | 'external' | 'dns';
  namespace?: string;
  pod?: string;
  node?: string;
  /** A DNS name, or the name of a Service. */
  name?: string;
  ip?: string;
  port?: number;
  /** What is asked of it says that it is the API server, at its Service's address. */
  apiServer?: true;
}

/**
 * One attempt, or a series of it, as a probe's output tells: ping, curl, dig, nc, a log line that reports a timeout,
 * an entry of `reachability`. The namespace it was made in is the fact's subject unless `from` says otherwise.
 */
export interface Probe {
  from?: EndpointHint;
  to: EndpointHint;
  proto: FlowProto;
  state: FlowState;
  error?: FlowError;
  stage?: FlowStage;
  pattern?: FlowPattern;
  /** Bytes on the wire at IP level, headers included (ping -s 1472 is 1500). */
  size?: number;
  dontFragment?: boolean;
  /** The reporter's word that it needs full-sized packets. */
  large?: true;
  /** The MTU that an ICMP error or `message too long` named. */
  mtu?: number;
  sent?: number;
  received?: number;
  rttMs?: number;
  /** Bytes of the answer that arrived (curl). */
  transferred?: number;
  /** HTTP status, DNS status (`NOERROR`, `NXDOMAIN`). */
  status?: string;
  /** DNS only: the server that was asked. */
  server?: string;
  /** DNS only: what the name resolved to. */
  answers?: string[];
  /** DNS only: the name as it was given, where the answer is to it with a search suffix behind it. */
  askedAs?: string;
  family?: 4 | 6;
  /** Service addresses only: the node of the pod that was to answer, where the reporter knows it. */
  backendNode?: string;
  /** Service addresses only: the pod that asks is the one that was to answer. */
  toItself?: true;
  /** The question of the questionnaire that it answers: a person's word, which is wrong at times. */
  answer?: string;
  /** Who says so: a tool's output, a log line, the reporter, a capture that somebody's traffic is in. */
  origin: 'tool' | 'log' | 'report' | 'capture';
}

/** A queueing discipline of an interface, as `tc qdisc` prints it. */
export interface Qdisc {
  dev: string;
  /** `noqueue`, `fq_codel`, `mq`, `tbf`, `htb`, `netem`, … */
  kind: string;
  root: boolean;
  /** What stands behind its place: `rate 10Mbit burst 256Kb lat 25ms`. */
  options: string;
  /** Packets, since the discipline was set; only `tc -s` tells. */
  dropped?: number;
  overlimits?: number;
}

/** A bond and its members, as /proc/net/bonding/NAME tells. */
export interface Bond {
  name: string;
  /** The kernel's words: `IEEE 802.3ad Dynamic link aggregation`, `fault-tolerance (active-backup)`, … */
  mode?: string;
  /** 802.3ad: the aggregator that carries the traffic. */
  activeAggregator?: number;
  members: { name: string; up?: boolean; failures?: number; aggregator?: number }[];
}

/** A MAC address that answered for an IP address, where a tool asked (`arping`). */
export interface AddressClaim {
  ip: string;
  mac: string;
}

export interface Container {
  name: string;
  image?: string;
  ports: { name?: string; port: number; proto: string }[];
  ready?: boolean;
  restarts?: number;
  /** `waiting.reason` or `terminated.reason`: `CrashLoopBackOff`, `OOMKilled`, … */
  reason?: string;
  /** Variables that direct its traffic: those of HTTP proxies and of CNI agents' address translation. */
  env?: Record<string, string>;
}

export interface NodeObject {
  name: string;
  ips: string[];
  externalIps: string[];
  hostname?: string;
  podCIDRs: string[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Type to status, `Ready: 'False'`. */
  conditions: Record<string, { status: string; reason?: string; message?: string }>;
  kernel?: string;
  os?: string;
  kubelet?: string;
  runtime?: string;
  unschedulable?: boolean;
  /**
   * Read from a table, which shows a few columns: labels, ports and other fields that are empty here are not known to be
   * empty.
   */
  partial?: true;
}

export interface PodObject {
  namespace: string;
  name: string;
  node?: string;
  ips: string[];
  hostIP?: string;
  hostNetwork: boolean;
  phase?: string;
  ready?: boolean;
  labels: Record<string, string>;
  dnsPolicy?: string;
  dnsConfig?: { nameservers: string[]; searches: string[]; options: string[] };
  /** `ingress` and `egress` of the annotations kubernetes.io/…-bandwidth, as written: `10M`. */
  bandwidth?: { ingress?: string; egress?: string };
  containers: Container[];
  /** Kind and name of the controller: `DaemonSet/kube-flannel-ds`. */
  owner?: string;
  /**
   * Read from a table, which shows a few columns: labels, ports and other fields that are empty here are not known to be
   * empty.
   */
  partial?: true;
  /** Read from a description, which shows the containers' ports without their names. */
  portNamesUnknown?: true;
}

export interface ServiceObject {
  namespace: string;
  name: string;
  type: string;
  clusterIPs: string[];
  ports: { name?: string; port: number; targetPort?: string | number; nodePort?: number; proto: string }[];
  selector: Record<string, string>;
  externalTrafficPolicy?: string;
  internalTrafficPolicy?: string;
  loadBalancerIPs: string[];
  sourceRanges: string[];
  /** Whether the load balancer has told an address; absent where the input does not show it, or there is none to tell. */
  addressed?: boolean;
  /** The port on which kube-proxy tells load balancers whether the node has a backend (externalTrafficPolicy Local). */
  healthCheckNodePort?: number;
  /** Those annotations that configure a load balancer. */
  annotations?: Record<string, string>;
  /**
   * Read from a table, which shows a few columns: labels, ports and other fields that are empty here are not known to be
   * empty.
   */
  partial?: true;
}

/** Endpoints and EndpointSlices alike. */
export interface EndpointsObject {
  namespace: string;
  service: string;
  addresses: { ip: string; node?: string; pod?: string; ready: boolean }[];
  ports: { name?: string; port: number; proto: string }[];
  /** Read from a table, which lists the ready addresses only, and not all of many. */
  partial?: true;
}

export interface NetworkPolicyObject {
  namespace: string;
  name: string;
  podSelector: Record<string, string>;
  /** True where `podSelector` has expressions that a plain label map cannot hold. */
  complexSelector: boolean;
  policyTypes: string[];
  ingressRules: number;
  egressRules: number;
  /** The object's `spec`, for whoever evaluates it in full. */
  spec: unknown;
  /** Read from a table, which shows whom the policy selects and not what it allows. */
  partial?: true;
  /** Kind and API group of a policy of another API, whose `spec` follows other rules: `CiliumNetworkPolicy.cilium.io`. */
  otherApi?: string;
}

export interface NamespaceObject {
  name: string;
  labels: Record<string, string>;
  /** Read from a table that shows no labels. */
  partial?: true;
}

export interface WorkloadObject {
  kind: string;
  namespace: string;
  name: string;
  desired?: number;
  ready?: number;
  images: string[];
}

/** One webhook of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export interface WebhookObject {
  configuration: string;
  name: string;
  mutating: boolean;
  /** `Fail`, which is the default, or `Ignore`. */
  failurePolicy: string;
  /** Where the API server calls it; undefined where it has a URL of its own. */
  service?: { namespace: string; name: string; port: number };
  /** Resources of its rules: `pods`, `ingresses`, `*`. */
  resources: string[];
  hasCaBundle: boolean;
}

/** An object by which a CNI sends pods out of the cluster under a fixed address. */
export interface EgressObject {
  /** `EgressIP`, `CiliumEgressGatewayPolicy`, `VpcEgressGateway`, … */
  kind: string;
  name: string;
  /** Addresses that are asked for. */
  ips: string[];
  /** Address and node that have it; undefined where the object has no status. */
  assigned?: { ip: string; node?: string }[];
  /** Labels of the nodes that may be gateways; empty where the object does not choose them by plain labels. */
  nodeLabels: Record<string, string>;
  /** `status.ready` or the Ready condition, where the object has one. */
  ready?: boolean;
}

export interface ConfigMapObject {
  namespace: string;
  name: string;
  data: Record<string, string>;
}

export interface EventObject {
  type?: string;
  reason?: string;
  message: string;
  /** `Pod/ns/name`. */
  about?: string;
  node?: string;
  count?: number;
}

/** An Ingress, or an object of the Gateway API: which host and path goes to which Service. */
export interface IngressObject {
  kind: string;
  namespace: string;
  name: string;
  /** `spec.ingressClassName`, or the older annotation. */
  className?: string;
  /** Empty where a rule takes any host. */
  hosts: string[];
  backends: { namespace: string; service: string; port?: string | number }[];
  /** Conditions of the Gateway API that are False: `ResolvedRefs: BackendNotFound`. */
  refused: string[];
}

/** An IngressClass. */
export interface IngressClassObject {
  name: string;
  isDefault: boolean;
}

/** A line of a log that a log pattern of the catalogue recognised, or that says something changed. */
export interface LogEvent {
  component: string;
  /** The fact that the pattern makes known, such as `log.tuned-restart`. */
  event: string;
  text: string;
}

/** A name that the cluster's DNS server says it answered, with data or at least without an error, to one asker. */
export interface AnsweredLookup {
  client: string;
  name: string;
  /** Answers. */
  times: number;
}

/** Something that was changed, by whoever says so: `changes` of facts.yaml, package history, a service restart. */
export interface Change {
  what: string;
  on?: Subject;
}

/** Something that changed or happened, for the report: oldest first where the input tells times. */
export interface TimelineEntry {
  at?: string;
  what: string;
  on?: Subject;
  source: Source;
}

/** A virtual server of IPVS with its real servers, as `ipvsadm -Ln` lists it. */
export interface IpvsService {
  proto: 'tcp' | 'udp' | 'sctp';
  ip: string;
  port: number;
  scheduler?: string;
  /** Numbers that the listing leaves out (`--stats`) are absent. */
  backends: { ip: string; port: number; weight?: number; active?: number; inactive?: number }[];
}

/** A set of ipset's, which rules ask for by `-m set --match-set`. */
export interface IpSet {
  name: string;
  /** `hash:ip`, `hash:net`, `hash:ip,port`, `bitmap:port`, `list:set`, … */
  type: string;
  family: 4 | 6;
  /** As printed, without timeouts, counters and comments: `10.96.0.10,tcp:53`, `10.0.0.0/8 nomatch`. */
  members: string[];
  /** Given where the set looks at a part of addresses alone. */
  netmask?: string;
  /** Set where it has more members than are here. */
  incomplete?: boolean;
}

/** What a configuration file sets on an interface: ifcfg-*, netplan, NetworkManager's keyfiles, systemd-networkd. */
export interface NicConfig {
  dev: string;
  /** Absent where the file does not say. */
  dhcp4?: boolean;
  /** Static addresses, with their prefix where the file tells it. */
  addresses: string[];
  /** The file on the node, as its path in the input shows it. */
  file: string;
}

/** A file of /etc/cni/net.d. */
export interface CniConfig {
  /** Name of the file, without its folder. */
  file: string;
  name: string;
  /** Types of its plugins, the first one first: `flannel`, `portmap`. */
  plugins: string[];
  subnet?: string;
  mtu?: number;
}

/** A chain of `nft list ruleset`, with rules or without. */
export interface NftChain {
  family: string;
  table: string;
  name: string;
  /** Of a base chain alone: `filter`, `nat`, `route`, with its hook, its priority as a number and its policy. */
  type?: string;
  hook?: string;
  priority?: number;
  /** As printed: `accept`, `drop`. The kernel's is `accept` where none is. */
  policy?: string;
  /** Of the families `netdev` and `inet` at the hooks `ingress` and `egress`. */
  devices?: string[];
  /** The table is dormant: its chains see no packet. */
  dormant?: true;
}

/** A named set, map or verdict map of nftables. */
export interface NftSet {
  family: string;
  table: string;
  name: string;
  kind: 'set' | 'map';
  /** As printed: `ipv4_addr . inet_service`, or of `typeof` the expression: `ip saddr . tcp dport`. */
  keyType: string;
  /** Of a map: `verdict`, `ipv4_addr . inet_service`. */
  dataType?: string;
  flags: string[];
  /** Key and, of a map, data, as printed without counters, timeouts and comments. Absent where the output leaves them out. */
  elements?: (readonly [key: string] | readonly [key: string, data: string])[];
  /** There were more elements than are kept. */
  incomplete?: true;
}

/** Record facts by name. Every one may stand many times on one subject. */
export interface Records {
  link: Link;
  address: Address;
  route: Route;
  rule: PolicyRule;
  neighbour: Neighbour;
  fdb: FdbEntry;
  'bridge-port': BridgePort;
  'iptables-chain': IptablesChain;
  'iptables-rule': IptablesRule;
  /** A rule of `nft list ruleset`, as text with its chain; iptables-nft's own tables included. */
  'nft-rule': { family: string; table: string; chain: string; hook?: string; policy?: string; text: string };
  'nft-chain': NftChain;
  'nft-set': NftSet;
  socket: Socket;
  conntrack: ConntrackEntry;
  probe: Probe;
  /** What a capture shows; the subject is `capture/<node>/<interface>`, or `node/<node>` where the interface is not told. */
  capture: CaptureSummary;
  'address-claim': AddressClaim;
  'resolv-conf': { nameservers: string[]; search: string[]; options: string[] };
  'node-object': NodeObject;
  'pod-object': PodObject;
  'service-object': ServiceObject;
  'endpoints-object': EndpointsObject;
  'networkpolicy-object': NetworkPolicyObject;
  'namespace-object': NamespaceObject;
  'workload-object': WorkloadObject;
  'configmap-object': ConfigMapObject;
  'webhook-object': WebhookObject;
  'egress-object': EgressObject;
  /** Variables that direct HTTP clients to a proxy, of a process or a service's unit; names in upper case. */
  'proxy-variables': { unit?: string; variables: Record<string, string> };
  'ingress-object': IngressObject;
  'ingressclass-object': IngressClassObject;
  event: EventObject;
  'log-event': LogEvent;
  'answered-lookup': AnsweredLookup;
  change: Change;
  'ipvs-service': IpvsService;
  ipset: IpSet;
  'nic-config': NicConfig;
  'cni-config': CniConfig;
  qdisc: Qdisc;
  bond: Bond;
}

export type RecordName = keyof Records;

/** A scalar as conditions compare it. */
export type Scalar = string | number | boolean | string[];
