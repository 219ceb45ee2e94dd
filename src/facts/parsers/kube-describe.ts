import type { EndpointHint, EventObject, Subject } from '../model.js';
import { CLUSTER, nodeSubject, podSubject, serviceSubject } from '../model.js';
import type { Description } from './kube-description.js';
import { fieldOf, readDescriptions, textOf } from './kube-description.js';
import * as records from './kube-description-records.js';
import type { PatternSet } from './log-scan.js';
import { LogScan, patternsFor } from './log-scan.js';
import type { Command, FactSink, Parser } from './parser.js';

type Kind = 'Node' | 'Pod' | 'Service' | 'Endpoints';

/** What is described, by the fields that no other kind has: the command may name several kinds, or an object alone. */
function kindOf(description: Description): Kind | undefined {
  const has = (...keys: string[]): boolean => keys.every((key) => fieldOf(description, key) !== undefined);
  if (has('System Info', 'Addresses')) return 'Node';
  if (has('Containers', 'Node', 'Status')) return 'Pod';
  if (has('Type', 'Selector', 'Session Affinity')) return 'Service';
  return has('Subsets') ? 'Endpoints' : undefined;
}

/** `  Warning  Unhealthy  5m (x7 over 10m)  kubelet  Readiness probe failed: …`; old ones have `kubelet, node1`. */
const EVENT =
  /^\s+(Normal|Warning)\s+(\S{1,100})\s+(\S+(?: \(x(\d{1,7}) over \S+\))?)\s{2,}(\S{1,100}(?:, \S{1,253})?)\s{2,}(\S.*)$/;

/**
 * `kubectl describe` of nodes, pods, services and endpoints: the records of the objects, and their events, which are
 * searched like a log. Other kinds are passed over.
 */
export const kubeDescribe: Parser = {
  id: 'kube-describe',
  provides: [],
  reads: ({ program, args }: Command) => /^(?:kubectl|oc)$/.test(program) && args.includes('describe'),
  recognises: (head) =>
    /^Name: {2,}\S/.test(head[0] ?? '') &&
    head.some((line) => /^(?:Labels|Namespace|Roles|Priority): {2,}\S/.test(line)),
  parse(input, sink) {
    const scan = new LogScan(sink);
    const patterns = patternsFor(input.logPatterns, ['events']);
    for (const description of readDescriptions(input.lines)) {
      const name = textOf(description, 'Name');
      const kind = kindOf(description);
      if (name === undefined) continue;
      if (kind === undefined) {
        readOther(description, { scan, patterns, sink });
        continue;
      }
      const namespace = textOf(description, 'Namespace') ?? 'default';
      recordObject(description, kind, namespace, name, sink);
      const about = kind === 'Node' ? `Node/${name}` : `${kind}/${namespace}/${name}`;
      const node = kind === 'Node' ? name : (textOf(description, 'Node') ?? '').split('/')[0];
      readEvents(description, about, kind === 'Node' || kind === 'Pod' ? node : undefined, { scan, patterns, sink });
    }
    scan.finish();
  },
};

function recordObject(description: Description, kind: Kind, namespace: string, name: string, sink: FactSink): void {
  const { line } = description;
  const on = (subject: Subject): { subject: Subject } => ({ subject });
  switch (kind) {
    case 'Node':
      sink.record('node-object', records.describedNode(description, name), line, on(nodeSubject(name)));
      break;
    case 'Pod':
      sink.record(
        'pod-object',
        records.describedPod(description, namespace, name),
        line,
        on(podSubject(namespace, name)),
      );
      break;
    case 'Service': {
      const subject = on(serviceSubject(namespace, name));
      sink.record('service-object', records.describedService(description, namespace, name), line, subject);
      const endpoints = records.endpointsOfService(description, namespace, name);
      if (endpoints !== undefined) sink.record('endpoints-object', endpoints, line, subject);
      break;
    }
    case 'Endpoints':
      sink.record(
        'endpoints-object',
        records.describedEndpoints(description, namespace, name),
        line,
        on(serviceSubject(namespace, name)),
      );
      break;
  }
}

/** Ingresses, Gateways and the rest: what their rules, conditions and events say is searched like a log. */
function readOther(
  description: Description,
  { scan, patterns, sink }: { scan: LogScan; patterns: PatternSet; sink: FactSink },
): void {
  const name = textOf(description, 'Name');
  const namespace = textOf(description, 'Namespace') ?? 'default';
  for (const { key, value, line, below } of description.fields) {
    if (key === 'Events' || key === 'Annotations') continue;
    const context = { patterns, subject: CLUSTER, component: 'events' };
    scan.read(`${key}: ${value}`, { ...context, line });
    for (const one of below) scan.read(one.text, { ...context, line: one.line });
  }
  const kind = textOf(description, 'Kind') ?? 'Object';
  readEvents(description, `${kind}/${namespace}/${name}`, undefined, { scan, patterns, sink });
}

function readEvents(
  description: Description,
  about: string,
  node: string | undefined,
  { scan, patterns, sink }: { scan: LogScan; patterns: PatternSet; sink: FactSink },
): void {
  for (const { text, line } of fieldOf(description, 'Events')?.below ?? []) {
    const match = EVENT.exec(text);
    if (match === null) continue;
    const [component, host] = match[5]!.split(', ');
    const from = host ?? (component === 'kubelet' ? node : undefined);
    const event: EventObject = { type: match[1]!, reason: match[2]!, message: match[6]!, about };
    if (from !== undefined && from !== '') event.node = from;
    if (match[4] !== undefined) event.count = Number(match[4]);
    sink.record('event', event, line, { subject: CLUSTER });
    const kubelet: EndpointHint = event.node === undefined ? { kind: 'node' } : { kind: 'node', node: event.node };
    scan.read(event.message, {
      line,
      patterns,
      subject: CLUSTER,
      component: 'events',
      kubelet,
      ...(component === 'kubelet' ? { from: kubelet } : {}),
    });
  }
}
