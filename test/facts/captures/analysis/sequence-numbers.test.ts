import { expect, test } from 'vitest';
import { readFacts } from '../../../../src/facts/read.js';
import { CNIS } from '../../cni-profiles.js';
import { conversationOf, Dialogue, type MadePacket } from '../conversation-packets.js';

const talk = new Dialogue();
const segment = (n: number, after: number, more = {}) =>
  talk.fromClient(after, '.', 1000 * n, 0, { payload: 1000, ...more });

test('a segment that is sent again is a retransmission', () => {
  const found = conversationOf([...talk.handshake(), segment(0, 0.1), segment(1, 0.2), segment(0, 0.4)]);
  expect(found.forward).toMatchObject({ packets: 5, retransmissions: 1, progress: 5001 + 2000 });
});

test('a segment with the same identification at once is the same packet at a second place', () => {
  const twice = (packets: MadePacket[]) =>
    packets.flatMap((packet) => [packet, { ...packet, at: packet.at! + 0.0001 }]);
  const found = conversationOf(twice([...talk.handshake(), segment(0, 0.1), segment(1, 0.2)]));
  expect(found.forward).toMatchObject({ packets: 4, retransmissions: 0 });
  expect(found).toMatchObject({ syns: 1, fate: 'open' });
});

test('packets that pass the second place in a batch are no retransmissions', () => {
  const batch = [segment(0, 0.1), segment(1, 0.1), segment(2, 0.1)];
  const found = conversationOf([...talk.handshake(), ...batch, ...batch]);
  expect(found.forward).toMatchObject({ packets: 5, retransmissions: 0 });
});

test('a packet that is seen again much later was sent again', () => {
  const one = segment(0, 0.1);
  const found = conversationOf([...talk.handshake(), one, { ...one, at: one.at! + 0.3 }]);
  expect(found.forward).toMatchObject({ packets: 4, retransmissions: 1 });
});

test('sequence numbers that pass 2^32 go on', () => {
  const high = new Dialogue({ isn: 0xffff_fc00, serverIsn: 0xffff_ffff });
  const sent = [0, 1, 2, 3].flatMap((n) => [
    high.fromClient(0.1 * (n + 1), '.', 1000 * n, 0, { payload: 1000 }),
    high.fromServer(0.1 * (n + 1) + 0.01, '.', 0, 1000 * (n + 1)),
  ]);
  const found = conversationOf([...high.handshake(), ...sent]);
  expect(found).toMatchObject({
    fate: 'open',
    forward: { retransmissions: 0, progress: (0xffff_fc01 + 4000) % 2 ** 32 },
  });
});

test('a transfer that stands still beyond 2^32 stalls', () => {
  const high = new Dialogue({ isn: 0xffff_ff00 });
  const stuck = (after: number) => high.fromClient(after, '.', 1000, 0, { payload: 1448 });
  const found = conversationOf([
    ...high.handshake(),
    high.fromClient(0.1, '.', 0, 0, { payload: 1000 }),
    high.fromServer(0.2, '.', 0, 1000),
    stuck(0.3),
    stuck(0.6),
    stuck(1.2),
  ]);
  expect(found.stalled).toEqual({ payload: 1448, by: 'client', times: 3, acknowledgedBefore: 1000 });
});

test('keepalives, empty or of one byte, are no retransmissions', () => {
  const alive = [1, 2, 3, 4].flatMap((n) => [
    talk.fromClient(n, '.', 999, 0, { payload: n % 2 }),
    talk.fromServer(n + 0.01, '.', 0, 1000),
  ]);
  const found = conversationOf([...talk.handshake(), segment(0, 0.1), talk.fromServer(0.2, '.', 0, 1000), ...alive]);
  expect(found).toMatchObject({ forward: { retransmissions: 0 }, fate: 'open' });
});

test('a SYN whose number was not captured is one attempt', () => {
  const found = conversationOf([talk.syn(0, { seq: -1 })]);
  expect(found).toMatchObject({ syns: 1, forward: { retransmissions: 0 } });
});

/** As tcpdump prints it: absolute as far as the SYN-ACK, relative behind. */
function printed(isn: number, serverIsn: number, options: { absolute?: boolean } = {}): string {
  const [client, server] = ['10.244.1.2.40000', '10.244.2.2.80'];
  const [a, b] = options.absolute === true ? [isn, serverIsn] : [0, 0];
  let second = 0;
  const line = (from: string, to: string, text: string) => {
    second += 1;
    return `10:00:${String(second).padStart(2, '0')}.000000 IP ${from} > ${to}: ${text}`;
  };
  const stuck = () => line(client, server, `Flags [.], seq ${a + 501}:${a + 1949}, ack ${b + 1}, win 502, length 1448`);
  return [
    line(client, server, `Flags [S], seq ${isn}, win 64240, options [mss 1410], length 0`),
    line(server, client, `Flags [S.], seq ${serverIsn}, ack ${isn + 1}, win 64240, length 0`),
    line(client, server, `Flags [.], ack ${b + 1}, win 502, length 0`),
    line(client, server, `Flags [P.], seq ${a + 1}:${a + 501}, ack ${b + 1}, win 502, length 500`),
    line(server, client, `Flags [.], ack ${a + 501}, win 502, length 0`),
    stuck(),
    stuck(),
    stuck(),
  ].join('\n');
}

function inText(text: string) {
  const bytes = new TextEncoder().encode(`${text}\n`);
  const { store } = readFacts(
    { entries: [{ path: 'captures/n1/eth0.txt', bytes }], problems: [] },
    { logPatterns: [], cnis: CNIS },
  );
  const [capture] = store.all('capture');
  if (capture?.value.conversations.length !== 1) throw new Error('not one conversation');
  return capture.value.conversations[0]!;
}

test.each([5, 0x0500_0000, 0x7fff_0000, 0xf000_0000])(
  'numbers that tcpdump counts from %d on are taken for what they were on the wire',
  (isn) => {
    const found = inText(printed(isn, 77_777_777));
    expect(found).toMatchObject({ fate: 'stalled', forward: { progress: isn + 1949, retransmissions: 2 } });
    expect(found.stalled).toEqual({ payload: 1448, by: 'client', times: 3, acknowledgedBefore: 500 });
  },
);

test('absolute numbers of tcpdump -S are left as they are', () => {
  const found = inText(printed(0x0500_0000, 77_777_777, { absolute: true }));
  expect(found).toMatchObject({ fate: 'stalled', forward: { progress: 0x0500_0000 + 1949, retransmissions: 2 } });
  expect(found.stalled).toMatchObject({ acknowledgedBefore: 500 });
});

test('a text that begins in the middle of a connection goes on from its first packet', () => {
  const found = inText(
    [
      '10:00:01.000000 IP 10.244.1.2.40000 > 10.244.2.2.80: Flags [P.], seq 83886080:83887080, ack 99, win 502, length 1000',
      '10:00:02.000000 IP 10.244.2.2.80 > 10.244.1.2.40000: Flags [.], ack 1000, win 502, length 0',
      '10:00:03.000000 IP 10.244.1.2.40000 > 10.244.2.2.80: Flags [P.], seq 1000:2000, ack 1, win 502, length 1000',
      '10:00:04.000000 IP 10.244.2.2.80 > 10.244.1.2.40000: Flags [.], ack 2000, win 502, length 0',
    ].join('\n'),
  );
  expect(found).toMatchObject({ fate: 'open', begun: false, forward: { progress: 83_888_080, retransmissions: 0 } });
});
