import { expect, test } from 'vitest';
import {
  CLIENT,
  conversationOf,
  Dialogue,
  icmpError,
  type MadePacket,
  quotedTcp,
  SERVER,
  summaryOf,
  tcp,
} from '../conversation-packets.js';

const talk = new Dialogue();
const fateOf = (packets: readonly MadePacket[]) => conversationOf(packets).fate;
const from = { ip: CLIENT, port: 40000 };
const to = { ip: SERVER, port: 80 };

test('SYNs that are sent again without an answer are unanswered', () => {
  const found = conversationOf([talk.syn(0), talk.syn(1), talk.syn(3)]);
  expect(found).toMatchObject({ fate: 'unanswered', begun: true, syns: 3, client: from, server: to, packets: [1, 3] });
  expect(found.forward).toMatchObject({ packets: 3, retransmissions: 2, isn: 5000 });
});

test('one SYN without an answer is pending where the capture ends right behind it, and unanswered where it goes on', () => {
  expect(fateOf([talk.syn(0)])).toBe('pending');
  const later = summaryOf([talk.syn(0), tcp('10.0.0.1:1', '10.0.0.2:2', 'S', { seq: 1, at: 1002 })]);
  expect(later.conversations.map(({ fate }) => fate)).toEqual(['unanswered', 'pending']);
});

test('a reset in answer to the SYN is a refusal', () => {
  const reset = tcp(talk.server, talk.client, 'R.', { seq: 0, ack: 5001, at: 1000.1 });
  expect(conversationOf([talk.syn(), reset])).toMatchObject({ fate: 'refused', resetBy: 'server', packets: [1, 2] });
});

test('an ICMP error about the SYN rejects the connection', () => {
  const error = icmpError('10.244.2.1', CLIENT, 3, 13, quotedTcp(talk.client, talk.server));
  expect(conversationOf([talk.syn(), error])).toMatchObject({ fate: 'rejected', packets: [1, 2] });
});

test('neither a redirect nor a hint of another MTU rejects a connection', () => {
  const about = quotedTcp(talk.client, talk.server);
  expect(fateOf([talk.syn(), talk.syn(1), icmpError('10.244.2.1', CLIENT, 5, 1, about)])).toBe('unanswered');
  expect(fateOf([talk.syn(), talk.syn(1), icmpError('10.244.2.1', CLIENT, 3, 4, about, { mtu: 1400 })])).toBe(
    'unanswered',
  );
});

test('a client that resets what answered it is told', () => {
  const reset = tcp(talk.client, talk.server, 'R', { seq: 5001, at: 1000.1 });
  expect(conversationOf([talk.syn(), talk.synAck(), reset])).toMatchObject({
    fate: 'reset-by-client',
    resetBy: 'client',
    packets: [1, 2, 3],
  });
});

test('a SYN-ACK that is sent again is unconfirmed', () => {
  expect(fateOf([talk.syn(), talk.synAck(0.1), talk.synAck(1.1)])).toBe('unconfirmed');
});

test('a SYN-ACK at the end of the capture is pending', () => {
  expect(fateOf([talk.syn(), talk.synAck()])).toBe('pending');
});

test('a large segment that is sent again and never acknowledged stalls the transfer', () => {
  const large = (after: number) => talk.fromServer(after, '.', 0, 100, { payload: 1448 });
  const found = conversationOf([
    ...talk.handshake(),
    talk.fromClient(0.01, 'P.', 0, 0, { payload: 100 }),
    talk.fromServer(0.02, '.', 0, 100),
    large(0.03),
    large(0.3),
    large(0.8),
  ]);
  expect(found.fate).toBe('stalled');
  expect(found.stalled).toEqual({ payload: 1448, by: 'server', times: 3, acknowledgedBefore: 0 });
});

test('what was acknowledged before the stall is counted', () => {
  const large = (after: number) => talk.fromClient(after, '.', 300, 0, { payload: 1448 });
  const found = conversationOf([
    ...talk.handshake(),
    talk.fromClient(0.01, 'P.', 0, 0, { payload: 300 }),
    talk.fromServer(0.02, '.', 0, 300),
    large(0.03),
    large(0.3),
    large(0.8),
  ]);
  expect(found.stalled).toEqual({ payload: 1448, by: 'client', times: 3, acknowledgedBefore: 300 });
});

test('a segment that is acknowledged after all does not stall', () => {
  const large = (after: number) => talk.fromClient(after, '.', 0, 0, { payload: 1448 });
  expect(fateOf([...talk.handshake(), large(0.1), large(0.4), large(0.9), talk.fromServer(1, '.', 0, 1448)])).toBe(
    'open',
  );
});

test('a request that is acknowledged and not answered for two seconds has no response', () => {
  const asked = [
    ...talk.handshake(),
    talk.fromClient(0.01, 'P.', 0, 0, { payload: 100 }),
    talk.fromServer(0.02, '.', 0, 100),
  ];
  expect(fateOf([...asked, talk.fromClient(5, 'F.', 100, 0)])).toBe('no-response');
  expect(fateOf([...asked, talk.fromClient(1, 'F.', 100, 0)])).toBe('open');
});

