import { isIP } from 'node:net';
import type {
  ConfigMapObject,
  Container,
  EndpointsObject,
  EventObject,
  NamespaceObject,
  NetworkPolicyObject,
  NodeObject,
  PodObject,
  ServiceObject,
  WorkloadObject,
} from '../model.js';
import type { JsonObject } from './json-shape.js';
import { isObject, numberOf, objectOf, objectsOf, portOf, textMapOf, textOf, textsOf } from './json-shape.js';

/** The readable part of Kubernetes' API objects (kubernetes.io/docs/reference/kubernetes-api), field by field. */

/** ConfigMaps that configure the network; others may hold anything and are not kept. */
const NETWORK_CONFIG =
  /^(?:coredns|kube-dns|node-?local-?dns|kube-proxy|ip-masq-agent|azure-ip-masq-agent|kubeadm-config|kubelet-config|antrea|canal|kube-router|weave)|flannel|calico|cilium/;
const MAX_CONFIG_TEXT = 256 * 1024;

export function nodeRecord(object: JsonObject, name: string): NodeObject {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const metadata = objectOf(object.metadata);
  const info = objectOf(status.nodeInfo);
  const ips: string[] = [];
  const externalIps: string[] = [];
  let hostname: string | undefined;
  for (const address of objectsOf(status.addresses)) {
    const value = textOf(address.address);
    if (value === undefined) continue;
    if (address.type === 'InternalIP' && isIP(value) !== 0) ips.push(value);
    else if (address.type === 'ExternalIP' && isIP(value) !== 0) externalIps.push(value);
    else if (address.type === 'Hostname') hostname = value;
  }
  const conditions: NodeObject['conditions'] = {};
  for (const condition of objectsOf(status.conditions)) {
    const type = textOf(condition.type);
    const state = textOf(condition.status);
    if (type === undefined || state === undefined) continue;
    conditions[type] = {
      status: state,
      ...optional('reason', textOf(condition.reason)),
      ...optional('message', textOf(condition.message)),
    };
  }
  const podCIDRs = textsOf(spec.podCIDRs);
  const podCIDR = textOf(spec.podCIDR);
  if (podCIDRs.length === 0 && podCIDR !== undefined) podCIDRs.push(podCIDR);
  return {
    name,
    ips,
    externalIps,
    podCIDRs,
    labels: textMapOf(metadata.labels),
    annotations: textMapOf(metadata.annotations),
    conditions,
    ...optional('hostname', hostname),
    ...optional('kernel', textOf(info.kernelVersion)),
    ...optional('os', textOf(info.osImage)),
    ...optional('kubelet', textOf(info.kubeletVersion)),
    ...optional('runtime', textOf(info.containerRuntimeVersion)),
    ...(typeof spec.unschedulable === 'boolean' ? { unschedulable: spec.unschedulable } : {}),
  };
}

export function podRecord(object: JsonObject, namespace: string, name: string): PodObject {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const metadata = objectOf(object.metadata);
  const ips = objectsOf(status.podIPs).map((one) => textOf(one.ip));
  const all = [textOf(status.podIP), ...ips].filter((ip): ip is string => ip !== undefined && isIP(ip) !== 0);
  const ready = objectsOf(status.conditions).find((condition) => condition.type === 'Ready')?.status;
  const dns = objectOf(spec.dnsConfig);
  const owners = objectsOf(metadata.ownerReferences);
  const owner = owners.find((one) => one.controller === true) ?? owners[0];
  const ownerKind = textOf(owner?.kind);
  const ownerName = textOf(owner?.name);
  return {
    namespace,
    name,
    ips: [...new Set(all)],
    hostNetwork: spec.hostNetwork === true,
    labels: textMapOf(metadata.labels),
    containers: containersOf(spec, status),
    ...optional('node', textOf(spec.nodeName)),
    ...optional('hostIP', textOf(status.hostIP)),
    ...optional('phase', textOf(status.phase)),
    ...(ready === 'True' || ready === 'False' ? { ready: ready === 'True' } : {}),
    ...optional('dnsPolicy', textOf(spec.dnsPolicy)),
    ...optional('bandwidth', bandwidthOf(objectOf(metadata.annotations))),
    ...(spec.dnsConfig === undefined
      ? {}
      : {
          dnsConfig: {
            nameservers: textsOf(dns.nameservers),
            searches: textsOf(dns.searches),
            options: objectsOf(dns.options).flatMap((one) => {
              const option = textOf(one.name);
              const value = textOf(one.value);
              return option === undefined ? [] : [value === undefined ? option : `${option}:${value}`];
            }),
          },
        }),
    ...(ownerKind === undefined || ownerName === undefined ? {} : { owner: `${ownerKind}/${ownerName}` }),
  };
}

