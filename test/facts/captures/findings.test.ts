import { describe, expect, test } from 'vitest';
import { CAPTURE_FINDING_IDS, type CaptureFindingId } from '../../../src/facts/capture.js';
import { readCapture } from '../../../src/facts/captures/capture-reader.js';
import { findingsOf } from '../../../src/facts/captures/findings.js';
import { pcapOf } from './capture-writers.js';
import {
  arp,
  bare,
  CLIENT,
  Dialogue,
  echo,
  icmpError,
  type MadePacket,
  outer,
  query,
  quotedTcp,
  quotedUdp,
  response,
  SERVER,
  summaryOf,
  tcp,
  udp,
} from './conversation-packets.js';
import { ethernet, filler, ipv4, PODS, tcp as tcpBytes, unfilled, vxlanFrame } from './decode/packet-bytes.js';

const [N1, N2] = ['192.168.1.11', '192.168.1.12'];
const DNS = ['10.244.1.2:40000', '10.96.0.10:53'] as const;
const talk = new Dialogue();
const about = quotedTcp(talk.client, talk.server);
const asked = [
  ...talk.handshake(),
  talk.fromClient(0.01, 'P.', 0, 0, { payload: 100 }),
  talk.fromServer(0.02, '.', 0, 100),
];
const error = (type: number, code: number, more = {}) => [icmpError('10.0.0.1', CLIENT, type, code, about, more)];
const error6 = (type: number, code: number, more = {}) => [
  icmpError('fd00::1', 'fd00::2', type, code, undefined, more),
];
const ping = (answered: readonly number[], of: number) =>
  Array.from({ length: of }, (_, i) => [
    echo('request', CLIENT, SERVER, i, { at: 1000 + i }),
    ...(answered.includes(i) ? [echo('reply', SERVER, CLIENT, i, { at: 1000.1 + i })] : []),
  ]).flat();
const through = (from: string, to: string, src: string, kind: 'vxlan' | 'ipip' | 'wireguard' = 'vxlan') =>
  udp(`${src}:1`, '10.244.9.9:2', { inside: [outer(from, to, kind)] });
const wireguard = (message: number, from: string = N1, to: string = N2) =>
  bare(outer(from, to, 'wireguard', { wireguardMessage: message }));
const large = (after: number) => talk.fromServer(after, '.', 0, 100, { payload: 1448 });
const resent = (times: number) => [
  ...talk.handshake(),
  ...Array.from({ length: times + 1 }, (_, i) => talk.fromClient(0.1 + i, '.', 0, 0, { payload: 10 })),
  talk.fromServer(9, 'P.', 0, 10, { payload: 10 }),
];
const foreign = new Dialogue({ server: '10.244.2.9:8080' });
const fragment = (fragmentOffset: number, moreFragments: boolean) =>
  bare({ kind: 'fragment', protocol: 17, src: N1, dst: N2, id: 77, fragmentOffset, moreFragments, length: 1500 });
const later = udp('10.0.0.1:53', '10.0.0.2:4000', { at: 1100 });

/** Found by following flows through several captures, not in one. */
type OfSeveral = 'lost-between' | 'left-outside-tunnel' | 'unanswered-beyond';
interface Shown {
  shows: MadePacket[];
  nearMiss: MadePacket[];
}

