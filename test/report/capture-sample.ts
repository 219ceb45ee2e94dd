import type { CaptureDirection, CapturePath, CaptureSummary, Conversation } from '../../src/facts/capture.js';
import type { CaptureReport, ReportedCapture } from '../../src/report/capture-report.js';

/** What captures show, made by hand: each test says what is different about it. */

export function direction(given: Partial<CaptureDirection> = {}): CaptureDirection {
  return {
    ...{ packets: 0, bytes: 0, largest: 0, firstPacket: 0, lastPacket: 0, firstAt: Number.NaN, lastAt: Number.NaN },
    ...{ retransmissions: 0, progress: 0, badChecksums: 0, unfilledChecksums: 0 },
    ...given,
  };
}

export function conversation(given: Partial<Conversation> = {}): Conversation {
  return {
    protocol: 'tcp',
    number: 6,
    client: { ip: '10.244.1.5', port: 40000 },
    server: { ip: '10.244.2.7', port: 80 },
    begun: true,
    forward: direction({ packets: 2, bytes: 120, largest: 60, firstPacket: 1, lastPacket: 2, firstAt: 1_700_000_000 }),
    reverse: direction(),
    fate: 'closed',
    packets: [1, 2],
    ...given,
  };
}

export function summary(given: Partial<CaptureSummary> = {}): CaptureSummary {
  return {
    ...{ packets: 10, decoded: 10, linkTypes: ['EN10MB'], firstAt: 1_700_000_000, lastAt: 1_700_000_009.5 },
    ...{ conversations: [], lookups: [], icmpErrors: [], claims: [], tunnels: [] },
    fragments: { datagrams: 0, incomplete: 0, examples: [] },
    badIpChecksums: { count: 0, examples: [] },
    badTransportChecksums: { count: 0, examples: [], from: [] },
    unfilledChecksums: 0,
    letGo: { conversations: 0, lookups: 0, other: 0 },
    form: 'packets',
    ...given,
  };
}

export function capture(of: CaptureSummary, given: Partial<ReportedCapture> = {}): ReportedCapture {
  const { packets, decoded, linkTypes } = of;
  return {
    ...{ file: 'n1/eth0.pcap', format: 'pcap', node: 'n1', linkTypes, packets, decoded, problems: [] },
    interfaces: [{ iface: 'eth0', role: 'nic', summary: of, findings: [] }],
    ...given,
  };
}

export function report(captures: ReportedCapture[], given: Partial<CaptureReport> = {}): CaptureReport {
  return { captures, paths: [], pathFindings: [], passedOver: 0, problems: [], ...given };
}

export const NO_BYTES = { request: 0, reply: 0 };

/** A ping that n1's NIC sent and n2's did not get. */
export function lostPath(given: Partial<CapturePath> = {}): CapturePath {
  const ends = { client: { ip: '10.9.11.187' }, server: { ip: '10.9.30.253' } };
  const last = {
    node: 'n1',
    iface: 'eth0',
    role: 'nic',
    forward: 5,
    reverse: 0,
    bytes: { request: 420, reply: 0 },
    ...ends,
  } as const;
  const next = { node: 'n2', iface: 'eth0', role: 'nic', forward: 0, reverse: 0, bytes: NO_BYTES } as const;
  return {
    ...{ protocol: 'icmp', ...ends, hops: [last, next], verdict: 'lost', direction: 'request', largeOnly: false },
    ...{ last, next, packets: [3, 7], startsAtPod: false, endsAtPod: false, begun: true },
    ...given,
  };
}

const LOOKUP = {
  ...{ client: { ip: '10.244.1.5', port: 5353 }, server: { ip: '10.96.0.10', port: 53 }, name: 'api.default.svc' },
  ...{ type: 'A', id: 1, queries: 1, responses: 1, firstAt: 1_700_000_000, inTunnel: false, packets: [4] },
};

