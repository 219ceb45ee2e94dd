import type { EndpointHint } from '../model.js';
import { CLUSTER, kindOf, partsOf } from '../model.js';
import { CorednsQueries } from './coredns-query.js';
import type { LogOrigin } from './log-line.js';
import { LogLine } from './log-line.js';
import { LogScan, patternsFor } from './log-scan.js';
import type { Command, Parser, ParserInput } from './parser.js';

/** Components that run in the node's own network: what they cannot reach, the node cannot. */
const HOST_NETWORK =
  /^(?:kubelet|kube-proxy|kube-apiserver|kube-controller-manager|kube-scheduler|etcd|calico-node|(?:kube-)?flannel|cilium(?!-test)|antrea-agent|weave|kube-router|aws-node|containerd|dockerd|cri-?o|k3s|rke2|node-local-dns)/;

/** Logs of containers and daemons: `logs/COMPONENT/…`, `kubectl logs`, `crictl logs`, `docker logs`. */
export const componentLog: Parser = {
  id: 'component-log',
  provides: [],
  reads: ({ program, args }: Command) =>
    program === 'component-log' ||
    (/^(?:kubectl|oc|crictl|docker|podman)$/.test(program) && args.some((arg) => arg === 'logs')),
  parse(input, sink) {
    const component = componentOf(input);
    const scan = new LogScan(sink);
    const queries = new CorednsQueries();
    const patterns = patternsFor(input.logPatterns, [component]);
    const from = processOf(input, component);
    const kubelet: EndpointHint | undefined = kindOf(input.subject) === 'node' ? undefined : { kind: 'node' };
    const origin: LogOrigin = { patterns, subject: input.subject, component, from, kubelet, takenAt: input.at };
    for (let i = 0; i < input.lines.length; i += 1) {
      const raw = input.lines[i]!;
      if (raw === '') continue;
      const { text, time } = unwrapped(raw);
      const context = new LogLine(i + 1, time ?? text, origin);
      if (!queries.read(text, context)) scan.read(text, context);
    }
    queries.finish(scan, sink);
    scan.finish();
  },
};

/** The folder's name, else the first word after `logs` that is no option. */
function componentOf(input: ParserInput): string {
  if (input.component !== undefined) return input.component;
  const { args } = input.command;
  for (let i = args.indexOf('logs') + 1; i > 0 && i < args.length; i += 1) {
    if (args[i] === '-n' || args[i] === '-c' || args[i] === '--namespace') i += 1;
    else if (!args[i]!.startsWith('-')) return args[i]!.replace(/^.*\//, '');
  }
  return '';
}

/**
 * Whose connections the log tells of, where the subject does not say: on a node's name, a component that has a pod address
 * is not the node; on the cluster's, only the kind is known.
 */
function processOf(input: ParserInput, component: string): EndpointHint | undefined {
  const onNode = HOST_NETWORK.test(component);
  if (kindOf(input.subject) === 'node') return onNode ? undefined : { kind: 'pod', node: partsOf(input.subject)[0]! };
  return input.subject === CLUSTER ? { kind: onNode ? 'node' : 'pod' } : undefined;
}

/** Docker's json-file lines, `{"log":"…","stream":"stderr","time":"…"}`, by their text and time. */
function unwrapped(line: string): { text: string; time?: string } {
  if (!line.startsWith('{"log":"') || line.length > 65_536) return { text: line };
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return { text: line };
    const { log, time } = value as { log?: unknown; time?: unknown };
    if (typeof log !== 'string') return { text: line };
    return typeof time === 'string' ? { text: log, time } : { text: log };
  } catch {
    return { text: line };
  }
}
