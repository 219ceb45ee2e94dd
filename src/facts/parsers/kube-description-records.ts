import { isIP } from 'node:net';
import type { Container, EndpointsObject, NodeObject, PodObject, ServiceObject } from '../model.js';
import type { DescribedField, Description } from './kube-description.js';
import { fieldOf, pairsOf, textOf, toldOf } from './kube-description.js';
import { balancerAnnotations } from './kube-records.js';

/** What `kubectl describe` prints as the records of the objects (kubectl, pkg/describe/describe.go). */

/** The `Key:   value` lines below a field, whatever their depth. */
function entriesOf(field: DescribedField | undefined): { key: string; value: string; depth: number }[] {
  const entries: { key: string; value: string; depth: number }[] = [];
  for (const { text } of field?.below ?? []) {
    const match = /^(\s+)([\w.-][\w. /-]{0,80}?):(?:\s+(\S.*))?$/.exec(text);
    if (match !== null) entries.push({ key: match[2]!, value: match[3] ?? '', depth: match[1]!.length });
  }
  return entries;
}

/** `  Ready   True   Sun, … +0800   Sun, … +0800   KubeletReady   kubelet is posting ready status`; a pod's has two columns. */
function conditionsOf(field: DescribedField | undefined): NodeObject['conditions'] {
  const conditions: NodeObject['conditions'] = {};
  for (const { text } of field?.below ?? []) {
    const cells = text.trim().split(/ {2,}|\t+/);
    const [type, status] = cells[0]!.includes(' ') ? cells[0]!.split(/\s+/) : cells;
    if (type === undefined || status === undefined || !/^(?:True|False|Unknown)$/.test(status)) continue;
    const reason = cells[4];
    const message = cells[5];
    conditions[type] = {
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    };
  }
  return conditions;
}

export function describedNode(description: Description, name: string): NodeObject {
  const node: NodeObject = {
    name,
    ips: [],
    externalIps: [],
    podCIDRs: (textOf(description, 'PodCIDRs') ?? textOf(description, 'PodCIDR') ?? '')
      .split(',')
      .filter((cidr) => /^[\da-fA-F.:]+\/\d{1,3}$/.test(cidr)),
    labels: pairsOf(fieldOf(description, 'Labels'), '='),
    annotations: pairsOf(fieldOf(description, 'Annotations'), ': '),
    conditions: conditionsOf(fieldOf(description, 'Conditions')),
  };
  for (const { key, value } of entriesOf(fieldOf(description, 'Addresses'))) {
    if (key === 'InternalIP' && isIP(value) !== 0) node.ips.push(value);
    else if (key === 'ExternalIP' && isIP(value) !== 0) node.externalIps.push(value);
    else if (key === 'Hostname') node.hostname = value;
  }
  for (const { key, value } of entriesOf(fieldOf(description, 'System Info'))) {
    if (key === 'Kernel Version') node.kernel = value;
    else if (key === 'OS Image') node.os = value;
    else if (key === 'Container Runtime Version') node.runtime = value;
    else if (key === 'Kubelet Version') node.kubelet = value;
  }
  if (textOf(description, 'Unschedulable') === 'true') node.unschedulable = true;
  return node;
}

/** The containers: a name at the first depth, its fields below. */
function containersOf(field: DescribedField | undefined): Container[] {
  const containers: Container[] = [];
  const entries = entriesOf(field);
  const first = entries[0]?.depth;
  let current: Container | undefined;
  /** `Reason:` belongs to `State:` until `Last State:` comes. */
  let inState = false;
  for (const { key, value, depth } of entries) {
    if (depth === first) {
      current = { name: key, ports: [] };
      containers.push(current);
      continue;
    }
    if (current === undefined) continue;
    if (key === 'Image') current.image = value;
    else if (key === 'State') inState = true;
    else if (key === 'Last State') inState = false;
    else if (key === 'Reason' && inState) current.reason = value;
    else if (key === 'Ready') current.ready = value === 'True';
    else if (key === 'Restart Count' && /^\d{1,7}$/.test(value)) current.restarts = Number(value);
    else if (key === 'Port' || key === 'Ports') {
      for (const port of value.split(', ')) {
        const match = /^(\d{1,5})\/(TCP|UDP|SCTP)$/.exec(port);
        if (match !== null && match[1] !== '0') current.ports.push({ port: Number(match[1]), proto: match[2]! });
      }
    }
  }
  return containers;
}

/**
 * A description does not say that a pod is in its node's network, but names the node's address beside it. It shows ports
 * without their names.
 */
export function describedPod(description: Description, namespace: string, name: string): PodObject {
  const [node, hostIP] = (textOf(description, 'Node') ?? '').split('/');
  const ips = [textOf(description, 'IP') ?? ''];
  for (const { key, value } of entriesOf(fieldOf(description, 'IPs'))) if (key === 'IP') ips.push(value);
  const known = [...new Set(ips)].filter((ip) => isIP(ip) !== 0);
  const pod: PodObject = {
    namespace,
    name,
    ips: known,
    hostNetwork: hostIP !== undefined && known.includes(hostIP),
    labels: pairsOf(fieldOf(description, 'Labels'), '='),
    containers: containersOf(fieldOf(description, 'Containers')),
    portNamesUnknown: true,
  };
  const ready = conditionsOf(fieldOf(description, 'Conditions')).Ready?.status;
  if (ready === 'True' || ready === 'False') pod.ready = ready === 'True';
  if (node !== undefined && toldOf(node) !== undefined) pod.node = node;
  if (hostIP !== undefined && isIP(hostIP) !== 0) pod.hostIP = hostIP;
  const phase = /^(\w{3,20})/.exec(textOf(description, 'Status') ?? '')?.[1];
  if (phase !== undefined && /^(?:Running|Pending|Succeeded|Failed|Unknown)$/.test(phase)) pod.phase = phase;
  const owner = textOf(description, 'Controlled By');
  if (owner !== undefined) pod.owner = owner;
  return pod;
}

