import { LineCounter, parseAllDocuments } from 'yaml';
import type { EndpointHint, Subject } from '../model.js';
import { CLUSTER, nodeSubject, podSubject, serviceSubject } from '../model.js';
import type { Plain } from './block-yaml.js';
import { readBlockYaml } from './block-yaml.js';
import type { CalicoPool } from './calico-pools.js';
import { recordPools } from './calico-pools.js';
import { ingressClassRecord, ingressRecord } from './ingress-records.js';
import { splitItems } from './json-items.js';
import type { JsonObject } from './json-shape.js';
import { isObject, objectOf, objectsOf, textOf } from './json-shape.js';
import { EGRESS_KINDS, egressRecord } from './kube-egress-records.js';
import * as records from './kube-records.js';
import { webhookRecords } from './kube-webhook-records.js';
import type { PatternSet } from './log-scan.js';
import { LogScan, patternsFor } from './log-scan.js';
import { isoTime } from './log-time.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';
import { whyNotYaml } from './yaml-limits.js';

/** The yaml package reads about a megabyte a second: what is larger should have been JSON. */
const MAX_YAML = 4 * 1024 * 1024;
/** What Kubernetes' tools write is read thirty times as fast. */
const MAX_BLOCK_YAML = 128 * 1024 * 1024;
const MAX_PROBLEMS = 20;
/** Where warnings of kubectl end and its output begins. */
const PREAMBLE = 8192;

/** File names and kubectl's resource names to kinds: dumps leave the kind of items out. */
const KINDS: Readonly<Record<string, string>> = {
  node: 'Node',
  nodes: 'Node',
  no: 'Node',
  pod: 'Pod',
  pods: 'Pod',
  po: 'Pod',
  service: 'Service',
  services: 'Service',
  svc: 'Service',
  endpoints: 'Endpoints',
  ep: 'Endpoints',
  endpointslice: 'EndpointSlice',
  endpointslices: 'EndpointSlice',
  networkpolicy: 'NetworkPolicy',
  networkpolicies: 'NetworkPolicy',
  netpol: 'NetworkPolicy',
  globalnetworkpolicies: 'GlobalNetworkPolicy',
  ciliumnetworkpolicies: 'CiliumNetworkPolicy',
  ciliumclusterwidenetworkpolicies: 'CiliumClusterwideNetworkPolicy',
  adminnetworkpolicies: 'AdminNetworkPolicy',
  baselineadminnetworkpolicies: 'BaselineAdminNetworkPolicy',
  namespace: 'Namespace',
  namespaces: 'Namespace',
  ns: 'Namespace',
  daemonset: 'DaemonSet',
  daemonsets: 'DaemonSet',
  ds: 'DaemonSet',
  deployment: 'Deployment',
  deployments: 'Deployment',
  deploy: 'Deployment',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  sts: 'StatefulSet',
  configmap: 'ConfigMap',
  configmaps: 'ConfigMap',
  cm: 'ConfigMap',
  event: 'Event',
  events: 'Event',
  ev: 'Event',
  ippool: 'IPPool',
  ippools: 'IPPool',
  validatingwebhookconfiguration: 'ValidatingWebhookConfiguration',
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  mutatingwebhookconfiguration: 'MutatingWebhookConfiguration',
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  egressip: 'EgressIP',
  egressips: 'EgressIP',
  eip: 'EgressIP',
  ciliumegressgatewaypolicies: 'CiliumEgressGatewayPolicy',
  ciliumegressnatpolicies: 'CiliumEgressNATPolicy',
  vpcegressgateways: 'VpcEgressGateway',
  egresses: 'Egress',
  ingress: 'Ingress',
  ingresses: 'Ingress',
  ing: 'Ingress',
  ingressclass: 'IngressClass',
  ingressclasses: 'IngressClass',
  gateway: 'Gateway',
  gateways: 'Gateway',
  httproute: 'HTTPRoute',
  httproutes: 'HTTPRoute',
};

/** Kinds of policies that are of no namespace. */
const CLUSTER_WIDE = /^Global|wide|Admin/;

