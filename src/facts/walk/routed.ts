import { formatIpv4 } from '../derive/ipv4.js';
import { balanced } from './delivery.js';
import { carries } from './device-state.js';
import { type HookDevices, passHook } from './hooks.js';
import { drop, each, type Journey, mayDivert, mayDrop, stop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import { unknownFilter, unsampledNode } from './not-known.js';
import { staysInKernel } from './open-vswitch.js';
import type { DropReason } from './result.js';
import { localnetFault, reversePathFault, type SourceFault } from './reverse-path.js';
import { describeRule, type NextHop, type RouteDecision } from './routing.js';
import { addStep, host, type Way } from './way.js';

/** How often a packet may be received before its TTL has run out for certain: Linux starts with 64. */
const MAX_HOPS = 64;

const ROUTE_REASONS = {
  blackhole: 'route-blackhole',
  unreachable: 'route-unreachable',
  prohibit: 'route-prohibit',
  broadcast: 'no-route',
} as const satisfies Record<string, DropReason>;

/** Sends what a process of the namespace sends: route, OUTPUT, route again where OUTPUT changed the packet, POSTROUTING. */
export function send(journey: Journey, way: Way, namespace: NetNamespace, oif?: string): void {
  const { packet } = way;
  if (packet.dst === undefined) return;
  way.sentBy = namespace.subject;
  const lookup = (): RouteDecision =>
    namespace.routing.lookup({ src: packet.src?.start, dst: packet.dst!.start, mark: packet.mark, iif: 'lo', oif });
  let decision = lookup();
  if (!noteDecision(journey, way, namespace, decision)) return;
  if (packet.src === undefined && decision.kind !== 'none') {
    const chosen =
      decision.kind === 'local' ? (decision.preferred ?? packet.dst.start) : namespace.routing.sourceFor(decision);
    if (chosen !== undefined) {
      packet.src = host(chosen);
      // A connecting socket looks its route up again with the address that it got (ip_route_connect); a ping does not.
      if (packet.proto !== 'icmp') {
        decision = lookup();
        if (!noteDecision(journey, way, namespace, decision)) return;
      }
    }
  }
  const first = outDevice(decision);
  unknownFilter(journey, way, namespace);
  const dst = packet.dst.start;
  const mark = packet.mark;
  passHook(journey, way, namespace, 'output', first === undefined ? {} : { out: first }, (passed) => {
    if (balanced(journey, passed, namespace)) return;
    const changed = passed.packet.dst?.start !== dst || passed.packet.mark !== mark;
    const again = changed
      ? namespace.routing.lookup({
          src: passed.packet.src?.start,
          dst: passed.packet.dst!.start,
          mark: passed.packet.mark,
          iif: 'lo',
          oif,
        })
      : decision;
    if (changed && !noteDecision(journey, passed, namespace, again)) return;
    const fault = sourceFaultOut(passed, namespace, outDevice(again));
    if (fault !== undefined) {
      drop(journey, passed, namespace.subject, fault.reason, fault.by, fault.source);
      return;
    }
    leave(journey, passed, namespace, again, {});
  });
}

/** A packet comes in: a bridge's port hands it to the bridge, else PREROUTING and the routes see it. */
export function receive(journey: Journey, way: Way, namespace: NetNamespace, device: string | undefined): void {
  way.hops += 1;
  way.sentBy = undefined;
  if (way.hops > MAX_HOPS) {
    drop(journey, way, namespace.subject, 'loop', 'the packet goes in a circle until its TTL has run out');
    return;
  }
  if (device !== undefined && !carries(journey, way, namespace, device)) return;
  if (!namespace.sampled && !namespace.isPod) {
    stop(journey, way, unsampledNode(namespace));
    return;
  }
  if (device !== undefined && !staysInKernel(journey, way, namespace, device)) return;
  const master = device === undefined ? undefined : namespace.port(device)?.master;
  if (device !== undefined && master !== undefined && namespace.isBridge(master)) {
    journey.bridge(way, namespace, master, device);
    return;
  }
  unknownFilter(journey, way, namespace);
  passHook(journey, way, namespace, 'prerouting', device === undefined ? {} : { in: device }, (passed) =>
    journey.routeInput(passed, namespace, device),
  );
}

/** What the routes make of a packet that came in: for the namespace itself, to be forwarded, or dropped. */
export function routeInput(journey: Journey, way: Way, namespace: NetNamespace, device: string | undefined): void {
  const { packet } = way;
  if (packet.dst === undefined || packet.src === undefined) return;
  if (namespace.isPod && !namespace.sampled) {
    receiveInPlainPod(journey, way, namespace);
    return;
  }
  const decision = namespace.routing.lookup({
    src: packet.src.start,
    dst: packet.dst.start,
    mark: packet.mark,
    iif: device ?? '',
  });
  if (!noteDecision(journey, way, namespace, decision)) return;
  const local = decision.kind === 'local';
  if (!local && !mayForward(journey, way, namespace, device)) return;
  if (device !== undefined && device !== 'lo') {
    const out = decision.kind === 'unicast' ? decision.hops[0]?.dev : undefined;
    const fault = reversePathFault(way, namespace, device, out);
    if (fault !== undefined) {
      drop(journey, way, namespace.subject, fault.reason, fault.by, fault.source);
      return;
    }
  }
  const devices: HookDevices = device === undefined ? {} : { in: device };
  if (packet.physIn !== undefined) devices.physIn = packet.physIn;
  if (local) {
    passHook(journey, way, namespace, 'input', devices, (passed) => journey.deliver(passed, namespace));
    return;
  }
  leave(journey, way, namespace, decision, devices);
}

/** A pod of whose namespace nothing is known: it has its address and answers for it, as any pod's does. */
function receiveInPlainPod(journey: Journey, way: Way, namespace: NetNamespace): void {
  const own = namespace.pod?.ips ?? new Set<string>();
  const { src, dst } = way.packet;
  if (dst !== undefined && !own.has(formatIpv4(dst.start))) {
    drop(
      journey,
      way,
      namespace.subject,
      'nobody-has-address',
      `${namespace.subject} does not have ${formatIpv4(dst.start)}`,
    );
    return;
  }
  if (src !== undefined && own.has(formatIpv4(src.start))) {
    drop(
      journey,
      way,
      namespace.subject,
      'martian-source',
      `the packet has the pod's own address ${formatIpv4(src.start)} as its source`,
    );
    return;
  }
  addStep(way, namespace.subject, 'assumed', { detail: { what: 'plain-pod' } });
  journey.deliver(way, namespace);
}

/** False where the decision ends the way. */
function noteDecision(journey: Journey, way: Way, namespace: NetNamespace, decision: RouteDecision): boolean {
  for (const { value, source } of decision.doubts) {
    mayDivert(way, {
      on: namespace.subject,
      what: `whether the policy rule "${describeRule(value)}" leads elsewhere`,
      source,
      collect: 'ip route show table all',
    });
  }
  const dst = way.packet.dst === undefined ? '?' : formatIpv4(way.packet.dst.start);
  if (decision.kind === 'none') {
    drop(journey, way, namespace.subject, 'no-route', `no route to ${dst}`, decision.source);
    return false;
  }
  if (decision.kind !== 'unicast' && decision.kind !== 'local') {
    drop(journey, way, namespace.subject, ROUTE_REASONS[decision.kind], decision.text, decision.source);
    return false;
  }
  return true;
}

function mayForward(journey: Journey, way: Way, namespace: NetNamespace, device: string | undefined): boolean {
  const own = device === undefined ? undefined : namespace.deviceSysctl(device, 'forwarding')?.fact;
  const fact = own ?? namespace.sysctl('net.ipv4.ip_forward');
  if (fact === undefined) {
    if (namespace.isPod) {
      drop(
        journey,
        way,
        namespace.subject,
        'not-forwarding',
        `${namespace.subject} does not have the address, and a pod forwards nothing`,
      );
      return false;
    }
    mayDrop(way, { on: namespace.subject, what: 'net.ipv4.ip_forward', collect: 'sysctl net.ipv4.ip_forward' });
    return true;
  }
  if (fact.value !== 0) return true;
  drop(journey, way, namespace.subject, 'not-forwarding', `${fact.name.replace('sysctl.', '')} = 0`, fact.source);
  return false;
}

/** What is sent from 127.0.0.0/8 leaves by the loopback device alone, unless route_localnet says otherwise (__mkroute_output). */
function sourceFaultOut(way: Way, namespace: NetNamespace, device: string | undefined): SourceFault | undefined {
  const src = way.packet.src?.start;
  if (src === undefined || src >>> 24 !== 127 || device === undefined || device === 'lo') return undefined;
  return localnetFault(way, namespace, device, src);
}

function outDevice(decision: RouteDecision): string | undefined {
  if (decision.kind === 'none') return undefined;
  return decision.kind === 'local' ? 'lo' : decision.hops[0]?.dev;
}

/** Leaves by the route's device, or by one of them: the MTU, FORWARD where it is forwarded, POSTROUTING. */
function leave(journey: Journey, way: Way, namespace: NetNamespace, decision: RouteDecision, from: HookDevices): void {
  if (decision.kind === 'none') return;
  if (decision.kind === 'local') {
    passHook(journey, way, namespace, 'postrouting', { out: 'lo' }, (passed) =>
      journey.receive(passed, namespace, 'lo'),
    );
    return;
  }
  const { text, source } = decision;
  const rule = { table: 'routes', chain: '', text, source };
  each(way, decision.hops, { kind: 'random', rule }, (one, hop) => {
    if (decision.hops.length > 1) one.labels.push(hop.via === undefined ? hop.dev : `via ${formatIpv4(hop.via)}`);
    leaveBy(journey, one, namespace, decision, hop, from);
  });
}

function leaveBy(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  decision: Exclude<RouteDecision, { kind: 'none' }>,
  hop: NextHop,
  from: HookDevices,
): void {
  const nextHop = hop.via ?? way.packet.dst!.start;
  way.nextHop = nextHop;
  addStep(way, namespace.subject, 'routed', {
    device: hop.dev,
    text: decision.text,
    source: decision.source,
    detail: {
      dev: hop.dev,
      via: hop.via === undefined ? '' : formatIpv4(hop.via),
      rule:
        decision.rule === undefined || decision.rule.value.table === 'main' ? '' : describeRule(decision.rule.value),
    },
  });
  if (!fits(journey, way, namespace, hop.dev, from.in !== undefined)) return;
  const out: HookDevices = { ...from, out: hop.dev };
  const post = (passed: Way): void =>
    passHook(journey, passed, namespace, 'postrouting', { out: hop.dev }, (last) =>
      journey.transmit(last, namespace, hop.dev, nextHop),
    );
  if (from.in === undefined) post(way);
  else passHook(journey, way, namespace, 'forward', out, post);
}

/**
 * Whether the packet is within the device's MTU, or may be cut. TCP learns the size from the answer to what was too large;
 * a sender that was led to a backend learns it from the MSS which that one announces.
 */
function fits(journey: Journey, way: Way, namespace: NetNamespace, device: string, forwarded: boolean): boolean {
  const mtu = namespace.mtuOf(device);
  if (mtu === undefined || way.size <= mtu) return true;
  const link = namespace.links.get(device)!;
  const learns = way.packet.proto === 'tcp' && (forwarded || way.packet.translated.dst);
  if (way.mayFragment || learns) {
    addStep(way, namespace.subject, 'fragmented', {
      device,
      source: link.source,
      detail: { size: String(way.size), mtu: String(mtu), how: way.mayFragment ? 'fragments' : 'smaller' },
    });
    // Each fragment is a packet of its own to what comes next.
    if (learns || way.inner.length === 0) way.size = mtu;
    else {
      // Fragments of a tunnel's packets are what firewalls and clouds drop first.
      mayDrop(way, {
        on: 'cluster',
        what: `whether the network between the nodes carries fragments: the tunnel's packet of ${way.size} bytes does not fit ${device}'s MTU of ${mtu}`,
        source: link.source,
        collect: 'nstat -az IpReasmFails IpReasmReqds IpFragCreates',
      });
    }
    return true;
  }
  drop(
    journey,
    way,
    namespace.subject,
    'mtu-exceeded',
    `${way.size} bytes with DF do not fit ${device}'s MTU of ${mtu}`,
    link.source,
  );
  return false;
}