function bandwidthOf(annotations: JsonObject): PodObject['bandwidth'] {
  const ingress = textOf(annotations['kubernetes.io/ingress-bandwidth']);
  const egress = textOf(annotations['kubernetes.io/egress-bandwidth']);
  if (ingress === undefined && egress === undefined) return undefined;
  return { ...optional('ingress', ingress), ...optional('egress', egress) };
}

function containersOf(spec: JsonObject, status: JsonObject): Container[] {
  const statuses = new Map(objectsOf(status.containerStatuses).map((one) => [one.name, one]));
  const containers = objectsOf(spec.containers).map((container) =>
    containerOf(container, objectOf(statuses.get(container.name))),
  );
  // An init container is worth a word only while it holds the pod up.
  const initStatuses = new Map(objectsOf(status.initContainerStatuses).map((one) => [one.name, one]));
  for (const container of objectsOf(spec.initContainers)) {
    const read = containerOf(container, objectOf(initStatuses.get(container.name)));
    if (read.reason !== undefined && read.reason !== 'Completed' && read.reason !== 'PodInitializing')
      containers.push(read);
  }
  return containers;
}

function containerOf(container: JsonObject, status: JsonObject): Container {
  const state = objectOf(status.state);
  const reason = textOf(objectOf(state.waiting).reason) ?? textOf(objectOf(state.terminated).reason);
  return {
    name: textOf(container.name) ?? '',
    ports: objectsOf(container.ports).flatMap((one) => {
      const port = portOf(one.containerPort);
      return port === undefined
        ? []
        : [{ port, proto: protocolOf(one.protocol), ...optional('name', textOf(one.name)) }];
    }),
    ...optional('image', textOf(container.image)),
    ...optional('env', trafficVariables(container.env)),
    ...(typeof status.ready === 'boolean' ? { ready: status.ready } : {}),
    ...optional('restarts', numberOf(status.restartCount)),
    ...optional('reason', reason),
  };
}

const TRAFFIC_VARIABLE = /^(?:(?:https?|all|no)_proxy|AWS_VPC_K8S_CNI_(?:EXTERNALSNAT|EXCLUDE_SNAT_CIDRS))$/i;

/** Variables of a container that direct its traffic; others may hold secrets and are not kept. */
function trafficVariables(env: unknown): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const one of objectsOf(env)) {
    const name = textOf(one.name);
    const value = textOf(one.value);
    if (name !== undefined && value !== undefined && TRAFFIC_VARIABLE.test(name)) found[name] = value;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

export function serviceRecord(object: JsonObject, namespace: string, name: string): ServiceObject {
  const spec = objectOf(object.spec);
  const clusterIPs = textsOf(spec.clusterIPs);
  const clusterIP = textOf(spec.clusterIP);
  if (clusterIP !== undefined && !clusterIPs.includes(clusterIP)) clusterIPs.unshift(clusterIP);
  const given = objectsOf(objectOf(objectOf(object.status).loadBalancer).ingress);
  const balancers = given.map((one) => textOf(one.ip));
  const annotations = balancerAnnotations(textMapOf(objectOf(object.metadata).annotations));
  const loadBalancerIPs = [...balancers, ...textsOf(spec.externalIPs)].filter((ip): ip is string => ip !== undefined);
  return {
    namespace,
    name,
    type: textOf(spec.type) ?? 'ClusterIP',
    clusterIPs,
    ports: objectsOf(spec.ports).flatMap((one) => {
      const port = portOf(one.port);
      if (port === undefined) return [];
      const target = portOf(one.targetPort) ?? textOf(one.targetPort);
      return [
        {
          port,
          proto: protocolOf(one.protocol),
          ...optional('name', textOf(one.name)),
          ...optional('targetPort', target),
          ...optional('nodePort', portOf(one.nodePort)),
        },
      ];
    }),
    selector: textMapOf(spec.selector),
    loadBalancerIPs: [...new Set(loadBalancerIPs)],
    sourceRanges: textsOf(spec.loadBalancerSourceRanges),
    ...(spec.type === 'LoadBalancer' && isObject(object.status) ? { addressed: given.length > 0 } : {}),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...optional('healthCheckNodePort', portOf(spec.healthCheckNodePort)),
    ...optional('externalTrafficPolicy', textOf(spec.externalTrafficPolicy)),
    ...optional('internalTrafficPolicy', textOf(spec.internalTrafficPolicy)),
  };
}

/** Annotations by which clouds and bare-metal implementations are told how a load balancer is to be. */
const OF_BALANCERS = /load-?balancer|metallb|kube-vip|ipam\.cilium|(?:^|[./-])[cse]lb(?:[./-]|$)|neg$/i;
const MAX_ANNOTATION = 2048;

export function balancerAnnotations(all: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(all))
    if (OF_BALANCERS.test(key)) kept[key] = value.slice(0, MAX_ANNOTATION);
  return kept;
}