/**
 * Kubernetes objects as `kubectl get … -o json` (or yaml) prints them: lists whose items may lack their kind, old dumps'
 * `Items`, single objects, several after another. Secrets are never read. An object that is malformed costs itself.
 */
export const kubeObjects: Parser = {
  id: 'kube-objects',
  provides: [],
  reads: ({ program, args }: Command) =>
    program === 'kube-objects' ||
    (/^(?:kubectl|oc)$/.test(program) &&
      args.includes('get') &&
      args.some((arg) => /^(?:-o)?=?(?:json|yaml)$|^--output=(?:json|yaml)$/.test(arg))),
  recognises(head) {
    const start = head.slice(0, 40).join('\n');
    return (
      /"kind" ?: ?"[A-Z]|"items" ?: ?\[|^apiVersion: \S+$/im.test(start) && /"?apiVersion"?|"?metadata"?/.test(start)
    );
  },
  parse(input, sink) {
    const reader = new ObjectReader(input, sink);
    const start = startOfJson(input.text);
    if (start >= 0) readJson(input.text, start, reader);
    else readYaml(input.text, reader);
    reader.finish();
  },
};

/** Index of the first brace or bracket where the text is JSON, perhaps after warnings; -1 where it is not. */
function startOfJson(text: string): number {
  const first = /^[\uFEFF\s]*/.exec(text.slice(0, PREAMBLE))![0].length;
  if (text[first] === '{' || text[first] === '[') return first;
  if (text.startsWith('---', first) || /^(?:apiVersion|kind|items|metadata):/m.test(text.slice(0, PREAMBLE))) return -1;
  const later = /\n(?=\{)/.exec(text.slice(0, PREAMBLE));
  return later === null ? -1 : later.index + 1;
}

function readJson(text: string, start: number, reader: ObjectReader): void {
  const skipped = text.slice(0, start).split('\n').length - 1;
  const { items, kind, problems } = splitItems(start === 0 ? text : text.slice(start));
  for (const problem of problems) reader.problem(problem.line + skipped, problem.message);
  reader.listKind = kind;
  for (const item of items) {
    const line = item.line + skipped;
    let value: unknown;
    try {
      value = JSON.parse(text.slice(item.start + start, item.end + start));
    } catch {
      reader.problem(line, 'the object that starts here is not JSON');
      continue;
    }
    reader.object(value, line);
  }
}

function readYaml(text: string, reader: ObjectReader): void {
  const documents = text.length > MAX_BLOCK_YAML ? undefined : readBlockYaml(text);
  if (documents === undefined) {
    readAnyYaml(text, reader);
    return;
  }
  for (const { value, lines } of documents) {
    const items = isObject(value) ? (value.items ?? value.Items) : value;
    if (!Array.isArray(items)) {
      reader.object(value, lines.get(value) ?? 1);
      continue;
    }
    reader.listKind = isObject(value) ? textOf(value.kind) : undefined;
    for (const item of items as Plain[]) reader.object(item, lines.get(item) ?? 1);
  }
}

/** The whole language, for what no tool of Kubernetes wrote. */
function readAnyYaml(text: string, reader: ObjectReader): void {
  if (text.length > MAX_YAML) {
    reader.problem(1, `YAML of more than ${MAX_YAML / 1024 / 1024} MB is not read: collect it with -o json`);
    return;
  }
  const refused = whyNotYaml(text);
  if (refused !== undefined) {
    reader.problem(1, `YAML that is not read: ${refused}`);
    return;
  }
  const lineCounter = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { lineCounter, logLevel: 'silent', uniqueKeys: false });
    if (!Array.isArray(documents)) return;
    for (const document of documents) {
      for (const error of document.errors)
        reader.problem(error.linePos?.[0].line ?? 1, `not YAML: ${error.message.split('\n', 1)[0]}`);
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      const items = isObject(value) ? (value.items ?? value.Items) : value;
      if (!Array.isArray(items)) {
        reader.object(value, lineCounter.linePos(document.contents?.range?.[0] ?? 0).line);
        continue;
      }
      reader.listKind = isObject(value) ? textOf(value.kind) : undefined;
      const nodes: unknown = isObject(value) ? (document.get('items') ?? document.get('Items')) : document.contents;
      items.forEach((item, index) => {
        reader.object(item, lineCounter.linePos(startOfItem(nodes, index)).line);
      });
    }
  } catch {
    reader.problem(1, 'YAML that cannot be read: too deep, or built of aliases');
  }
}