const SHOWN: Readonly<Record<Exclude<CaptureFindingId, OfSeveral>, Shown>> = {
  'syn-unanswered': { shows: [talk.syn(0), talk.syn(1)], nearMiss: [talk.syn(0)] },
  'syn-answered-late': {
    shows: [talk.syn(0), talk.syn(1), talk.synAck(1.01), talk.fromClient(1.02, '.', 0, 0)],
    nearMiss: [talk.syn(0), talk.synAck(1.01), talk.fromClient(1.02, '.', 0, 0)],
  },
  'connection-refused': {
    shows: [talk.syn(), tcp(talk.server, talk.client, 'R.', { seq: 0, ack: 5001, at: 1000.1 })],
    nearMiss: [...asked, talk.fromServer(0.1, 'R.', 0, 100)],
  },
  'connection-rejected': {
    shows: [talk.syn(), ...error(3, 13)],
    nearMiss: [...asked, ...error(3, 13)],
  },
  'reply-from-other-address': {
    shows: [talk.syn(), foreign.synAck(), tcp(foreign.client, foreign.server, 'R', { seq: 5001, at: 1000.1 })],
    nearMiss: [talk.syn(), talk.synAck(), tcp(talk.client, talk.server, 'R', { seq: 5001, at: 1000.1 })],
  },
  'reset-by-client': {
    shows: [talk.syn(), talk.synAck(), tcp(talk.client, talk.server, 'R', { seq: 5001, at: 1000.1 })],
    nearMiss: [...asked, talk.fromClient(0.1, 'R.', 100, 0)],
  },
  'handshake-unconfirmed': {
    shows: [talk.syn(), talk.synAck(0.1), talk.synAck(1.1)],
    nearMiss: [talk.syn(), talk.synAck(0.1), talk.synAck(1.1), talk.fromClient(1.2, '.', 0, 0)],
  },
  'transfer-stalled': {
    shows: [...asked, large(0.1), large(0.4), large(1)],
    nearMiss: [...asked, large(0.1), large(0.4), large(1), talk.fromClient(1.1, '.', 100, 1448)],
  },
  'request-without-response': {
    shows: [...asked, talk.fromClient(5, 'F.', 100, 0)],
    nearMiss: [...asked, talk.fromServer(3, 'P.', 0, 100, { payload: 1 }), talk.fromClient(5, 'F.', 100, 1)],
  },
  'connection-reset': {
    shows: [...asked, talk.fromServer(0.1, 'R.', 0, 100)],
    nearMiss: [...talk.whole(), talk.fromClient(0.1, 'R', 101, 201)],
  },
  retransmissions: { shows: resent(3), nearMiss: resent(2) },
  'echo-unanswered': { shows: ping([], 3), nearMiss: ping([0], 2) },
  'echo-partly-unanswered': { shows: ping([0, 2], 3), nearMiss: ping([0, 1, 2], 3) },
  'fragmentation-needed': { shows: error(3, 4, { mtu: 1400 }), nearMiss: error(3, 1) },
  'admin-prohibited': { shows: error(3, 13), nearMiss: error(3, 3) },
  'host-unreachable': { shows: error(3, 1), nearMiss: error(3, 0) },
  'net-unreachable': { shows: error(3, 0), nearMiss: error(3, 1) },
  'port-unreachable': { shows: error(3, 3), nearMiss: [icmpError(N2, N1, 3, 3, quotedUdp(`${N1}:5`, `${N2}:8472`))] },
  'time-exceeded': { shows: error(11, 0), nearMiss: error(11, 1) },
  'reassembly-timeout': { shows: error(11, 1), nearMiss: error(11, 0) },
  'icmp-redirect': { shows: error(5, 1), nearMiss: ping([0], 1) },
  'dns-unanswered': {
    shows: [query(...DNS, { at: 1 }), query(...DNS, { at: 6 })],
    nearMiss: [query(...DNS, { at: 1 })],
  },
  'dns-servfail': {
    shows: [query(...DNS), response(...DNS, { rcode: 2 })],
    nearMiss: [query(...DNS), response(...DNS)],
  },
  'dns-refused': {
    shows: [query(...DNS), response(...DNS, { rcode: 5 })],
    nearMiss: [query(...DNS), response(...DNS, { rcode: 3 })],
  },
  'dns-nxdomain': {
    shows: [query(...DNS), response(...DNS, { rcode: 3 })],
    nearMiss: [query(...DNS), response(...DNS, { rcode: 0, answers: 0 })],
  },
  'dns-slow': {
    shows: [query(...DNS, { at: 1 }), response(...DNS, { at: 3 })],
    nearMiss: [query(...DNS, { at: 1 }), response(...DNS, { at: 1.9 })],
  },
  'dns-asked-again': {
    shows: [query(...DNS, { at: 1 }), query(...DNS, { at: 6 }), response(...DNS, { at: 6.01 })],
    nearMiss: [
      query(...DNS, { at: 1 }),
      response(...DNS, { at: 1.1 }),
      query(...DNS, { at: 6 }),
      response(...DNS, { at: 6.01 }),
    ],
  },
  'dns-answered-twice': {
    shows: [query(...DNS), response(...DNS), response(...DNS)],
    nearMiss: [query(...DNS), query(...DNS), response(...DNS), response(...DNS)],
  },
  'address-claimed-twice': {
    shows: [arp(2, N1, N2, 1), arp(2, N1, N2, 2)],
    nearMiss: [arp(2, '169.254.1.1', N2, 1), arp(2, '169.254.1.1', N2, 2), arp(2, N1, N2, 1), arp(2, N2, N1, 2)],
  },
  'arp-unanswered': { shows: [arp(1, N1, N2, 1), arp(1, N1, N2, 1)], nearMiss: [arp(1, N1, N2, 1)] },
  'tunnel-unanswered': {
    shows: [1, 2, 3].map(() => through(N1, N2, CLIENT)),
    nearMiss: [...[1, 2, 3].map(() => through(N1, N2, CLIENT)), through(N2, N1, SERVER)],
  },
  'tunnel-port-unreachable': {
    shows: [icmpError(N2, N1, 3, 3, quotedUdp(`${N1}:5`, `${N2}:8472`))],
    nearMiss: [icmpError(N2, N1, 3, 3, quotedUdp(`${N1}:5`, `${N2}:53`))],
  },
  'tunnel-source-changes': {
    shows: [through(N1, N2, CLIENT), through('192.168.1.99', N2, CLIENT)],
    nearMiss: [through(N1, N2, CLIENT), through(N1, '192.168.1.99', CLIENT), through(N2, N1, SERVER)],
  },
  'tunnel-fragmented': {
    shows: [bare({ ...outer(N1, N2), moreFragments: true, length: 1500, id: 5 })],
    nearMiss: [bare({ ...outer(N1, N2), length: 1500, id: 5 })],
  },
  'wireguard-handshake-unanswered': {
    shows: [wireguard(1), wireguard(1)],
    nearMiss: [wireguard(1), wireguard(1), wireguard(2, N2, N1)],
  },
  'fragments-incomplete': {
    shows: [fragment(0, true), fragment(2960, false), later],
    nearMiss: [fragment(0, true), fragment(1480, false), later],
  },
  'bad-ip-checksum': {
    shows: [talk.syn(0, { ipChecksum: 'bad' })],
    nearMiss: [talk.syn(0, { ipChecksum: 'unfilled' })],
  },
  'bad-checksum': {
    shows: [talk.syn(0, { transportChecksum: 'bad' })],
    nearMiss: [talk.syn(0, { transportChecksum: 'unfilled' })],
  },
};