test('a client that sends on and on to a server that only takes has no response to wait for', () => {
  const sent = [0, 1, 2, 3, 4].flatMap((n) => [
    talk.fromClient(n + 0.01, 'P.', 100 * n, 0, { payload: 100 }),
    talk.fromServer(n + 0.02, '.', 0, 100 * (n + 1)),
  ]);
  expect(fateOf([...talk.handshake(), ...sent])).toBe('open');
});

test('a reset in the middle is a reset, and whose it was is told', () => {
  const asked = [...talk.handshake(), talk.fromClient(0.01, 'P.', 0, 0, { payload: 100 })];
  const byServer = conversationOf([...asked, talk.fromServer(0.1, 'R.', 0, 100)]);
  expect(byServer).toMatchObject({ fate: 'reset', resetBy: 'server' });
  const byClient = conversationOf([
    ...asked,
    talk.fromServer(0.05, 'P.', 0, 100, { payload: 10 }),
    talk.fromClient(0.1, 'R.', 100, 10),
  ]);
  expect(byClient).toMatchObject({ fate: 'reset', resetBy: 'client' });
});

test('a connection that both sides close is closed, and one that nobody closes open', () => {
  const closed = conversationOf(talk.whole());
  expect(closed).toMatchObject({ fate: 'closed', begun: true, syns: 1 });
  expect(closed.answeredAfter).toBeCloseTo(0.001, 6);
  expect(closed.forward).toMatchObject({ packets: 6, retransmissions: 0, progress: 5101 });
  expect(closed.reverse).toMatchObject({ packets: 4, retransmissions: 0, progress: 9201 });
  expect(fateOf(talk.whole().slice(0, 7))).toBe('open');
});

test('a reset behind both FINs is a way to close', () => {
  expect(fateOf([...talk.whole(), talk.fromClient(0.02, 'R', 101, 201)])).toBe('closed');
});

test('packets of one side in the middle of a connection are one-way', () => {
  const found = conversationOf([1, 2, 3].map((n) => talk.fromClient(n, 'P.', 100 * n, 0, { payload: 100 })));
  expect(found).toMatchObject({ fate: 'one-way', begun: false, client: from, server: to });
});

test('a connection whose beginning was not captured is open, its client the one with the higher port', () => {
  const found = conversationOf([
    talk.fromServer(1, 'P.', 500, 0, { payload: 100 }),
    talk.fromClient(1.1, '.', 0, 600),
    talk.fromServer(1.2, 'P.', 600, 0, { payload: 100 }),
  ]);
  expect(found).toMatchObject({ fate: 'open', begun: false, client: from, server: to });
});

test('a connection of which the SYN-ACK is the first packet knows its client', () => {
  const found = conversationOf([talk.synAck(), talk.fromClient(0.01, '.', 0, 0)]);
  expect(found).toMatchObject({ client: from, server: to, begun: false });
});

test('a SYN that is noted behind its SYN-ACK is of the same connection', () => {
  expect(conversationOf([talk.synAck(), talk.syn(), talk.fromClient(0.01, '.', 0, 0)])).toMatchObject({
    fate: 'open',
    begun: true,
    syns: 1,
  });
});

test('a port that is used again makes another conversation', () => {
  const again = new Dialogue({ at: 1100, isn: 70_000 });
  const { conversations } = summaryOf([...talk.whole(), again.syn(0), again.syn(1), again.syn(3)]);
  expect(conversations.map(({ fate, syns }) => [fate, syns])).toEqual([
    ['closed', 1],
    ['unanswered', 3],
  ]);
});

test('an attempt that failed is not hidden by one from the same port that went well', () => {
  const again = new Dialogue({ at: 1100, isn: 70_000 });
  const { conversations } = summaryOf([talk.syn(0), talk.syn(1), ...again.whole()]);
  expect(conversations.map(({ fate }) => fate)).toEqual(['unanswered', 'closed']);
});

test('an answer that comes only to a repeated SYN tells after how long', () => {
  const found = conversationOf([talk.syn(0), talk.syn(1), talk.synAck(1.001), talk.fromClient(1.002, '.', 0, 0)]);
  expect(found).toMatchObject({ fate: 'open', syns: 2 });
  expect(found.answeredAfter).toBeCloseTo(1.001, 6);
});

test('without times one SYN is pending and two are unanswered', () => {
  const none = { at: Number.NaN };
  expect(fateOf([talk.syn(0, none)])).toBe('pending');
  expect(fateOf([talk.syn(0, none), talk.syn(1, none)])).toBe('unanswered');
});

test('without times a whole connection is closed', () => {
  expect(fateOf(talk.whole().map((packet) => ({ ...packet, at: Number.NaN })))).toBe('closed');
});

test('a clock that is set back changes no fate', () => {
  const back = talk.whole().map((packet, i) => (i < 3 ? packet : { ...packet, at: packet.at! - 3600 }));
  expect(conversationOf(back)).toMatchObject({ fate: 'closed', forward: { retransmissions: 0 } });
});