/** Offset at which an item of a YAML sequence starts; 0 where it cannot be told. */
function startOfItem(sequence: unknown, index: number): number {
  const node: unknown = isObject(sequence) && Array.isArray(sequence.items) ? sequence.items[index] : undefined;
  const range: unknown = isObject(node) ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}

class ObjectReader {
  listKind: string | undefined;
  readonly #sink: FactSink;
  readonly #kindOfFile: string | undefined;
  readonly #scan: LogScan;
  readonly #patterns: PatternSet;
  readonly #pools: CalicoPool[] = [];
  readonly #everywhere: boolean;
  #policies = 0;
  #problems = 0;

  constructor(input: ParserInput, sink: FactSink) {
    this.#sink = sink;
    this.#scan = new LogScan(sink);
    this.#patterns = patternsFor(input.logPatterns, ['events']);
    this.#kindOfFile = kindOfFile(input);
    const { args } = input.command;
    this.#everywhere = args.includes('-A') || args.some((arg) => arg.startsWith('--all-namespaces'));
  }

  problem(line: number, message: string): void {
    this.#problems += 1;
    if (this.#problems <= MAX_PROBLEMS) this.#sink.problem(line, message);
  }

  finish(): void {
    if (this.#problems > MAX_PROBLEMS)
      this.#sink.problem(1, `${this.#problems - MAX_PROBLEMS} more objects of this file cannot be read`);
    recordPools(this.#pools, this.#sink);
    // An empty list is an answer too, where it is of all namespaces.
    const isList = this.listKind !== undefined || this.#policies > 0;
    if (isList && this.#kindOfFile === 'NetworkPolicy' && this.#everywhere && this.#problems === 0)
      this.#sink.fact('objects.networkpolicies', this.#policies, 1, { subject: CLUSTER });
    this.#scan.finish();
  }

  object(value: unknown, line: number): void {
    if (!isObject(value)) {
      this.problem(line, 'not an object of Kubernetes');
      return;
    }
    const own = textOf(value.kind);
    if (own !== undefined && /List$/.test(own) && Array.isArray(value.items)) {
      for (const item of objectsOf(value.items))
        this.#read(item, textOf(item.kind) ?? itemKind(own) ?? this.#kindOfFile, line);
      return;
    }
    this.#read(value, own ?? itemKind(this.listKind) ?? this.#kindOfFile, line);
  }

  #read(object: JsonObject, kind: string | undefined, line: number): void {
    if (kind === 'Event') {
      this.#event(object, line);
      return;
    }
    const metadata = objectOf(object.metadata);
    const name = textOf(metadata.name);
    if (kind === undefined || name === undefined) {
      this.problem(line, kind === undefined ? 'an object without a kind' : `a ${kind} without a name`);
      return;
    }
    const namespace = textOf(metadata.namespace) ?? 'default';
    const put = this.#sink;
    const on = (subject: Subject): { subject: Subject } => ({ subject });
    switch (kind) {
      case 'Node':
        put.record('node-object', records.nodeRecord(object, name), line, on(nodeSubject(name)));
        break;
      case 'Pod':
        put.record('pod-object', records.podRecord(object, namespace, name), line, on(podSubject(namespace, name)));
        break;
      case 'Service':
        put.record(
          'service-object',
          records.serviceRecord(object, namespace, name),
          line,
          on(serviceSubject(namespace, name)),
        );
        break;
      case 'Endpoints':
        put.record(
          'endpoints-object',
          records.endpointsRecord(object, namespace, name),
          line,
          on(serviceSubject(namespace, name)),
        );
        break;
      case 'EndpointSlice': {
        const slice = records.endpointSliceRecord(object, namespace);
        if (slice !== undefined)
          put.record('endpoints-object', slice, line, on(serviceSubject(namespace, slice.service)));
        break;
      }
      case 'NetworkPolicy':
      case 'GlobalNetworkPolicy':
      case 'CiliumNetworkPolicy':
      case 'CiliumClusterwideNetworkPolicy':
      case 'AdminNetworkPolicy':
      case 'BaselineAdminNetworkPolicy':
        this.#policies += 1;
        put.record(
          'networkpolicy-object',
          records.policyRecord(object, kind, CLUSTER_WIDE.test(kind) ? '' : namespace, name),
          line,
          on(CLUSTER),
        );
        break;
      case 'Namespace':
        put.record('namespace-object', records.namespaceRecord(object, name), line, on(CLUSTER));
        break;
      case 'DaemonSet':
      case 'Deployment':
      case 'StatefulSet':
        put.record('workload-object', records.workloadRecord(object, kind, namespace, name), line, on(CLUSTER));
        break;
      case 'ConfigMap': {
        const config = records.configMapRecord(object, namespace, name);
        if (config !== undefined) put.record('configmap-object', config, line, on(CLUSTER));
        break;
      }
      case 'ValidatingWebhookConfiguration':
      case 'MutatingWebhookConfiguration':
        for (const webhook of webhookRecords(object, kind, name))
          put.record('webhook-object', webhook, line, on(CLUSTER));
        break;
      case 'Ingress':
      case 'Gateway':
      case 'HTTPRoute':
      case 'GRPCRoute':
      case 'TLSRoute':
        put.record('ingress-object', ingressRecord(object, kind, namespace, name), line, on(CLUSTER));
        break;
      case 'IngressClass':
        put.record('ingressclass-object', ingressClassRecord(object, name), line, on(CLUSTER));
        break;
      case 'IPPool': {
        const spec = objectOf(object.spec);
        const cidr = textOf(spec.cidr) ?? textOf(objectOf(object.metadata).cidr);
        if (cidr !== undefined) this.#pools.push({ cidr, line, disabled: spec.disabled === true });
        break;
      }
      default:
        if (EGRESS_KINDS.has(kind)) put.record('egress-object', egressRecord(object, kind, name), line, on(CLUSTER));
    }
  }

  #event(object: JsonObject, line: number): void {
    const { event, time } = records.eventRecord(object);
    if (event.message === '' && event.reason === undefined) {
      this.problem(line, 'an event without a message');
      return;
    }
    const at = time === undefined ? undefined : isoTime(time);
    this.#sink.record('event', event, line, { subject: CLUSTER, ...(at === undefined ? {} : { at }) });
    const kubelet: EndpointHint = event.node === undefined ? { kind: 'node' } : { kind: 'node', node: event.node };
    const component = textOf(objectOf(object.source).component) ?? textOf(object.reportingComponent);
    this.#scan.read(event.message, {
      line,
      at,
      patterns: this.#patterns,
      // What kubelet reports happened on its node.
      subject: component === 'kubelet' && event.node !== undefined ? nodeSubject(event.node) : CLUSTER,
      component: 'events',
      kubelet,
      ...(component === 'kubelet' ? { from: kubelet } : {}),
    });
  }
}

/** `PodList` is a list of Pods; `List` may hold anything. */
function itemKind(listKind: string | undefined): string | undefined {
  return listKind !== undefined && /.List$/.test(listKind) ? listKind.slice(0, -4) : undefined;
}

/** The kind that the file's name or kubectl's arguments tell: `pods.json`, `kubectl get po -o json`. */
function kindOfFile(input: ParserInput): string | undefined {
  const base = /([^/]*)$/.exec(input.file)![1]!.toLowerCase();
  const resource = kubernetesWord(base);
  if (Object.hasOwn(KINDS, resource)) return KINDS[resource];
  for (const arg of input.command.args) {
    const word = kubernetesWord(arg.toLowerCase());
    if (Object.hasOwn(KINDS, word)) return KINDS[word];
  }
  return undefined;
}

/** The resource without its group. Calico has networkpolicies of its own: a list of those is no list of Kubernetes'. */
function kubernetesWord(text: string): string {
  return /^networkpolicies\.(?:crd\.)?projectcalico\.org/.test(text) ? '' : text.split(/[./]/, 1)[0]!;
}
