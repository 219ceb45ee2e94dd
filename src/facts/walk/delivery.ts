import { formatIpv4, parseIpv4 } from '../derive/ipv4.js';
import type { Fact, Socket } from '../model.js';
import { tupleOf } from './hooks.js';
import { drop, each, type Journey, mayDrop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import { addStep, expectReply, host, type Way } from './way.js';

/** What the sender asked for, which its answers must match. */
export interface Asked {
  /** The sender's namespace; undefined for one outside of the cluster. */
  origin: NetNamespace | undefined;
  /** Set when the first packet is sent: before any translation. */
  src?: number;
  sport: number;
  dst: number;
  dport: number;
}

/** Turns the packet round: from whoever got it to whom it came from. */
export function sendBack(way: Way): void {
  const { packet } = way;
  const { src, dst, sport, dport } = packet;
  way.direction = 'back';
  way.current = undefined;
  way.packet = {
    ...packet,
    src: dst,
    dst: src,
    sport: dport,
    dport: sport,
    state: 'NEW',
    mark: 0,
    connmark: 0,
    translated: { dst: false, src: false },
    in: undefined,
    out: undefined,
    physIn: undefined,
    physOut: undefined,
  };
  if (packet.proto === 'icmp') {
    way.packet.icmpType = 0;
    // Linux answers a ping without DF, whatever the ping had (net/ipv4/icmp.c).
    way.mayFragment = true;
  }
  if (packet.proto === 'tcp') way.packet.tcp = 'syn-ack';
}

/** There: policies allow it (`allows` ends the way otherwise), somebody listens, and answers. Back: the answer is one to what was asked. */
export function deliverThere(journey: Journey, way: Way, namespace: NetNamespace, allows: () => boolean): void {
  if (balanced(journey, way, namespace) || !allows()) return;
  const { packet } = way;
  const { subject } = namespace;
  if (packet.proto === 'icmp') {
    const ignore = namespace.sysctl('net.ipv4.icmp_echo_ignore_all');
    if (ignore !== undefined && ignore.value !== 0) {
      drop(journey, way, subject, 'nobody-listens', 'net.ipv4.icmp_echo_ignore_all = 1', ignore.source);
      return;
    }
  } else if (!isHeard(journey, way, namespace)) return;
  addStep(way, subject, 'received', { detail: { at: formatIpv4(packet.dst!.start) } });
  sendBack(way);
  journey.send(way, namespace);
}

export function deliverBack(journey: Journey, way: Way, namespace: NetNamespace, asked: Asked): void {
  const { subject } = namespace;
  if (namespace !== asked.origin) {
    drop(journey, way, subject, 'reply-not-recognised', `the answer comes to ${subject}, which asked nothing`);
    return;
  }
  const got = tupleOf(way);
  if (got.src !== asked.dst || got.sport !== asked.dport || got.dport !== asked.sport) {
    const from = `${formatIpv4(got.src)}${got.sport === 0 ? '' : `:${got.sport}`}`;
    const to = `${formatIpv4(asked.dst)}${asked.dport === 0 ? '' : `:${asked.dport}`}`;
    drop(journey, way, subject, 'reply-not-recognised', `the answer comes from ${from}, but ${to} was asked`);
    return;
  }
  addStep(way, subject, 'received', { detail: { at: formatIpv4(got.dst) } });
  journey.end({ way, verdict: 'delivered', at: subject });
}

/** False where the namespace's sockets are known and none of them takes the packet. */
function isHeard(journey: Journey, way: Way, namespace: NetNamespace): boolean {
  const { packet } = way;
  const port = packet.dport?.[0];
  if (port === undefined || packet.dst === undefined) return true;
  const sockets = namespace.listening(packet.proto, port);
  if (sockets === undefined) {
    addStep(way, namespace.subject, 'assumed', { detail: { what: 'listening', port: `${port}/${packet.proto}` } });
    // Hardly anything listens on an address that is there for IPVS alone.
    if (/^kube-ipvs/.test(namespace.routing.deviceOfAddress(packet.dst.start) ?? ''))
      mayDrop(way, {
        on: namespace.subject,
        what: namespace.ipvsKnown
          ? `what listens on port ${port}/${packet.proto}, which no virtual server of IPVS has`
          : "IPVS' virtual servers",
        collect: namespace.ipvsKnown ? 'ss -lntup' : 'ipvsadm -Ln',
      });
    return true;
  }
  const address = formatIpv4(packet.dst.start);
  const heard = sockets.find(({ value }) => takes(value, address));
  if (heard !== undefined) {
    // Of a listening socket Recv-Q is the length of the accept queue and Send-Q its limit.
    const { recvQ, sendQ, state } = heard.value;
    if (
      packet.proto === 'tcp' &&
      state === 'LISTEN' &&
      recvQ !== undefined &&
      sendQ !== undefined &&
      sendQ > 0 &&
      recvQ > sendQ
    ) {
      drop(
        journey,
        way,
        namespace.subject,
        'nobody-listens',
        `the accept queue of port ${port} is full: ${recvQ} of ${sendQ}`,
        heard.source,
      );
      return false;
    }
    return true;
  }
  const other = sockets[0];
  const by =
    other === undefined
      ? `nothing listens on port ${port}/${packet.proto}`
      : `port ${port}/${packet.proto} is open on ${other.value.localIp} only, not on ${address}`;
  drop(journey, way, namespace.subject, 'nobody-listens', by, other?.source ?? sourceOfSockets(namespace));
  return false;
}

function sourceOfSockets(namespace: NetNamespace): Fact<Socket>['source'] {
  const file = namespace.anySocket()?.source.file;
  return file === undefined ? {} : { file };
}

function takes({ localIp }: Socket, address: string): boolean {
  const bare = localIp.replace(/%.*$/, '').replace(/^\[|\]$/g, '');
  return bare === '0.0.0.0' || bare === '*' || bare === '::' || bare === address || bare === `::ffff:${address}`;
}

/**
 * IPVS takes what comes in for a virtual server, or is sent to one from here, and sends it on to one of its real servers
 * (ip_vs_remote_request, ip_vs_local_request). True where it did.
 */
export function balanced(journey: Journey, way: Way, namespace: NetNamespace): boolean {
  const { packet } = way;
  if (packet.dport === undefined || packet.dst === undefined || way.current?.balanced === true) return false;
  const service = namespace.ipvsService(packet.proto, packet.dst.start, packet.dport[0]);
  if (service === undefined) return false;
  const { value, source } = service;
  const servers = value.backends.filter(({ weight }) => weight !== 0);
  const text = `${value.proto.toUpperCase()} ${value.ip}:${value.port} ${value.scheduler ?? ''}`.trim();
  if (servers.length === 0) {
    drop(journey, way, namespace.subject, 'no-endpoints', `the virtual server ${text} has no real server`, source);
    return true;
  }
  each(way, servers, { kind: 'random', rule: { table: 'ipvs', chain: '', text, source } }, (one, server) => {
    const ip = parseIpv4(server.ip);
    if (ip === undefined) return;
    one.labels.push(`${server.ip}:${server.port}`);
    redirect(one, namespace, ip, server.port);
    addStep(one, namespace.subject, 'balanced-by-ipvs', {
      text,
      source,
      detail: { to: `${server.ip}:${server.port}` },
    });
    journey.send(one, namespace);
  });
  return true;
}

/** The connection's destination becomes a backend, and answers are translated back here. */
function redirect(way: Way, namespace: NetNamespace, ip: number, port: number): void {
  expectReply(way, namespace.subject, { src: ip, sport: port });
  if (way.current !== undefined) way.current.balanced = true;
  way.packet.dst = host(ip);
  way.packet.dport = [port, port];
}
