import { formatIpv4 } from '../derive/ipv4.js';
import type { TopologyPod } from '../topology.js';
import { carries } from './device-state.js';
import { type HookDevices, passHook } from './hooks.js';
import { drop, type Journey, mayDrop, stop } from './journey.js';
import { crossVeth, leadsToPod, nobodyKnownBehind } from './link.js';
import type { NetNamespace } from './namespace.js';
import { podDevice } from './namespaces.js';
import { unknownFilter } from './not-known.js';
import { addStep, forkOf, type Way } from './way.js';

/**
 * A frame in a bridge. With bridge-nf-call-iptables the packet filter sees what is bridged: PREROUTING for every frame, and
 * FORWARD and POSTROUTING for one that goes from port to port; a destination that PREROUTING translates to another port is
 * bridged there, back by the same port only with hairpin (net/bridge/br_netfilter_hooks.c). Without it the frame passes unseen.
 */
export function bridge(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  name: string,
  port: string | undefined | null,
): void {
  const { subject } = namespace;
  if (!carries(journey, way, namespace, name)) return;
  if (port === null) {
    toPort(journey, way, namespace, name, null, false);
    return;
  }
  const state = port === undefined ? undefined : namespace.port(port);
  if (state?.state !== undefined && state.state !== 'forwarding') {
    drop(journey, way, subject, 'port-not-forwarding', `${port} is ${state.state} in ${name}`, state.source);
    return;
  }
  const filtered = namespace.sysctl('net.bridge.bridge-nf-call-iptables');
  if (filtered === undefined) {
    // Whether the bridge hands frames to the packet filter is not known: both ways are walked.
    const rule = { table: 'sysctl', chain: '', text: 'net.bridge.bridge-nf-call-iptables is not known', source: {} };
    [true, false].forEach((seen, i) => {
      const fork = forkOf(way);
      fork.choices.push({ kind: 'doubt', rule, way: i });
      frameIn(journey, fork, namespace, name, port, seen);
    });
    return;
  }
  frameIn(journey, way, namespace, name, port, filtered.value !== 0);
}

function frameIn(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  name: string,
  port: string | undefined,
  filtered: boolean,
): void {
  const target = way.nextHop;
  const forHost = target === undefined || namespace.routing.isLocal(target);
  if (!filtered) {
    if (!forHost) toPort(journey, way, namespace, name, port, false);
    else {
      unknownFilter(journey, way, namespace);
      passHook(journey, way, namespace, 'prerouting', { in: name }, (passed) =>
        journey.routeInput(passed, namespace, name),
      );
    }
    return;
  }
  unknownFilter(journey, way, namespace);
  const devices: HookDevices = { in: name };
  if (port !== undefined) devices.physIn = port;
  const dst = way.packet.dst?.start;
  passHook(journey, way, namespace, 'prerouting', devices, (passed) => {
    if (passed.packet.dst?.start === dst) {
      if (forHost) journey.routeInput(passed, namespace, name);
      else toPort(journey, passed, namespace, name, port, true);
      return;
    }
    const decision = namespace.routing.lookup({
      src: passed.packet.src?.start,
      dst: passed.packet.dst!.start,
      mark: passed.packet.mark,
      iif: name,
    });
    const hop = decision.kind === 'unicast' ? decision.hops[0] : undefined;
    if (hop?.dev !== name) {
      journey.routeInput(passed, namespace, name);
      return;
    }
    const forwarding = namespace.deviceSysctl(name, 'forwarding')?.fact ?? namespace.sysctl('net.ipv4.ip_forward');
    if (forwarding?.value === 0) {
      // The kernel's comment says that this passes; Linux 6.18 drops it.
      mayDrop(passed, {
        on: namespace.subject,
        what: `whether this kernel bridges a translated packet with ${forwarding.name.replace('sysctl.', '')} = 0`,
        source: forwarding.source,
      });
    }
    passed.nextHop = hop.via ?? passed.packet.dst!.start;
    toPort(journey, passed, namespace, name, port, true);
  });
}

