import { objectOf, textOf } from './hook.js';

/** Alerts of Prometheus as facts, where their labels allow it, in the form of `facts.json`. */

/** Alerts of one webhook that are read; Alertmanager has no limit of its own. */
const MAX_ALERTS = 1000;
const MAX_COMPLAINT = 2000;

interface Alert {
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  startsAt?: string;
}

interface Fact {
  subject: string;
  name: string;
  value: string | number | boolean;
}

export interface AlertFacts {
  version: 1;
  complaint: string;
  incident?: { from: string };
  reachability: Record<string, unknown>[];
  facts: Fact[];
}

/** The facts of all alerts that fire; undefined where none does, or where it is no webhook of Alertmanager. */
export function alertFacts(webhook: Readonly<Record<string, unknown>>): AlertFacts | undefined {
  if (!Array.isArray(webhook.alerts)) return undefined;
  const alerts = webhook.alerts
    .slice(0, MAX_ALERTS)
    .map(firing)
    .filter((alert) => alert !== undefined);
  if (alerts.length === 0) return undefined;
  const starts = alerts.flatMap(({ startsAt }) => startsAt ?? []).sort();
  const complaint = [...new Set(alerts.map(complaintOf))].join('\n').slice(0, MAX_COMPLAINT);
  return {
    version: 1,
    complaint,
    ...(starts[0] === undefined ? {} : { incident: { from: starts[0] } }),
    reachability: alerts.map(flowOf).filter((flow) => flow !== undefined),
    facts: alerts.map(factOf).filter((fact) => fact !== undefined),
  };
}

function firing(value: unknown): Alert | undefined {
  const alert = objectOf(value);
  if (alert === undefined || alert.status !== 'firing') return undefined;
  const labels = textsOf(alert.labels);
  const startsAt = textOf(alert.startsAt);
  const known = startsAt !== undefined && Number.isFinite(Date.parse(startsAt)) ? { startsAt } : {};
  return { name: labels.alertname ?? '', labels, annotations: textsOf(alert.annotations), ...known };
}

function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(objectOf(value) ?? {})) if (typeof text === 'string') texts[key] = text;
  return texts;
}

function complaintOf({ name, annotations }: Alert): string {
  const about = annotations.summary ?? annotations.description ?? annotations.message ?? '';
  return about === '' ? name : `${name}: ${about}`;
}

const ENDPOINT_KINDS = new Set(['pod', 'node', 'clusterip', 'nodeport', 'loadbalancer', 'external', 'dns']);
const ENDPOINT_KEYS = ['name', 'namespace', 'pod', 'node', 'ip'] as const;

/** A flow, of an alert that says from where to where: labels `from_kind`, `from_node`, `to_kind`, `to_ip`, `proto` and so on. */
function flowOf({ labels, startsAt }: Alert): Record<string, unknown> | undefined {
  const from = endpointOf(labels, 'from');
  const to = endpointOf(labels, 'to');
  if (from === undefined || to === undefined) return undefined;
  return {
    from,
    to,
    proto: /^(?:icmp|tcp|udp|dns|http)$/.test(labels.proto ?? '') ? labels.proto : 'tcp',
    ok: false,
    ...(labels.error === undefined ? {} : { error: labels.error }),
    ...(startsAt === undefined ? {} : { at: startsAt }),
  };
}

function endpointOf(
  labels: Readonly<Record<string, string>>,
  side: 'from' | 'to',
): Record<string, unknown> | undefined {
  const kind = labels[`${side}_kind`];
  if (kind === undefined || !ENDPOINT_KINDS.has(kind)) return undefined;
  const endpoint: Record<string, unknown> = { kind };
  for (const key of ENDPOINT_KEYS) {
    const value = labels[`${side}_${key}`];
    if (value !== undefined && value !== '') endpoint[key] = value;
  }
  const port = labels[`${side}_port`];
  if (port !== undefined && /^\d{1,5}$/.test(port)) endpoint.port = Number(port);
  return endpoint;
}

/** What well-known alerts (kubernetes-mixin, node-exporter's) say of a node or a pod. */
const KNOWN: Readonly<Record<string, (alert: Alert) => Fact | undefined>> = {
  KubeNodeNotReady: (alert) => ofNode(alert, 'node.ready', false),
  KubeNodeUnreachable: (alert) => ofNode(alert, 'node.ready', false),
  KubePodNotReady: (alert) => ofPod(alert, 'pod.ready', false),
  KubePodCrashLooping: (alert) => ofPod(alert, 'pod.waiting-reason', 'CrashLoopBackOff'),
  KubeContainerWaiting: (alert) =>
    alert.labels.reason === undefined ? undefined : ofPod(alert, 'pod.waiting-reason', alert.labels.reason),
  NodeHighNumberConntrackEntriesUsed: (alert) => ofNode(alert, 'conntrack.fill', percentIn(alert)),
  NodeNetworkReceiveErrs: (alert) => ofNode(alert, 'nic.drops', countIn(alert)),
  NodeNetworkTransmitErrs: (alert) => ofNode(alert, 'nic.drops', countIn(alert)),
};

function factOf(alert: Alert): Fact | undefined {
  return Object.hasOwn(KNOWN, alert.name) ? KNOWN[alert.name]!(alert) : undefined;
}

function ofNode({ labels }: Alert, name: string, value: Fact['value'] | undefined): Fact | undefined {
  // `instance` is where an exporter listens: without its port the node's name, or its address.
  const node = labels.node ?? labels.kubernetes_node ?? labels.instance?.replace(/:\d+$/, '');
  return value === undefined || !isName(node) ? undefined : { subject: `node/${node}`, name, value };
}

function ofPod({ labels }: Alert, name: string, value: Fact['value']): Fact | undefined {
  const { namespace, pod } = labels;
  return isName(namespace) && isName(pod) ? { subject: `pod/${namespace}/${pod}`, name, value } : undefined;
}

function isName(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9][\w.-]{0,252}$/.test(text);
}

function textsIn({ annotations }: Alert): string {
  return `${annotations.description ?? ''} ${annotations.message ?? ''} ${annotations.summary ?? ''}`;
}

/** `91.2%` in an alert's words. */
function percentIn(alert: Alert): number | undefined {
  const found = /(\d{1,3}(?:\.\d+)?)\s?%/.exec(textsIn(alert));
  return found === null ? undefined : Number(found[1]);
}

/** `has encountered 26 receive errors`. */
function countIn(alert: Alert): number | undefined {
  const found = /encountered (\d{1,12})\b/.exec(textsIn(alert));
  return found === null ? undefined : Number(found[1]);
}
