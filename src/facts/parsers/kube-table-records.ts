import { isIP } from 'node:net';
import type {
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
import type { KubeRow } from './kube-columns.js';

/**
 * Rows of kubectl's tables as objects. A table shows little of an object: what it leaves out is empty here, and `partial`
 * says that empty then means not known.
 */

/** `<none>`, `<unknown>`, `<pending>`, `<nil>`, `<unset>`: there is no value. */
function told(text: string | undefined): string | undefined {
  return text === undefined || text === '' || /^<[a-z]+>$/.test(text) ? undefined : text;
}

function addressesIn(text: string | undefined): string[] {
  return (told(text) ?? '').split(',').filter((one) => isIP(one) !== 0);
}

/** `app=web,tier=front`; undefined where it has operators (`app in (a,b)`). */
function labelsIn(text: string | undefined): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  const value = told(text);
  if (value === undefined) return labels;
  if (/[()!]/.test(value)) return undefined;
  for (const pair of value.split(',')) {
    const equals = pair.indexOf('=');
    if (equals <= 0 || pair.startsWith('__proto__')) return undefined;
    labels[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return labels;
}

export function nodeOfRow(row: KubeRow, name: string): NodeObject {
  const node: NodeObject = {
    name,
    ips: addressesIn(row.cell('INTERNAL-IP')),
    externalIps: addressesIn(row.cell('EXTERNAL-IP')),
    podCIDRs: [],
    labels: {},
    annotations: {},
    conditions: {},
    partial: true,
  };
  const status = (row.cell('STATUS') ?? '').split(',');
  if (status.includes('Ready')) node.conditions.Ready = { status: 'True' };
  else if (status.includes('NotReady')) node.conditions.Ready = { status: 'False' };
  else if (status.includes('Unknown')) node.conditions.Ready = { status: 'Unknown' };
  if (status.includes('SchedulingDisabled')) node.unschedulable = true;
  const kubelet = told(row.cell('VERSION'));
  const os = told(row.cell('OS-IMAGE'));
  const kernel = told(row.cell('KERNEL-VERSION'));
  const runtime = told(row.cell('CONTAINER-RUNTIME'));
  if (kubelet !== undefined) node.kubelet = kubelet;
  if (os !== undefined) node.os = os;
  if (kernel !== undefined) node.kernel = kernel;
  if (runtime !== undefined) node.runtime = runtime;
  return node;
}

/** STATUS shows a phase, or in its place why a container waits or ended (kubectl, printPod). */
const PHASES: Readonly<Record<string, string>> = {
  Running: 'Running',
  Pending: 'Pending',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Unknown: 'Unknown',
  Completed: 'Succeeded',
  Evicted: 'Failed',
};

/** Undefined where READY is none of `1/2`. */
export function podOfRow(row: KubeRow, namespace: string, name: string): PodObject | undefined {
  const counts = /^(\d{1,4})\/(\d{1,4})$/.exec(row.cell('READY') ?? '');
  if (counts === null) return undefined;
  const status = row.cell('STATUS') ?? '';
  const ready = Number(counts[1]);
  const all = Number(counts[2]);
  const restarts = /^(\d{1,7})/.exec(row.cell('RESTARTS') ?? '');
  const phase = Object.hasOwn(PHASES, status) ? PHASES[status] : undefined;
  const containers: Container[] = [];
  for (let i = 0; i < Math.min(all, 50); i += 1) {
    const container: Container = { name: '', ports: [], ready: i < ready };
    // The row has one count for all: it is told of the container that is not ready, where there is one.
    if (restarts !== null && i === Math.min(ready, all - 1)) container.restarts = Number(restarts[1]);
    if (phase === undefined && i === Math.min(ready, all - 1)) container.reason = status.replace(/^Init:/, '');
    containers.push(container);
  }
  const pod: PodObject = {
    namespace,
    name,
    ips: addressesIn(row.cell('IP')),
    hostNetwork: false,
    labels: {},
    containers,
    partial: true,
  };
  if (phase !== 'Succeeded') pod.ready = ready === all && phase === 'Running';
  if (phase !== undefined) pod.phase = phase;
  const node = told(row.cell('NODE'));
  if (node !== undefined) pod.node = node;
  return pod;
}

/** Undefined where CLUSTER-IP or PORT(S) is not what it should be. */
export function serviceOfRow(row: KubeRow, namespace: string, name: string): ServiceObject | undefined {
  const clusterIp = row.cell('CLUSTER-IP');
  const type = told(row.cell('TYPE'));
  if (clusterIp === undefined || type === undefined) return undefined;
  if (isIP(clusterIp) === 0 && told(clusterIp) !== undefined && clusterIp !== 'None') return undefined;
  const ports: ServiceObject['ports'] = [];
  for (const text of (told(row.cell('PORT(S)')) ?? '').split(',')) {
    const port = /^(\d{1,5})(?::(\d{1,5}))?\/(TCP|UDP|SCTP)$/.exec(text);
    if (port === null) continue;
    ports.push({
      port: Number(port[1]),
      proto: port[3]!,
      ...(port[2] === undefined ? {} : { nodePort: Number(port[2]) }),
    });
  }
  return {
    namespace,
    name,
    type,
    clusterIPs: told(clusterIp) === undefined ? [] : [clusterIp],
    ports,
    selector: labelsIn(row.cell('SELECTOR')) ?? {},
    loadBalancerIPs: addressesIn(row.cell('EXTERNAL-IP')),
    sourceRanges: [],
    ...(type === 'LoadBalancer' && row.cell('EXTERNAL-IP') !== undefined
      ? { addressed: !/^<(?:pending|none)>$/.test(row.cell('EXTERNAL-IP')!) }
      : {}),
    partial: true,
  };
}

/** `10.244.1.2:8080,10.244.2.3:8080 + 3 more...`: ready ones alone, and not all of them. */
export function endpointsOfRow(row: KubeRow, namespace: string, service: string): EndpointsObject | undefined {
  const text = row.cell('ENDPOINTS');
  if (text === undefined) return undefined;
  const endpoints: EndpointsObject = { namespace, service, addresses: [], ports: [], partial: true };
  for (const one of (told(text) ?? '').replace(/ \+ \d{1,6} more\.\.\.$/, '').split(',')) {
    const end = /^\[?([\da-fA-F.:]{2,45}?)\]?(?::(\d{1,5}))?$/.exec(one);
    if (end === null || isIP(end[1]!) === 0) continue;
    if (!endpoints.addresses.some(({ ip }) => ip === end[1])) endpoints.addresses.push({ ip: end[1]!, ready: true });
    const port = end[2] === undefined ? undefined : Number(end[2]);
    if (port !== undefined && !endpoints.ports.some((known) => known.port === port))
      endpoints.ports.push({ port, proto: 'TCP' });
  }
  return endpoints;
}

/** What the policy allows stands in no table: no direction is told of. */
export function policyOfRow(row: KubeRow, namespace: string, name: string): NetworkPolicyObject | undefined {
  const selector = row.cell('POD-SELECTOR');
  if (selector === undefined) return undefined;
  const labels = labelsIn(selector);
  return {
    namespace,
    name,
    podSelector: labels ?? {},
    complexSelector: labels === undefined,
    policyTypes: [],
    ingressRules: 0,
    egressRules: 0,
    spec: {},
    partial: true,
  };
}

/** Labels are shown with `--show-labels` alone. */
export function namespaceOfRow(row: KubeRow, name: string): NamespaceObject | undefined {
  if (!/^(?:Active|Terminating)$/.test(row.cell('STATUS') ?? '')) return undefined;
  const shown = row.cell('LABELS');
  const labels = shown === undefined ? undefined : labelsIn(shown);
  return labels === undefined ? { name, labels: {}, partial: true } : { name, labels };
}

export function workloadOfRow(row: KubeRow, namespace: string, name: string): WorkloadObject | undefined {
  const counts = /^(\d{1,6})\/(\d{1,6})$/.exec(row.cell('READY') ?? '');
  const desired = counts?.[2] ?? row.cell('DESIRED');
  const ready = counts?.[1] ?? row.cell('READY');
  if (desired === undefined || ready === undefined || !/^\d{1,6}$/.test(desired) || !/^\d{1,6}$/.test(ready))
    return undefined;
  return { kind: 'DaemonSet', namespace, name, desired: Number(desired), ready: Number(ready), images: [] };
}

/** `LAST SEEN   TYPE   REASON   OBJECT   MESSAGE`; with `-o wide` also SOURCE, `kubelet, node1`. */
export function eventOfRow(row: KubeRow, namespace: string): EventObject | undefined {
  const message = row.cell('MESSAGE');
  const object = row.cell('OBJECT');
  if (message === undefined || object === undefined) return undefined;
  const event: EventObject = { message };
  const type = told(row.cell('TYPE'));
  const reason = told(row.cell('REASON'));
  if (type !== undefined) event.type = type;
  if (reason !== undefined) event.reason = reason;
  const about = /^([A-Za-z]{2,40})\/(\S{1,253})$/.exec(object);
  if (about !== null) {
    const kind = about[1]!.charAt(0).toUpperCase() + about[1]!.slice(1);
    event.about = kind === 'Node' ? `Node/${about[2]}` : `${kind}/${namespace}/${about[2]}`;
  }
  const source = /^kubelet, (\S{1,253})$/.exec(row.cell('SOURCE') ?? '')?.[1];
  const node = source ?? (about?.[1]?.toLowerCase() === 'node' ? about[2] : undefined);
  if (node !== undefined) event.node = node;
  const count = /^\d{1,9}$/.exec(row.cell('COUNT') ?? '');
  if (count !== null) event.count = Number(count[0]);
  return event;
}