/** A capture in which everything is wrong that one capture can show, and a little of it is not known. */
export function everythingWrong(): CaptureSummary {
  const tcp = (fate: Conversation['fate'], given: Partial<Conversation> = {}) =>
    conversation({ fate, client: { ip: '10.244.1.5', port: 1000 + fate.length }, ...given });
  const echo = { protocol: 'icmp', number: 1, client: { ip: '10.244.1.5' }, server: { ip: '10.244.2.7' } } as const;
  const sent = (packets: number, largest: number) => direction({ packets, largest, progress: packets });
  const error = (type: number, code: number, given: object = {}) => ({
    ...{ family: 4 as const, type, code, from: '10.0.0.1', to: '10.0.0.2', count: 2, inTunnel: false, packets: [9] },
    ...given,
  });
  const about = { protocol: 17, from: { ip: '10.0.0.2', port: 40000 }, to: { ip: '10.0.0.1', port: 8472 } };
  const tunnel = (from: string, to: string, given: object = {}) => ({
    ...{ kind: 'vxlan' as const, from, to, port: 8472, packets: 5, carried: 5, fragmented: 1 },
    ...{ innerSources: ['10.244.3.0'], firstAt: Number.NaN, examples: [1, 2] },
    ...given,
  });
  return summary({
    conversations: [
      tcp('unanswered', { syns: 5 }),
      tcp('closed', {
        syns: 2,
        answeredAfter: 1.02,
        forward: direction({ packets: 20, bytes: 9000, retransmissions: 5, firstPacket: 1, lastPacket: 20 }),
      }),
      tcp('refused'),
      tcp('rejected'),
      tcp('pending', { client: { ip: '10.244.1.9', port: 7 }, server: { ip: '10.96.20.20', port: 80 } }),
      tcp('reset-by-client', { client: { ip: '10.244.1.9', port: 7 }, server: { ip: '10.244.2.2', port: 8080 } }),
      tcp('reset-by-client', { client: { ip: '10.244.1.8', port: 8 }, begun: false }),
      tcp('unconfirmed'),
      tcp('stalled', { stalled: { payload: 1398, by: 'server', times: 5, acknowledgedBefore: 100 } }),
      tcp('no-response'),
      tcp('reset', { resetBy: 'server', tunnel: { kind: 'vxlan', vni: 1, from: '192.168.0.1', to: '192.168.0.2' } }),
      tcp('reset', { resetBy: 'client', client: { ip: 'fd00::1', port: 1 } }),
      conversation({ ...echo, fate: 'unanswered', echoId: 1, forward: sent(3, 84) }),
      conversation({ ...echo, fate: 'unanswered', echoId: 2, forward: sent(3, 1500) }),
      conversation({ ...echo, fate: 'unanswered', echoId: 3, forward: sent(3, 0) }),
      conversation({ ...echo, fate: 'partly', echoId: 4, forward: sent(9, 84), reverse: sent(3, 84) }),
      conversation({ ...echo, fate: 'partly', echoId: 5, forward: sent(9, 1500), reverse: sent(3, 1500) }),
      conversation({ ...echo, fate: 'partly', echoId: 6, forward: sent(9, 0), reverse: sent(3, 0) }),
    ],
    lookups: [
      { ...LOOKUP, queries: 3, responses: 0 },
      { ...LOOKUP, rcode: 2 },
      { ...LOOKUP, rcode: 3, answeredAfter: Number.NaN },
      { ...LOOKUP, rcode: 5 },
      { ...LOOKUP, rcode: 0, answers: 1, answeredAfter: 2.5 },
      { ...LOOKUP, rcode: 0, answers: 1, answeredAfter: 5.001, queries: 2 },
      { ...LOOKUP, rcode: 0, answers: 1, responses: 2 },
    ],
    icmpErrors: [
      error(3, 4, { mtu: 1450, about }),
      error(3, 4),
      error(3, 13, { about }),
      ...[error(3, 1), error(3, 0), error(3, 3), error(11, 0), error(11, 1), error(5, 1)],
      error(3, 3, { about }),
    ],
    claims: [
      { ip: '10.0.0.9', macs: ['02:00:00:00:00:01', '02:00:00:00:00:02'], asked: 1, answered: 1, packets: [5] },
      { ip: '10.0.0.8', macs: [], asked: 4, answered: 0, packets: [6] },
    ],
    tunnels: [
      tunnel('192.168.0.1', '192.168.0.2'),
      tunnel('192.168.0.9', '192.168.0.2', { innerSources: ['10.244.3.0'] }),
      { ...tunnel('192.168.0.3', '192.168.0.4'), kind: 'wireguard', handshakes: { initiations: 4, responses: 0 } },
    ],
    fragments: { datagrams: 4, incomplete: 2, examples: [8] },
    badIpChecksums: { count: 2, examples: [1] },
    badTransportChecksums: { count: 3, examples: [1, 2], from: ['10.0.0.1'] },
  });
}
