import type { Fact, Socket } from '../model.js';
import { nodeSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyPod } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { targetPortsOf } from './target-ports.js';

interface WantedPort {
  port: number;
  proto: string;
}

/** What applications listen on, as the sockets of their pods' namespaces tell, against the ports others are sent to. */
export const listening: Derivation = {
  id: 'listening',
  derive(context) {
    const { store, topology } = context;
    const wanted = wantedPorts(context);
    for (const pod of topology.pods.values()) {
      const sockets = store.records(pod.subject, 'socket');
      if (sockets.length === 0) {
        judgeNone(store, pod, wanted.get(pod.subject) ?? []);
        continue;
      }
      const open = sockets.filter((fact) => isOpen(fact.value));
      judgeListening(store, pod, open, sockets[0]!, wanted.get(pod.subject) ?? []);
      const tcp = open.filter((fact) => fact.value.proto === 'tcp' && (fact.value.sendQ ?? 0) > 0);
      if (tcp.length > 0) {
        // In the LISTEN state Recv-Q is the accept queue's length and Send-Q its limit; a full queue holds one more.
        const full = tcp.find((fact) => (fact.value.recvQ ?? 0) > fact.value.sendQ!);
        store.add({
          subject: pod.subject,
          name: 'app.queue-full',
          value: full !== undefined,
          source: (full ?? tcp[0]!).source,
        });
      }
      judgeEphemeralPorts(store, pod, sockets);
    }
    for (const pod of topology.pods.values()) judgeSocketCount(store, pod);
  },
};

/** Listeners were listed and there is none. */
function judgeNone(store: FactStore, pod: TopologyPod, wanted: readonly WantedPort[]): void {
  const none = store.scalar(pod.subject, 'sockets.none-listening');
  if (none === undefined || !wanted.some(({ proto }) => proto === 'tcp')) return;
  store.add({ subject: pod.subject, name: 'app.listening', value: 'none', source: none.source });
}

function isOpen(socket: Socket): boolean {
  return socket.state === 'LISTEN' || (socket.state === 'UNCONN' && socket.proto === 'udp');
}

/** Where a port is listened on: any or the pod's own address, loopback alone, or nowhere. */
function judgeListening(
  store: FactStore,
  pod: TopologyPod,
  open: readonly Fact<Socket>[],
  first: Fact<Socket>,
  wanted: readonly WantedPort[],
): void {
  if (wanted.length === 0) return;
  let worst: { value: 'any' | 'loopback' | 'none'; source: Fact<Socket> } | undefined;
  const rank = { any: 0, loopback: 1, none: 2 };
  for (const { port, proto } of wanted) {
    const here = open.filter((fact) => fact.value.localPort === port && fact.value.proto === proto);
    const outside = here.find((fact) => !isLoopback(fact.value.localIp));
    const value = outside !== undefined ? 'any' : here.length > 0 ? 'loopback' : 'none';
    const source = outside ?? here[0] ?? open[0] ?? first;
    if (worst === undefined || rank[value] > rank[worst.value]) worst = { value, source };
  }
  if (worst === undefined) return;
  // Listening elsewhere is another fault than not listening: the port is the wrong one.
  const others = open.some((fact) => fact.value.proto === 'tcp' && !isLoopback(fact.value.localIp));
  store.add({
    subject: pod.subject,
    name: 'app.listening',
    value: worst.value === 'none' && others ? 'other' : worst.value,
    source: worst.source.source,
  });
}

function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1' || ip.startsWith('::ffff:127.');
}

/**
 * The ports each pod is asked for: Services that have it as endpoint, ports its containers declare, ports that probes of
 * it name. UDP ports only where a Service or a container says so.
 */
