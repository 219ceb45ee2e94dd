import type { EndpointHint } from '../model.js';
import { CLUSTER, nodeSubject, podSubject, serviceSubject } from '../model.js';
import { optionValue } from './command-words.js';
import type { KubeRow, KubeTable } from './kube-columns.js';
import { isKubeHeading, readKubeTables } from './kube-columns.js';
import * as rows from './kube-table-records.js';
import { LineProblems } from './line-problems.js';
import { LogScan, patternsFor } from './log-scan.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';

type Resource =
  | 'nodes'
  | 'pods'
  | 'services'
  | 'endpoints'
  | 'policies'
  | 'namespaces'
  | 'workloads'
  | 'events'
  | 'other';

const NAMESPACE_COLUMNS: ReadonlySet<string> = new Set(['NAME', 'STATUS', 'AGE', 'LABELS']);

/** What a table lists, by the columns that no other has. */
function resourceOf({ columns }: KubeTable): Resource {
  const has = (...names: string[]): boolean => names.every((name) => columns.includes(name));
  if (has('CLUSTER-IP', 'PORT(S)')) return 'services';
  if (has('READY', 'STATUS', 'RESTARTS')) return 'pods';
  if (has('STATUS', 'ROLES', 'VERSION')) return 'nodes';
  if (has('ENDPOINTS') && !has('ADDRESSTYPE')) return 'endpoints';
  if (has('POD-SELECTOR')) return 'policies';
  if (has('DESIRED', 'CURRENT', 'READY', 'NODE SELECTOR')) return 'workloads';
  if (has('REASON', 'OBJECT', 'MESSAGE')) return 'events';
  // Columns of an object that has a phase and nothing else; other kinds print such a table too.
  if (columns.every((column) => NAMESPACE_COLUMNS.has(column)) && has('NAME', 'STATUS', 'AGE')) return 'namespaces';
  return 'other';
}

function reads({ program, args }: Command): boolean {
  if (!/^(?:kubectl|oc)$/.test(program) || !args.includes('get')) return false;
  const output = optionValue(args, 'o', 'output');
  return output === undefined || output === 'wide' || output === '=wide';
}

const POLICIES = /^(?:networkpolic(?:y|ies)|netpol)(?:\.|$)/i;

/**
 * `kubectl get` of nodes, namespaces, pods, services, endpoints, networkpolicies, daemonsets and events as a table, `-o wide` or not,
 * with `-A` or not: the records of their objects, `partial` where a table shows too little of one. Without a NAMESPACE
 * column the namespace is `-n`'s, else `default`.
 */
export const kubeTable: Parser = {
  id: 'kube-table',
  provides: [],
  reads,
  recognises: (head) =>
    head.some((line) => isKubeHeading(line)) && readKubeTables(head).some((table) => resourceOf(table) !== 'other'),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const namespace = optionValue(input.command.args, 'n', 'namespace') ?? 'default';
    const reader = new TableReader(input, sink);
    for (const table of readKubeTables(input.lines)) {
      const resource = resourceOf(table);
      if (resource === 'other') continue;
      for (const line of table.malformed) problems.report(line, 'not a row of its table', input.lines[line - 1]!);
      for (const row of table.rows) {
        // `kubectl get all` writes `pod/web-1`.
        const name = (row.cell('NAME') ?? '').replace(/^[a-z.]{2,60}\//, '');
        if (!reader.read(resource, row, row.cell('NAMESPACE') ?? namespace, name))
          problems.report(row.line, `not a row of ${resource}`, input.lines[row.line - 1]!);
      }
    }
    reader.finish();
    problems.finish();
    const { args } = input.command;
    const everywhere = args.includes('-A') || args.some((arg) => arg.startsWith('--all-namespaces'));
    // "No resources found" of all namespaces is an answer, of one namespace it says nothing of the others.
    if (
      everywhere &&
      args.some((arg) => POLICIES.test(arg)) &&
      input.lines.some((line) => /^No resources found\.?$/.test(line.trim()))
    )
      sink.fact('objects.networkpolicies', 0, 1, { subject: CLUSTER });
  },
};

class TableReader {
  readonly #sink: FactSink;
  readonly #scan: LogScan;
  readonly #patterns;

  constructor(input: ParserInput, sink: FactSink) {
    this.#sink = sink;
    this.#scan = new LogScan(sink);
    this.#patterns = patternsFor(input.logPatterns, ['events']);
  }

  finish(): void {
    this.#scan.finish();
  }

  /** Records a row; false where it is none of its resource. */
  read(resource: Resource, row: KubeRow, namespace: string, name: string): boolean {
    if (resource === 'events') return this.#event(row, namespace);
    if (name === '') return false;
    const sink = this.#sink;
    const { line } = row;
    switch (resource) {
      case 'nodes':
        sink.record('node-object', rows.nodeOfRow(row, name), line, { subject: nodeSubject(name) });
        return true;
      case 'pods': {
        const pod = rows.podOfRow(row, namespace, name);
        if (pod !== undefined) sink.record('pod-object', pod, line, { subject: podSubject(namespace, name) });
        return pod !== undefined;
      }
      case 'services': {
        const service = rows.serviceOfRow(row, namespace, name);
        if (service !== undefined)
          sink.record('service-object', service, line, { subject: serviceSubject(namespace, name) });
        return service !== undefined;
      }
      case 'endpoints': {
        const endpoints = rows.endpointsOfRow(row, namespace, name);
        if (endpoints !== undefined)
          sink.record('endpoints-object', endpoints, line, { subject: serviceSubject(namespace, name) });
        return endpoints !== undefined;
      }
      case 'policies': {
        const policy = rows.policyOfRow(row, namespace, name);
        if (policy !== undefined) sink.record('networkpolicy-object', policy, line, { subject: CLUSTER });
        return policy !== undefined;
      }
      case 'namespaces': {
        const record = rows.namespaceOfRow(row, name);
        if (record !== undefined) sink.record('namespace-object', record, line, { subject: CLUSTER });
        // Objects of other kinds have such a table too, with other states.
        return true;
      }
      case 'workloads': {
        const workload = rows.workloadOfRow(row, namespace, name);
        if (workload !== undefined) sink.record('workload-object', workload, line, { subject: CLUSTER });
        return workload !== undefined;
      }
      default:
        return true;
    }
  }

  #event(row: KubeRow, namespace: string): boolean {
    const event = rows.eventOfRow(row, namespace);
    if (event === undefined) return false;
    this.#sink.record('event', event, row.line, { subject: CLUSTER });
    const kubelet: EndpointHint = event.node === undefined ? { kind: 'node' } : { kind: 'node', node: event.node };
    this.#scan.read(event.message, {
      line: row.line,
      patterns: this.#patterns,
      subject: CLUSTER,
      component: 'events',
      kubelet,
    });
    return true;
  }
}