const idsOf = (packets: readonly MadePacket[]) => findingsOf(summaryOf(packets)).map(({ id }) => id);

describe.each(Object.entries(SHOWN))('%s', (id, { shows, nearMiss }) => {
  test('is found, with packets that show it', () => {
    const found = findingsOf(summaryOf(shows)).find((finding) => finding.id === id);
    expect(found?.packets.length).toBeGreaterThan(0);
    for (const packet of found!.packets) expect(packet).toBeGreaterThan(0);
  });

  test('is not found in what only looks like it', () => {
    expect(idsOf(nearMiss)).not.toContain(id);
  });
});

test('every kind of finding is of one capture or of several', () => {
  const several: OfSeveral[] = ['lost-between', 'left-outside-tunnel', 'unanswered-beyond'];
  expect([...Object.keys(SHOWN), ...several].sort()).toEqual([...CAPTURE_FINDING_IDS].sort());
});

test('an exchange in which all is well shows nothing', () => {
  const packets = [
    arp(1, N1, N2, 1),
    arp(2, N2, N1, 2),
    query(...DNS),
    response(...DNS),
    ...talk.whole(),
    ...ping([0, 1, 2], 3),
    through(N1, N2, CLIENT),
    through(N2, N1, SERVER),
  ];
  expect(findingsOf(summaryOf(packets))).toEqual([]);
});

test("IPv6's errors are what IPv4's are", () => {
  const one = (packets: MadePacket[]) => idsOf(packets)[0];
  expect(one(error6(2, 0, { mtu: 1280 }))).toBe('fragmentation-needed');
  expect(one(error6(1, 1))).toBe('admin-prohibited');
  expect(one(error6(1, 0))).toBe('net-unreachable');
  expect(one(error6(1, 3))).toBe('host-unreachable');
  expect(one(error6(1, 4))).toBe('port-unreachable');
  expect(one(error6(3, 0))).toBe('time-exceeded');
  expect(one(error6(3, 1))).toBe('reassembly-timeout');
});

test("WireGuard's keepalives and packets to a group are not tunnels that nobody answers", () => {
  expect(idsOf([1, 2, 3, 4].map(() => wireguard(4)))).toEqual([]);
  expect(idsOf([1, 2, 3].map(() => through(N1, '239.1.1.1', CLIENT)))).toEqual([]);
});

test('what went wrong comes before what is worth knowing', () => {
  const weights = findingsOf(summaryOf([query(...DNS), response(...DNS, { rcode: 3 }), ...ping([], 3)])).map(
    ({ weight }) => weight,
  );
  expect(weights).toEqual(['fault', 'note']);
});

test('findings of one kind are listed so far and no further', () => {
  const many = Array.from(
    { length: 500 },
    (_, i) => new Dialogue({ client: `10.1.${i >> 8}.${i & 255}:5`, isn: i * 1000 }),
  );
  expect(idsOf(many.flatMap((one) => [one.syn(0), one.syn(1)])).length).toBe(50);
});

const segment = tcpBytes(PODS, {}, filler(200));
const idsIn = (frames: Uint8Array[]) => {
  const { interfaces } = readCapture(pcapOf(frames.map((data) => ({ data }))));
  return findingsOf(interfaces[0]!.summary).map(({ id }) => id);
};

test('checksums that the NIC has yet to fill in are no finding on the sending side', () => {
  const frame = ethernet(0x0800, ipv4(PODS, 6, unfilled(PODS, 6, segment, 16)));
  expect(idsIn([frame, frame])).not.toContain('bad-checksum');
  expect(idsIn([vxlanFrame(frame)])).not.toContain('bad-checksum');
});

test('checksums that are wrong where the packet arrives are a finding', () => {
  const broken = Uint8Array.from(segment);
  broken[30]! ^= 0xff;
  const frame = ethernet(0x0800, ipv4(PODS, 6, broken));
  expect(idsIn([frame])).toContain('bad-checksum');
  expect(idsIn([vxlanFrame(frame)])).toContain('bad-checksum');
  expect(idsIn([ethernet(0x0800, ipv4(PODS, 6, segment))])).not.toContain('bad-checksum');
});