function wantedPorts({ store, topology }: DeriveContext): Map<string, WantedPort[]> {
  const wanted = new Map<string, WantedPort[]>();
  const add = (subject: string, port: number, proto: string): void => {
    const lower = proto.toLowerCase();
    const own = wanted.get(subject);
    if (own === undefined) wanted.set(subject, [{ port, proto: lower }]);
    else if (!own.some((other) => other.port === port && other.proto === lower)) own.push({ port, proto: lower });
  };
  const podByIp = new Map<string, TopologyPod>();
  for (const pod of topology.pods.values()) if (!pod.hostNetwork) for (const ip of pod.ips) podByIp.set(ip, pod);
  const served = new Set<string>();
  for (const service of topology.services.values()) {
    for (const endpoint of service.endpoints) {
      const pod = podByIp.get(endpoint.ip);
      if (pod === undefined) continue;
      for (const target of targetPortsOf(service.object, pod)) {
        add(pod.subject, target.port, target.proto);
        served.add(pod.subject);
      }
    }
  }
  for (const pod of topology.pods.values()) {
    // A declared port that no Service uses may be of an idle side-car: it counts where nothing else tells.
    if (served.has(pod.subject) || pod.hostNetwork) continue;
    for (const container of pod.object?.containers ?? []) {
      for (const port of container.ports) add(pod.subject, port.port, port.proto);
    }
  }
  for (const fact of store.all('probe')) {
    const { to, proto } = fact.value;
    if (to.port === undefined || (proto !== 'tcp' && proto !== 'http')) continue;
    const pod = to.ip === undefined ? undefined : podByIp.get(to.ip);
    if (pod !== undefined) add(pod.subject, to.port, 'tcp');
  }
  return wanted;
}

/** Source ports in use towards the one destination that has most, over the range they are taken from. */
function judgeEphemeralPorts(store: FactStore, pod: TopologyPod, sockets: readonly Fact<Socket>[]): void {
  const range =
    portRange(store, pod.subject) ??
    (pod.hostNetwork && pod.node !== undefined ? portRange(store, nodeSubject(pod.node.name)) : undefined);
  if (range === undefined) return;
  const used = new Map<string, Set<number>>();
  let source: Fact<Socket> | undefined;
  for (const fact of sockets) {
    const { proto, state, localPort, peerIp, peerPort } = fact.value;
    if (proto !== 'tcp' || state === 'LISTEN' || peerIp === undefined || peerPort === undefined) continue;
    if (localPort < range[0] || localPort > range[1]) continue;
    source ??= fact;
    const key = `${peerIp} ${peerPort}`;
    const ports = used.get(key);
    if (ports === undefined) used.set(key, new Set([localPort]));
    else ports.add(localPort);
  }
  if (source === undefined) return;
  let most = 0;
  for (const ports of used.values()) most = Math.max(most, ports.size);
  store.add({
    subject: pod.subject,
    name: 'ports.ephemeral-fill',
    value: Math.round((most / (range[1] - range[0] + 1)) * 100),
    source: source.source,
  });
}

/** All connections of a pod, those in TIME-WAIT too, over the range of source ports: a summary does not tell whereto. */
function judgeSocketCount(store: FactStore, pod: TopologyPod): void {
  const range = portRange(store, pod.subject);
  const waiting = store.scalar(pod.subject, 'sockets.tcp.timewait');
  const open = store.value(pod.subject, 'sockets.tcp.estab');
  if (range === undefined || typeof waiting?.value !== 'number' || typeof open !== 'number') return;
  store.add({
    subject: pod.subject,
    name: 'ports.connections-fill',
    value: Math.round(((waiting.value + open) / (range[1] - range[0] + 1)) * 100),
    source: waiting.source,
  });
}

function portRange(store: FactStore, subject: string): [number, number] | undefined {
  const value = store.value(subject, 'sysctl.net.ipv4.ip_local_port_range');
  const match = typeof value === 'string' ? /^(\d{1,5})\s+(\d{1,5})$/.exec(value.trim()) : null;
  if (match === null) return undefined;
  const range: [number, number] = [Number(match[1]), Number(match[2])];
  return range[1] >= range[0] ? range : undefined;
}
