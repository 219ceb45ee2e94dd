import { expect, test } from 'vitest';
import { followFlows } from '../../../../src/facts/captures/path/follow.js';
import { CLIENT, Dialogue, echo, query, response, SERVER, tcp, udp } from '../conversation-packets.js';
import {
  BACKGROUND,
  captureAt,
  capturesOf,
  KNOWN,
  knocks,
  NODES,
  pathOf,
  pings,
  seenAt,
  verdictOf,
  wrapped,
} from './journey.js';

const OUTSIDE = '203.0.113.53';
const SERVICE = '10.96.20.20';

test('a masqueraded connection is one flow: the pod before the NIC, the node with another port behind it', () => {
  const inside = new Dialogue({ server: `${OUTSIDE}:443` });
  const outside = new Dialogue({ server: `${OUTSIDE}:443`, client: `${NODES.n1}:1615` });
  const path = pathOf([captureAt('n1 veth1', knocks(inside).requests), captureAt('n1 eth0', knocks(outside).requests)]);
  expect(path.hops.map(({ client }) => client)).toEqual([
    { ip: CLIENT, port: 40000 },
    { ip: NODES.n1, port: 1615 },
  ]);
  expect(verdictOf(path)).toBe('unanswered request n1 eth0');
});

test('a masqueraded ping is one flow by its identifier', () => {
  const inside = [1, 2].map((seq) => echo('request', CLIENT, OUTSIDE, seq, { at: 1000 + seq }));
  const outside = [1, 2].map((seq) => echo('request', NODES.n1!, OUTSIDE, seq, { at: 1000 + seq }));
  expect(verdictOf(pathOf([captureAt('n1 veth1', inside), captureAt('n1 eth0', outside)]))).toBe(
    'unanswered request n1 eth0',
  );
});

test('pings of two pods with one identifier, one after the other, are two flows', () => {
  const one = pings();
  const two = pings({ from: '10.244.1.3', at: 1100 });
  const captures = [
    captureAt('n1 cni0', [...one.requests, ...two.requests, ...two.replies]),
    captureAt('n1 eth0', [...two.requests, ...two.replies]),
  ];
  expect(followFlows(captures).map(verdictOf)).toEqual(['lost request n1 cni0 > n1 eth0', 'answered']);
});

test('a masqueraded lookup is one flow by its identifier, though its port changed', () => {
  const ask = (client: string, at: number) => query(client, `${OUTSIDE}:53`, { id: 17_770, at });
  const later = udp('10.244.1.9:4000', '10.244.1.8:9000', { at: 1010 });
  const captures = [
    captureAt('n1 cni0', [later, ask(`${CLIENT}:57178`, 1000), ask(`${CLIENT}:36524`, 1002.01)]),
    captureAt('n1 eth0', [later, ask(`${NODES.n1}:1615`, 1000.001), ask(`${NODES.n1}:51472`, 1002.011)]),
  ];
  const paths = followFlows(captures).filter(({ server }) => server.ip === OUTSIDE);
  expect(paths.map(verdictOf)).toEqual(['unanswered request n1 eth0', 'unanswered request n1 eth0']);
  expect(paths.every(({ hops }) => hops.length === 2)).toBe(true);
});

test('a Service’s address and its backend are one flow, and the backend is told', () => {
  const asked = new Dialogue({ server: `${SERVICE}:80` });
  const sent = new Dialogue({ server: `${SERVER}:8080` });
  const captures = [
    captureAt('n1 veth1', knocks(asked).requests),
    ...capturesOf([seenAt(knocks(sent), { requestTo: 3 })], { places: ['n1 flannel.1', 'n1 eth0', 'n2 eth0'] }),
  ];
  const path = pathOf(captures, CLIENT, KNOWN);
  expect(path).toMatchObject({
    server: { ip: SERVICE, port: 80 },
    backend: { ip: SERVER, port: 8080 },
    serverNode: 'n2',
  });
  expect(verdictOf(path)).toBe('lost request n1 eth0 > n2 eth0');
});

test('a datagram to a Service keeps its client’s end', () => {
  const captures = [
    captureAt(
      'n1 veth1',
      [1, 2].map((at) => udp(`${CLIENT}:5353`, `${SERVICE}:53`, { at })),
    ),
    captureAt(
      'n1 eth0',
      [1, 2].map((at) => wrapped(udp(`${CLIENT}:5353`, `${SERVER}:53`, { at }), NODES.n1!, NODES.n2!)),
    ),
  ];
  expect(pathOf(captures, CLIENT, KNOWN)).toMatchObject({ server: { ip: SERVICE }, backend: { ip: SERVER } });
});