/** An Endpoints object: the subsets as one. */
export function endpointsRecord(object: JsonObject, namespace: string, name: string): EndpointsObject {
  const record: EndpointsObject = { namespace, service: name, addresses: [], ports: [] };
  for (const subset of objectsOf(object.subsets)) {
    for (const address of objectsOf(subset.addresses)) addAddress(record, textOf(address.ip), address, true);
    for (const address of objectsOf(subset.notReadyAddresses)) addAddress(record, textOf(address.ip), address, false);
    addPorts(record, subset.ports);
  }
  return record;
}

/** An EndpointSlice; undefined where no label names its Service. A `ready` that is not told counts as true (API reference). */
export function endpointSliceRecord(object: JsonObject, namespace: string): EndpointsObject | undefined {
  const metadata = objectOf(object.metadata);
  const owner = objectsOf(metadata.ownerReferences).find((one) => one.kind === 'Service');
  const service = textOf(objectOf(metadata.labels)['kubernetes.io/service-name']) ?? textOf(owner?.name);
  if (service === undefined) return undefined;
  const record: EndpointsObject = { namespace, service, addresses: [], ports: [] };
  for (const endpoint of objectsOf(object.endpoints)) {
    const ready = objectOf(endpoint.conditions).ready !== false;
    for (const ip of textsOf(endpoint.addresses)) addAddress(record, ip, endpoint, ready);
  }
  addPorts(record, object.ports);
  return record;
}

function addAddress(record: EndpointsObject, ip: string | undefined, from: JsonObject, ready: boolean): void {
  if (ip === undefined || isIP(ip) === 0) return;
  const target = objectOf(from.targetRef);
  record.addresses.push({
    ip,
    ready,
    ...optional('node', textOf(from.nodeName)),
    ...optional('pod', target.kind === 'Pod' ? textOf(target.name) : undefined),
  });
}

function addPorts(record: EndpointsObject, ports: unknown): void {
  for (const one of objectsOf(ports)) {
    const port = portOf(one.port);
    if (port === undefined) continue;
    const proto = protocolOf(one.protocol);
    const name = textOf(one.name);
    if (record.ports.some((known) => known.port === port && known.proto === proto && known.name === name)) continue;
    record.ports.push({ port, proto, ...optional('name', name) });
  }
}

/** A namespace with its labels, by which policies of other namespaces select. */
export function namespaceRecord(object: JsonObject, name: string): NamespaceObject {
  return { name, labels: textMapOf(objectOf(object.metadata).labels) };
}

