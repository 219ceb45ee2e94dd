import type { BundleEntry } from '../bundle/entry.js';
import { type Cnis, NO_CNIS } from '../cnis.js';
import type { EndpointHint } from '../model.js';
import type { BundleWriter } from './bundle-writer.js';
import { type CaptureRun, captureRun } from './capture-run.js';
import { factsHere } from './facts-here.js';
import type { FlowWords } from './flow-words.js';
import { planCaptures } from './plan.js';
import { findPods, type LivePod } from './pods.js';
import type { PlannedProbe } from './probe-agent/plan.js';
import type { ProbeSource } from './probe-plan.js';
import { runProbes } from './probing.js';
import type { CommandRunner } from './runner.js';

export interface FlowCaptureOptions {
  node: string;
  cnis?: Cnis;
  flow: FlowWords;
  /** Files that tell of the rest of the cluster: its objects. */
  more?: readonly BundleEntry[];
  seconds?: number;
  /** The words that start this program again. */
  program?: readonly string[];
}

/**
 * Captures a flow on this node, along the way that is planned for it, and makes it meanwhile where it begins here: pings,
 * and connections or a datagram to its port. Where it begins elsewhere the captures wait for whoever makes it.
 */
export async function captureFlow(
  runner: CommandRunner,
  writer: Pick<BundleWriter, 'add'>,
  options: FlowCaptureOptions,
): Promise<CaptureRun> {
  const { node, cnis = NO_CNIS, flow, more = [], seconds, program } = options;
  const { pods } = await findPods(runner);
  const facts = await factsHere(runner, cnis, node, pods, more);
  const { hops } = planCaptures(flow, facts);
  const here = hops.filter((hop) => hop.node === node);
  if (here.length === 0)
    return { captured: [], problems: ['the flow to be captured does not pass this node, as far as is known'] };
  const target = addressOf(flow, facts.topology);
  const from = target === undefined ? undefined : sourceOf(flow, node, pods, facts.topology);
  const time = seconds === undefined ? {} : { seconds };
  const run = await captureRun(runner, writer, { node, hops: here, ...time }, async (leftMs) => {
    if (target === undefined || from === undefined) {
      await new Promise((resolve) => setTimeout(resolve, leftMs));
      return;
    }
    const pod = from === 'node' ? undefined : from;
    const source: ProbeSource =
      pod === undefined
        ? { kind: 'node', node, ips: [] }
        : { kind: 'pod', node, namespace: pod.namespace, name: pod.name, ips: [] };
    const plan = {
      ...{ version: 1 as const, source, probes: probesOf(flow, target), groups: [] },
      ...{ deadlineMs: Math.max(1000, Math.min(leftMs - 500, 8000)), atOnce: 2, pingsAtOnce: 1 },
    };
    const place = pod === undefined ? {} : { netnsPid: pod.pid, netns: pod.netns };
    await runProbes(runner, writer, source, plan, { ...place, ...(program === undefined ? {} : { program }) });
  });
  if (from === undefined)
    run.problems.push('the flow to be captured begins on another node: it was waited for, not made');
  return run;
}

type Topology = Awaited<ReturnType<typeof factsHere>>['topology'];

function addressOf({ to }: FlowWords, topology: Topology): string | undefined {
  switch (to.kind) {
    case 'ip':
      return to.ip;
    case 'name':
      return undefined;
    case 'node':
      return topology.nodes.get(to.name!)?.nodeIp;
    case 'pod':
      return [...(topology.pods.get(`pod/${to.namespace}/${to.name}`)?.ips ?? [])][0];
    case 'service':
      return topology.services.get(`service/${to.namespace}/${to.name}`)?.object.clusterIPs.find((ip) => ip !== 'None');
  }
}

/** The pod of this node that the flow begins in, or the node itself; undefined where it begins elsewhere. */
function sourceOf(
  { from }: FlowWords,
  node: string,
  pods: readonly LivePod[],
  topology: Topology,
): LivePod | 'node' | undefined {
  if (from.kind === 'node') return from.name === node ? 'node' : undefined;
  if (from.kind === 'pod') return pods.find((pod) => pod.namespace === from.namespace && pod.name === from.name);
  if (from.kind !== 'ip') return undefined;
  const owner = topology.ownerOf(from.ip!);
  if (owner.kind === 'node') return owner.node.name === node ? 'node' : undefined;
  if (owner.kind !== 'pod' || owner.pod === undefined) return undefined;
  const { namespace, name } = owner.pod;
  return pods.find((pod) => pod.namespace === namespace && pod.name === name);
}

function probesOf({ protocol, to: { port } }: FlowWords, ip: string): PlannedProbe[] {
  const to: EndpointHint = { ip };
  const probes: PlannedProbe[] = [{ proto: 'icmp', to }];
  if (port === undefined || protocol === 'icmp') return probes;
  if (protocol === 'tcp') probes.push({ proto: 'tcp', to: { ip, port }, count: 3 });
  else if (port === 53)
    probes.push({ proto: 'dns', name: 'kubernetes.default.svc.cluster.local.', server: ip, transport: 'udp' });
  else probes.push({ proto: 'udp', to: { ip, port } });
  return probes;
}