export function describedService(description: Description, namespace: string, name: string): ServiceObject {
  const addresses = [textOf(description, 'IP') ?? '', ...(textOf(description, 'IPs') ?? '').split(',')];
  const service: ServiceObject = {
    namespace,
    name,
    type: textOf(description, 'Type') ?? 'ClusterIP',
    clusterIPs: [...new Set(addresses.map((one) => one.trim()))].filter((ip) => isIP(ip) !== 0 || ip === 'None'),
    ports: [],
    selector: pairsOf(fieldOf(description, 'Selector'), '='),
    loadBalancerIPs: (textOf(description, 'LoadBalancer Ingress') ?? '')
      .split(', ')
      .map((one) => one.replace(/ \(.*\)$/, ''))
      .filter((ip) => isIP(ip) !== 0),
    sourceRanges: (textOf(description, 'LoadBalancer Source Ranges') ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  };
  if (service.type === 'LoadBalancer') service.addressed = fieldOf(description, 'LoadBalancer Ingress') !== undefined;
  const health = /^\d{1,5}$/.exec(textOf(description, 'HealthCheck NodePort') ?? '');
  if (health !== null) service.healthCheckNodePort = Number(health[0]);
  const annotations = balancerAnnotations(pairsOf(fieldOf(description, 'Annotations'), ': '));
  if (Object.keys(annotations).length > 0) service.annotations = annotations;
  // Port, TargetPort, NodePort and Endpoints come once for each port, in this order.
  for (const { key, value } of description.fields) {
    const last = service.ports[service.ports.length - 1];
    if (key === 'Port') {
      const match = /^(\S+)\s+(\d{1,5})\/(TCP|UDP|SCTP)$/.exec(value);
      if (match === null) continue;
      const port: ServiceObject['ports'][number] = { port: Number(match[2]), proto: match[3]! };
      if (toldOf(match[1]!) !== undefined) port.name = match[1]!;
      service.ports.push(port);
    } else if (last !== undefined && key === 'TargetPort') {
      const target = value.split('/')[0]!;
      last.targetPort = /^\d{1,5}$/.test(target) ? Number(target) : target;
    } else if (last !== undefined && key === 'NodePort') {
      const node = /(\d{1,5})\/(?:TCP|UDP|SCTP)$/.exec(value);
      if (node !== null) last.nodePort = Number(node[1]);
    }
  }
  const external = textOf(description, 'External Traffic Policy');
  const internal = textOf(description, 'Internal Traffic Policy');
  if (external !== undefined) service.externalTrafficPolicy = external;
  if (internal !== undefined) service.internalTrafficPolicy = internal;
  return service;
}

/** The ready endpoints that a Service's description lists; `+ 3 more...` cuts them short. */
export function endpointsOfService(
  description: Description,
  namespace: string,
  service: string,
): EndpointsObject | undefined {
  const fields = description.fields.filter(({ key }) => key === 'Endpoints');
  if (fields.length === 0) return undefined;
  const endpoints: EndpointsObject = { namespace, service, addresses: [], ports: [], partial: true };
  for (const { value } of fields) {
    for (const one of value.replace(/ \+ \d{1,6} more\.\.\.$/, '').split(',')) {
      const end = /^\[?([\da-fA-F.:]{2,45}?)\]?:(\d{1,5})$/.exec(one.trim());
      if (end === null || isIP(end[1]!) === 0) continue;
      if (!endpoints.addresses.some(({ ip }) => ip === end[1])) endpoints.addresses.push({ ip: end[1]!, ready: true });
      const port = Number(end[2]);
      if (!endpoints.ports.some((known) => known.port === port)) endpoints.ports.push({ port, proto: 'TCP' });
    }
  }
  return endpoints;
}

/** An Endpoints object: its Subsets, with ready and not ready addresses. */
export function describedEndpoints(description: Description, namespace: string, service: string): EndpointsObject {
  const endpoints: EndpointsObject = { namespace, service, addresses: [], ports: [] };
  const subsets = fieldOf(description, 'Subsets');
  for (const { key, value } of entriesOf(subsets)) {
    if (key !== 'Addresses' && key !== 'NotReadyAddresses') continue;
    for (const ip of value.split(',')) if (isIP(ip) !== 0) endpoints.addresses.push({ ip, ready: key === 'Addresses' });
  }
  for (const { text } of subsets?.below ?? []) {
    const port = /^\s+(\S{1,63})\s+(\d{1,5})\s+(TCP|UDP|SCTP)$/.exec(text);
    if (port === null) continue;
    const name = toldOf(port[1]!);
    endpoints.ports.push({ port: Number(port[2]), proto: port[3]!, ...(name === undefined ? {} : { name }) });
  }
  return endpoints;
}