/** NetworkPolicies of Kubernetes, and Calico's and Cilium's own, whose selectors a plain label map cannot hold. */
export function policyRecord(object: JsonObject, kind: string, namespace: string, name: string): NetworkPolicyObject {
  const spec = objectOf(object.spec);
  const cilium = /^Cilium/.test(kind);
  const apiVersion = textOf(object.apiVersion);
  const slash = apiVersion?.indexOf('/') ?? -1;
  const group = apiVersion === undefined || slash < 0 ? undefined : apiVersion.slice(0, slash);
  // Old clusters have the same policies in the group that they began in. Items of some dumps lack kind and group.
  const own =
    kind !== 'NetworkPolicy' || (apiVersion !== undefined && group !== 'networking.k8s.io' && group !== 'extensions');
  const selector = objectOf(cilium ? spec.endpointSelector : spec.podSelector);
  const ingress = Array.isArray(spec.ingress) ? spec.ingress.length : 0;
  const egress = Array.isArray(spec.egress) ? spec.egress.length : 0;
  const types = textsOf(spec.policyTypes ?? spec.types);
  if (types.length === 0) {
    // Without policyTypes a policy is about ingress, and about egress where it has such rules.
    if (!cilium || spec.ingress !== undefined || spec.ingressDeny !== undefined) types.push('Ingress');
    if (egress > 0 || (cilium && (spec.egress !== undefined || spec.egressDeny !== undefined))) types.push('Egress');
  }
  return {
    namespace,
    name,
    podSelector: textMapOf(selector.matchLabels),
    complexSelector: objectsOf(selector.matchExpressions).length > 0 || own,
    policyTypes: types,
    ingressRules: ingress,
    egressRules: egress,
    spec: object.spec ?? {},
    ...(own ? { otherApi: group === undefined ? kind : `${kind}.${group}` } : {}),
  };
}

export function workloadRecord(object: JsonObject, kind: string, namespace: string, name: string): WorkloadObject {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const daemon = kind === 'DaemonSet';
  const told = Object.keys(status).length > 0;
  const ready = numberOf(daemon ? status.numberReady : status.readyReplicas) ?? (told ? 0 : undefined);
  const template = objectOf(objectOf(spec.template).spec);
  return {
    kind,
    namespace,
    name,
    images: objectsOf(template.containers).flatMap((one) => textOf(one.image) ?? []),
    ...optional('desired', numberOf(daemon ? status.desiredNumberScheduled : spec.replicas)),
    ...optional('ready', ready),
  };
}

/** Undefined for ConfigMaps that have nothing to do with the network. */
export function configMapRecord(object: JsonObject, namespace: string, name: string): ConfigMapObject | undefined {
  if (!NETWORK_CONFIG.test(name)) return undefined;
  const data = textMapOf(object.data);
  for (const key of Object.keys(data))
    if (data[key]!.length > MAX_CONFIG_TEXT) data[key] = data[key]!.slice(0, MAX_CONFIG_TEXT);
  return { namespace, name, data };
}

/** An Event of v1 or of events.k8s.io, with its last time as the API writes it. */
export function eventRecord(object: JsonObject): { event: EventObject; time: string | undefined } {
  const about = objectOf(object.involvedObject ?? object.regarding);
  const kind = textOf(about.kind);
  const name = textOf(about.name);
  const namespace = textOf(about.namespace);
  const series = objectOf(object.series);
  const source = objectOf(object.source ?? object.deprecatedSource);
  // Events about a node are sometimes written by a controller: then the node is what they are about.
  const node = textOf(source.host) ?? (kind === 'Node' ? name : undefined) ?? nodeOf(object);
  const event: EventObject = {
    message: textOf(object.message) ?? textOf(object.note) ?? '',
    ...optional('type', textOf(object.type)),
    ...optional('reason', textOf(object.reason)),
    ...(kind === undefined || name === undefined
      ? {}
      : { about: namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}` }),
    ...optional('node', node),
    ...optional('count', numberOf(object.count) ?? numberOf(series.count) ?? numberOf(object.deprecatedCount)),
  };
  const time =
    textOf(object.lastTimestamp) ??
    textOf(series.lastObservedTime) ??
    textOf(object.eventTime) ??
    textOf(object.deprecatedLastTimestamp) ??
    textOf(object.firstTimestamp);
  return { event, time };
}

/** kubelet reports as `kubelet` with its node as the instance. */
function nodeOf(object: JsonObject): string | undefined {
  const controller = textOf(object.reportingComponent) ?? textOf(object.reportingController);
  return controller === 'kubelet' ? textOf(object.reportingInstance) : undefined;
}

function protocolOf(value: unknown): string {
  return textOf(value)?.toUpperCase() ?? 'TCP';
}

/** A field where there is a value: with exactOptionalPropertyTypes an absent one must not be written. */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
