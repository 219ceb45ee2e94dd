import { isIP } from 'node:net';
import type { EndpointHint, Probe } from '../model.js';
import { CLUSTER } from '../model.js';
import { connectError } from './connect-error.js';
import type { Command, FactSink, Parser } from './parser.js';

const FIELD = /^([A-Z][\w /-]{1,40}):\s+(\S.*)$/;
/** `Routing: Network: Tunnel [vxlan]   Host: Legacy`, `Network: Native`. */
const TUNNEL = /\bTunnel \[(vxlan|geneve)\]/;
const HEALTH = /^(\d{1,6})\/(\d{1,6}) reachable/;
/** `  node2   10.0.0.2   unreachable   reachable`: a row below `Cluster health`; newer ones count, `0/1`. */
const HEALTH_ROW = /^\s+(\S{1,254})(?: \(localhost\))?\s+([\da-fA-F.:]{2,45})\s+(\S{1,20})\s+(\S{1,20})\s*$/;
/** `cilium-health status`: `    Host connectivity to 10.0.0.2:`, below it `      ICMP to stack:   OK, RTT=299.1µs`. */
const CONNECTIVITY = /^\s+(Host|Endpoint) connectivity to ([\da-fA-F.:]{2,45}):\s*$/;
const PATH = /^\s+(ICMP to stack|HTTP to agent):\s+(\S.{0,200})$/;
/** The agent answers health checks by HTTP here (Cilium's documentation, "Firewall Rules"). */
const HEALTH_PORT = 4240;

function reads({ program, args }: Command): boolean {
  return (
    (/^(?:cilium|cilium-dbg)$/.test(program) && args.includes('status')) ||
    (program === 'cilium-health' && args.includes('status'))
  );
}

function unreachable(word: string): boolean {
  return word === 'unreachable' || /^0\/[1-9]/.test(word);
}

/** The probe that a line of cilium-health tells of; undefined where its words are not known. */
function healthProbe(to: EndpointHint, how: string, result: string): Probe | undefined {
  const http = how.startsWith('HTTP');
  const probe: Probe = {
    to: http ? { ...to, port: HEALTH_PORT } : to,
    proto: http ? 'http' : 'icmp',
    state: 'ok',
    origin: 'tool',
  };
  const rtt = /^OK, RTT=(\d{1,9}(?:\.\d{1,9})?)(ns|µs|us|ms|s)\b/.exec(result);
  if (rtt !== null) {
    const scale = { ns: 1e-6, µs: 1e-3, us: 1e-3, ms: 1, s: 1000 }[rtt[2] as 'ns' | 'µs' | 'us' | 'ms' | 's'];
    probe.rttMs = Math.round(Number(rtt[1]) * scale * 1000) / 1000;
    return probe;
  }
  if (/^OK\b/.test(result)) return probe;
  const error = connectError(result);
  if (error === undefined) return undefined;
  probe.state = 'failing';
  probe.error = error;
  return probe;
}

/** Facts of the lines `Key:   value` at the top. */
function readField(key: string, value: string, line: number, sink: FactSink): void {
  const onCluster = { subject: CLUSTER };
  if (key === 'KVStore' || key === 'Kubernetes' || key === 'Cilium') {
    sink.fact(`cilium.${key.toLowerCase()}`, /^(\S{1,40})/.exec(value)![1]!, line);
  } else if (key === 'KubeProxyReplacement') {
    const replaces = /^(?:True|Strict)\b/i.test(value);
    // `Probe` and `Partial` of old versions replace a part of it.
    if (replaces || /^(?:False|Disabled)\b/i.test(value)) sink.fact('cilium.replaces-kube-proxy', replaces, line);
    if (replaces) sink.fact('kubeProxyMode', 'none', line, onCluster);
  } else if (key === 'Controller Status') {
    const healthy = /^(\d{1,6})\/(\d{1,6}) healthy/.exec(value);
    if (healthy !== null) sink.fact('cilium.controllers-failing', Number(healthy[2]) - Number(healthy[1]), line);
  } else if (key === 'Routing') {
    const tunnel = TUNNEL.exec(value)?.[1];
    if (tunnel !== undefined) sink.fact('cniMode', tunnel, line, onCluster);
    else if (/Network: Native/.test(value)) sink.fact('cniMode', 'direct', line, onCluster);
    const host = /\bHost: (Legacy|BPF)\b/.exec(value)?.[1];
    if (host !== undefined) sink.fact('cilium.host-routing', host, line);
  } else if (key === 'Cluster health') {
    const health = HEALTH.exec(value);
    if (health !== null)
      sink.fact('cilium.unreachable-count', Math.max(0, Number(health[2]) - Number(health[1])), line);
  }
}

/**
 * `cilium status [--verbose]` of the agent and `cilium-health status`: `cilium.kvstore`, `cilium.kubernetes`,
 * `cilium.cilium` (`Ok`, `Failure`, `Disabled`, …), `cilium.controllers-failing`, `cilium.unreachable-count`,
 * `cilium.unreachable-nodes`, `cilium.replaces-kube-proxy`, `cilium.host-routing` (`Legacy`: through the kernel's own routes
 * and netfilter; `BPF`: past them), the cluster's `kubeProxyMode` and `cniMode` where they are told, and a probe for each health
 * check: from the node to another, or to the health endpoint, which has a pod's address there.
 */
export const ciliumStatus: Parser = {
  id: 'cilium-status',
  provides: ['cilium.*'],
  reads,
  recognises: (head) =>
    head.some((line) => /^KVStore:\s/.test(line)) && head.some((line) => /^Kubernetes:\s/.test(line)),
  parse({ lines }, sink) {
    let inHealth = false;
    let health: { line: number; nodes: string[] } | undefined;
    let to: EndpointHint | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500);
      const field = FIELD.exec(line);
      if (field !== null) {
        inHealth = field[1] === 'Cluster health';
        if (inHealth) health = { line: i + 1, nodes: [] };
        readField(field[1]!, field[2]!, i + 1, sink);
        continue;
      }
      const target = CONNECTIVITY.exec(line);
      if (target !== null) {
        to = isIP(target[2]!) === 0 ? undefined : { ip: target[2]! };
        if (to !== undefined && target[1] === 'Endpoint') to.kind = 'pod';
        continue;
      }
      const path = PATH.exec(line);
      if (path !== null && to !== undefined) {
        const probe = healthProbe(to, path[1]!, path[2]!);
        if (probe !== undefined) sink.record('probe', probe, i + 1);
        continue;
      }
      const row = inHealth ? HEALTH_ROW.exec(line) : null;
      if (row !== null && isIP(row[2]!) !== 0 && (unreachable(row[3]!) || unreachable(row[4]!)))
        health!.nodes.push(row[1]!.replace(/^.*\//, ''));
    }
    if (health !== undefined && health.nodes.length > 0)
      sink.fact('cilium.unreachable-nodes', health.nodes.sort(), health.line);
  },
};