/** Out by the port of whoever has the next hop's address. `from` is null for what the namespace itself sends. */
function toPort(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  name: string,
  from: string | undefined | null,
  filtered: boolean,
): void {
  const target = way.nextHop;
  if (target === undefined) return;
  const found = portFor(journey, namespace, name, target);
  if (found === undefined) {
    nobodyThere(journey, way, namespace, name, target);
    return;
  }
  if (!portCarries(journey, way, namespace, name, found, from)) return;
  const unseen = filtered || from === null ? undefined : namespace.sysctl('net.bridge.bridge-nf-call-iptables');
  addStep(way, namespace.subject, 'bridged', {
    device: found.device ?? name,
    // That the packet filter does not see the frame is what an answer that is not translated back comes from.
    ...(unseen === undefined ? {} : { text: 'net.bridge.bridge-nf-call-iptables = 0' }),
    source: unseen?.source ?? (found.device === undefined ? {} : (namespace.port(found.device)?.source ?? {})),
    detail: { bridge: name, port: found.device ?? '?' },
  });
  const go = (passed: Way): void => {
    if (found.pod === undefined) {
      if (found.device === undefined) return;
      const peer = journey.namespaces.peerOf(namespace, found.device);
      if (peer === undefined && leadsToPod(namespace, found.device))
        stop(journey, passed, nobodyKnownBehind(namespace, found.device));
      else if (peer === undefined) journey.crossFabric(passed, namespace, found.device, target);
      else crossVeth(journey, passed, namespace, found.device, peer.namespace, peer.device);
      return;
    }
    const pod = journey.namespaces.ofPod(found.pod);
    crossVeth(journey, passed, namespace, found.device ?? name, pod, podDevice(pod));
  };
  if (!filtered || from === null) {
    go(way);
    return;
  }
  const devices: HookDevices = { in: name, out: name, bridged: true };
  if (from !== undefined) devices.physIn = from;
  if (found.device !== undefined) devices.physOut = found.device;
  const { in: _, ...out } = devices;
  passHook(journey, way, namespace, 'forward', devices, (passed) =>
    passHook(journey, passed, namespace, 'postrouting', out, go),
  );
}

interface FoundPort {
  device?: string;
  pod?: TopologyPod;
}

/** Who has an address in a bridge: a pod of the node, whoever the bridge learnt its MAC from, or what lies behind a NIC. */
function portFor(journey: Journey, namespace: NetNamespace, name: string, target: number): FoundPort | undefined {
  const at = journey.namespaces.podAt(target);
  if (at?.pod !== undefined && at.pod.node === namespace.node && !at.pod.hostNetwork) {
    const device = journey.namespaces.hostDeviceOf(at.pod);
    return device === undefined ? { pod: at.pod } : { pod: at.pod, device };
  }
  const mac = namespace.neighbour(name, target)?.value.mac;
  const learnt = mac === undefined ? undefined : namespace.learntPort(name, mac);
  if (learnt !== undefined && learnt.value.dev !== name) return { device: learnt.value.dev };
  const nic = namespace.node?.nic;
  if (nic !== undefined && namespace.links.get(nic)?.link.master === name) return { device: nic };
  return undefined;
}

function nobodyThere(journey: Journey, way: Way, namespace: NetNamespace, name: string, target: number): void {
  const address = formatIpv4(target);
  const anonymous = journey.namespaces.podAt(target);
  const podsKnown = [...journey.namespaces.topology.pods.values()].some(({ node }) => node === namespace.node);
  if (anonymous?.node === namespace.node && !podsKnown) {
    stop(journey, way, {
      on: namespace.subject,
      what: `which pod has ${address}`,
      collect: 'kubectl get pods -A -o wide; ip neigh; bridge fdb',
    });
    return;
  }
  drop(journey, way, namespace.subject, 'nobody-has-address', `nobody in ${name} is known to have ${address}`);
}

/** False where the port ends the way: out of the bridge, down, blocked, or the one that it came from without hairpin. */
function portCarries(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  name: string,
  found: FoundPort,
  from: string | undefined | null,
): boolean {
  const { device } = found;
  const { subject } = namespace;
  if (device === undefined) {
    mayDrop(way, {
      on: subject,
      what: `which port of ${name} leads to ${found.pod?.subject ?? 'the address'}`,
      collect: 'ip -d link; bridge fdb',
    });
    return true;
  }
  if (!carries(journey, way, namespace, device)) return false;
  const port = namespace.port(device);
  if (port !== undefined && port.master !== name) {
    const by = port.master === undefined ? `${device} is in no bridge` : `${device} is in ${port.master}`;
    drop(journey, way, subject, 'not-in-bridge', `${by}, the packet goes by ${name}`, port.source);
    return false;
  }
  if (port?.state !== undefined && port.state !== 'forwarding') {
    drop(journey, way, subject, 'port-not-forwarding', `${device} is ${port.state} in ${name}`, port.source);
    return false;
  }
  if (from === device && port?.hairpin !== true) {
    if (port?.hairpin === undefined) {
      mayDrop(way, { on: subject, what: `hairpin of ${device}`, collect: 'bridge -d link' });
      return true;
    }
    drop(
      journey,
      way,
      subject,
      'no-hairpin',
      `${device} has hairpin off: a frame does not go back by the port it came from`,
      port.source,
    );
    return false;
  }
  return true;
}
