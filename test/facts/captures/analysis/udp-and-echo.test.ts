import { expect, test } from 'vitest';
import {
  CLIENT,
  conversationOf,
  echo,
  icmpError,
  type MadePacket,
  quotedUdp,
  SERVER,
  summaryOf,
  udp,
} from '../conversation-packets.js';

const [client, server] = [`${CLIENT}:40000`, `${SERVER}:9000`];
const request = (seq: number, at: number, more = {}) => echo('request', CLIENT, SERVER, seq, { at, ...more });
const reply = (seq: number, at: number, more = {}) => echo('reply', SERVER, CLIENT, seq, { at, ...more });
const fateOf = (packets: readonly MadePacket[]) => conversationOf(packets).fate;

test('a datagram with an answer is answered, and after how long is told', () => {
  const found = conversationOf([udp(client, server, { at: 1 }), udp(server, client, { at: 1.25 })]);
  expect(found).toMatchObject({ protocol: 'udp', fate: 'answered', begun: true, answeredAfter: 0.25, packets: [1, 2] });
});

test('datagrams without an answer are unanswered, and a single last one is pending', () => {
  expect(fateOf([udp(client, server, { at: 1 }), udp(client, server, { at: 2 })])).toBe('unanswered');
  expect(fateOf([udp(client, server, { at: 1 })])).toBe('pending');
});

test('a datagram that an ICMP error answers is rejected', () => {
  const error = icmpError(SERVER, CLIENT, 3, 3, quotedUdp(client, server));
  expect(conversationOf([udp(client, server), error])).toMatchObject({ fate: 'rejected', packets: [1, 2] });
});

test('an ICMP error about a datagram of another port rejects nothing', () => {
  const error = icmpError(SERVER, CLIENT, 3, 3, quotedUdp(`${CLIENT}:40001`, server));
  expect(fateOf([udp(client, server, { at: 1 }), udp(client, server, { at: 2 }), error])).toBe('unanswered');
});

test('answers alone are one-way, and their conversation was not seen to begin', () => {
  expect(conversationOf([udp(`${SERVER}:53`, client), udp(`${SERVER}:53`, client)])).toMatchObject({
    fate: 'one-way',
    begun: false,
    client: { ip: CLIENT, port: 40000 },
    server: { ip: SERVER, port: 53 },
  });
});

test('echo requests that are all answered are answered', () => {
  const found = conversationOf([request(1, 1), reply(1, 1.1), request(2, 2), reply(2, 2.1)]);
  expect(found).toMatchObject({
    protocol: 'icmp',
    fate: 'answered',
    echoId: 77,
    forward: { progress: 2 },
    reverse: { progress: 2 },
  });
});

test('echo requests of which some are not answered are answered in part, and those are named', () => {
  const found = conversationOf([
    request(1, 1),
    reply(1, 1.1),
    request(2, 2),
    request(3, 3),
    reply(3, 3.1),
    request(4, 4),
    reply(4, 4.1),
  ]);
  expect(found).toMatchObject({ fate: 'partly', packets: [3], forward: { progress: 4 }, reverse: { progress: 3 } });
});

test('echo requests of which none is answered are unanswered', () => {
  expect(conversationOf([request(1, 1), request(2, 2)])).toMatchObject({ fate: 'unanswered', packets: [1, 2] });
  expect(fateOf([request(1, 1)])).toBe('pending');
});

test('a last request whose reply may have come after the end is no loss', () => {
  expect(fateOf([request(1, 1), reply(1, 1.1), request(2, 2)])).toBe('answered');
});

test('replies that come twice do not stand for those that are missing', () => {
  const found = conversationOf([
    request(1, 1),
    reply(1, 1.1),
    reply(1, 1.2),
    request(2, 2),
    request(3, 3),
    reply(3, 3.1),
    reply(1, 3.2),
    reply(3, 3.3),
    request(4, 4),
    reply(4, 4.1),
  ]);
  expect(found).toMatchObject({ fate: 'partly', reverse: { progress: 3 } });
});

test('replies that come late and out of order are replies', () => {
  expect(fateOf([request(1, 1), request(2, 2), request(3, 3), reply(3, 3.5), reply(1, 3.6), reply(2, 3.7)])).toBe(
    'answered',
  );
});

test('numbers that pass 65535 go on', () => {
  const packets = [65_534, 65_535, 0, 1].flatMap((seq, i) => [request(seq, i), reply(seq, i + 0.1)]);
  expect(conversationOf(packets)).toMatchObject({
    fate: 'answered',
    forward: { progress: 4 },
    reverse: { progress: 4 },
  });
});

test('a tool that gives each request the same number is answered as often as it is', () => {
  const packets = [0, 1, 2, 3].flatMap((i) => (i === 2 ? [request(0, i)] : [request(0, i), reply(0, i + 0.1)]));
  expect(conversationOf(packets)).toMatchObject({ fate: 'partly', forward: { progress: 4 }, reverse: { progress: 3 } });
});

test('two that ping each other with the same identifier are two conversations', () => {
  const { conversations } = summaryOf([
    request(1, 1),
    reply(1, 1.1),
    echo('request', SERVER, CLIENT, 1, { at: 2 }),
    echo('request', SERVER, CLIENT, 2, { at: 3 }),
  ]);
  expect(conversations.map(({ client: { ip }, fate }) => [ip, fate])).toEqual([
    [CLIENT, 'answered'],
    [SERVER, 'unanswered'],
  ]);
});

test('a flood of requests without an answer counts them all', () => {
  const found = conversationOf(Array.from({ length: 5000 }, (_, i) => request(i & 0xffff, i / 1000)));
  expect(found).toMatchObject({ fate: 'unanswered', forward: { progress: 5000 } });
  expect(found.packets.length).toBeLessThan(20);
});

test('replies alone are one-way', () => {
  expect(conversationOf([reply(1, 1), reply(2, 2)])).toMatchObject({
    fate: 'one-way',
    begun: false,
    client: { ip: CLIENT },
    reverse: { progress: 2 },
  });
});

test('IPv6 echo is followed as IPv4 is', () => {
  const six = { family: 6 as const, kind: 'icmp6' as const, protocol: 58 };
  const found = conversationOf([
    echo('request', 'fd00::1', 'fd00::2', 1, { ...six, icmpType: 128 }),
    echo('reply', 'fd00::2', 'fd00::1', 1, { ...six, icmpType: 129 }),
  ]);
  expect(found).toMatchObject({ protocol: 'icmp6', fate: 'answered', client: { ip: 'fd00::1' } });
});

test('another protocol is unclear in one direction and answered in both', () => {
  const sctp = { kind: 'other' as const, protocol: 132 };
  expect(fateOf([udp(CLIENT, SERVER, sctp), udp(CLIENT, SERVER, sctp)])).toBe('unclear');
  expect(fateOf([udp(CLIENT, SERVER, sctp), udp(SERVER, CLIENT, sctp)])).toBe('answered');
});