test('a reply that comes untranslated is told where the client resets it', () => {
  const asked = new Dialogue({ server: `${SERVICE}:80` });
  const foreign = new Dialogue({ server: '10.244.1.9:8080' });
  const reset = tcp(foreign.client, foreign.server, 'R', { seq: 5001, at: 1000.01 });
  const captures = [
    captureAt('n1 veth1', [asked.syn(), foreign.synAck(), reset]),
    captureAt('n1 cni0', [asked.syn(), foreign.syn(0.0001), foreign.synAck(), reset]),
  ];
  expect(verdictOf(pathOf(captures))).toBe('untranslated reply n1 veth1');
});

test('a lookup that is answered all the way is', () => {
  const flow = {
    requests: [query(`${CLIENT}:40001`, `${SERVER}:53`)],
    replies: [response(`${CLIENT}:40001`, `${SERVER}:53`)],
  };
  expect(verdictOf(pathOf(capturesOf([seenAt(flow)])))).toBe('answered');
});

const large = (talk: Dialogue, by: 'client' | 'server') =>
  [0.1, 0.4, 0.9, 1.8].map((after) =>
    by === 'client'
      ? talk.fromClient(after, '.', 0, 0, { payload: 1448 })
      : talk.fromServer(after, '.', 0, 100, { payload: 1448 }),
  );

test.each(['client', 'server'] as const)(
  'large segments of the %s that are lost where small ones pass are told',
  (by) => {
    const talk = new Dialogue();
    const request = talk.fromClient(0.01, 'P.', 0, 0, { payload: 100 });
    const acknowledged = talk.fromServer(0.02, '.', 0, 100);
    const small = { requests: [talk.syn(), talk.fromClient(0.002, '.', 0, 0)], replies: [talk.synAck()] };
    if (by === 'server') {
      small.requests.push(request);
      small.replies.push(acknowledged);
    }
    const passed = seenAt(small);
    const [from, to] = by === 'client' ? [NODES.n1!, NODES.n2!] : [NODES.n2!, NODES.n1!];
    const all = passed.map((packets, i) => {
      const reaches = by === 'client' ? i <= 3 : i >= 4;
      const inTunnel = i === 3 || i === 4;
      return reaches
        ? [...packets, ...large(talk, by).map((packet) => (inTunnel ? wrapped(packet, from, to) : packet))]
        : packets;
    });
    expect(verdictOf(pathOf(capturesOf([all])))).toBe(
      by === 'client' ? 'lost request n1 eth0 > n2 eth0 large' : 'lost reply n2 eth0 > n1 eth0 large',
    );
  },
);

test('large pings that are lost where small ones pass are told, and small ones are not large', () => {
  const captures = capturesOf([seenAt(pings({ id: 8, length: 1450 }), { requestTo: 3 })], { background: false });
  expect(verdictOf(pathOf(captures))).toBe('lost request n1 eth0 > n2 eth0');
  const beside = capturesOf([seenAt(pings({ id: 8, length: 1450 }), { requestTo: 3 }), seenAt(pings({ id: 9 }))]);
  expect(followFlows(beside).map(verdictOf)).toContain('lost request n1 eth0 > n2 eth0 large');
  const small = capturesOf([seenAt(pings({ id: 8 }), { requestTo: 3 }), seenAt(pings({ id: 9 }))]);
  expect(followFlows(small).map(verdictOf)).toContain('lost request n1 eth0 > n2 eth0');
});

test('texts with times of day and packets with dates tell the same order', () => {
  const day = 86_400 * 20_000;
  const talk = new Dialogue({ at: day + 7200 });
  const atSource = captureAt('n1 veth1', [...knocks(talk).requests]);
  // In another zone, an hour off.
  const atTarget = captureAt('n2 eth0', knocks(new Dialogue({ at: 3600.0005 })).requests, 'text');
  const path = pathOf([atTarget, atSource]);
  expect(path).toMatchObject({ clientNode: 'n1' });
  expect(path.hops.map(({ node }) => node)).toEqual(['n1', 'n2']);
});

test('the background of these tests is answered', () => {
  expect(BACKGROUND.length).toBe(8);
  expect(followFlows(capturesOf([])).map(verdictOf)).toEqual(['answered', 'answered']);
});
