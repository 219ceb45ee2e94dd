import { describe, expect, test } from 'vitest';
import { followFlows } from '../../../../src/facts/captures/path/follow.js';
import { CLIENT, Dialogue, echo, SERVER, tcp } from '../conversation-packets.js';
import {
  BACKGROUND,
  captureAt,
  capturesOf,
  KNOWN,
  knocks,
  LAST,
  NODES,
  pathOf,
  pings,
  seenAt,
  verdictOf,
  WAY,
  wrapped,
} from './journey.js';

const HOPS = WAY.slice(1).map((next, i) => ({ index: i, last: WAY[i]!, next }));
const KNOWLEDGE = [
  ['captures alone', undefined],
  ['the cluster known', KNOWN],
] as const;

describe.each(KNOWLEDGE)('with %s', (_, knowledge) => {
  test.each(HOPS)('a ping that is lost between $last and $next is', ({ index, last, next }) => {
    const captures = capturesOf([seenAt(pings(), { requestTo: index })]);
    expect(verdictOf(pathOf(captures, CLIENT, knowledge))).toBe(`lost request ${last} > ${next}`);
  });

  test.each(HOPS)('a reply that is lost between $next and $last is', ({ index, last, next }) => {
    const captures = capturesOf([seenAt(pings(), { replyTo: index + 1 })]);
    expect(verdictOf(pathOf(captures, CLIENT, knowledge))).toBe(`lost reply ${next} > ${last}`);
  });

  test.each(HOPS)('a SYN that is lost between $last and $next is', ({ index, last, next }) => {
    const captures = capturesOf([seenAt(knocks(), { requestTo: index })]);
    expect(verdictOf(pathOf(captures, CLIENT, knowledge))).toBe(`lost request ${last} > ${next}`);
  });

  test.each(HOPS)('a SYN-ACK that is lost between $next and $last is', ({ index, last, next }) => {
    const captures = capturesOf([seenAt(knocks(), { replyTo: index + 1 })]);
    expect(verdictOf(pathOf(captures, CLIENT, knowledge))).toBe(`lost reply ${next} > ${last}`);
  });

  test('a flow that passes everywhere is answered, with all its places in order', () => {
    const path = pathOf(capturesOf([seenAt(pings())]), CLIENT, knowledge);
    expect(verdictOf(path)).toBe('answered');
    expect(path.hops.map(({ node, iface }) => `${node} ${iface}`)).toEqual([...WAY]);
    expect(path).toMatchObject({ clientNode: 'n1', serverNode: 'n2', startsAtPod: true, endsAtPod: true, begun: true });
  });

  test('a request that reaches the pod and is not answered is unanswered there', () => {
    const captures = capturesOf([seenAt(pings(), { requestTo: LAST, replyTo: LAST + 1 })]);
    expect(verdictOf(pathOf(captures, CLIENT, knowledge))).toBe('unanswered request n2 veth2');
  });
});

test('the packets that were lost are named by their numbers', () => {
  const path = pathOf(capturesOf([seenAt(pings(), { requestTo: 0 })], { background: false }));
  expect(path.packets).toEqual([1, 3]);
});

test('a place that was not captured is passed over', () => {
  const captures = capturesOf([seenAt(pings(), { requestTo: 3 })], {
    places: ['n1 veth1', 'n1 eth0', 'n2 eth0', 'n2 veth2'],
  });
  expect(verdictOf(pathOf(captures))).toBe('lost request n1 eth0 > n2 eth0');
  const ends = capturesOf([seenAt(pings(), { requestTo: 3 })], { places: ['n1 veth1', 'n2 veth2'] });
  expect(verdictOf(pathOf(ends, CLIENT, KNOWN))).toBe('lost request n1 veth1 > n2 veth2');
});

test('a connection that is refused is so behind the last place that saw it', () => {
  const talk = new Dialogue();
  const reset = tcp(talk.server, talk.client, 'R.', { seq: 0, ack: 5001, at: 1000.01 });
  const captures = capturesOf([seenAt({ requests: [talk.syn()], replies: [reset] })]);
  expect(verdictOf(pathOf(captures))).toBe('refused request n2 veth2');
});

test('a flow that is too short to tell is not lost', () => {
  const [packet] = pings().requests;
  const captures = capturesOf([seenAt({ requests: [{ ...packet!, at: 1003.2 }], replies: [] }, { requestTo: 3 })]);
  expect(verdictOf(pathOf(captures))).toBe('answered');
});

test('one capture alone tells that nothing answered behind it, and nothing more', () => {
  const alone = captureAt('n1 eth0', pings().requests);
  expect(verdictOf(pathOf([alone]))).toBe('unanswered request n1 eth0');
  expect(verdictOf(pathOf([captureAt('n1 eth0', [...pings().requests, ...pings().replies])]))).toBe('answered');
});

test('between two pods of a node a flow passes no NIC', () => {
  const flow = pings({ to: '10.244.1.3' });
  const all = [...flow.requests, ...flow.replies];
  const same = { ...KNOWN, deviceOf: (ip: string) => ({ [CLIENT]: 'veth1', '10.244.1.3': 'veth3' })[ip] };
  const captures = (atServer: typeof all) => [
    captureAt('n1 veth1', atServer.length > 0 ? all : flow.requests),
    captureAt('n1 cni0', atServer.length > 0 ? all : flow.requests),
    captureAt(
      'n1 veth3',
      atServer.length > 0 ? atServer : [echo('request', '10.244.1.9', '10.244.1.3', 1, { icmpId: 9 })],
    ),
    captureAt('n1 eth0', []),
  ];
  expect(verdictOf(pathOf(captures(all), CLIENT, same))).toBe('answered');
  expect(verdictOf(pathOf(captures([]), CLIENT, same))).toBe('lost request n1 cni0 > n1 veth3');
});

test('without a tunnel a flow passes the NICs bare', () => {
  const routed = { ...KNOWN, tunnelled: () => false };
  const flow = pings();
  const all = [...flow.requests, ...flow.replies];
  const captures = ['n1 veth1', 'n1 eth0', 'n2 eth0', 'n2 veth2'].map((place, i) =>
    captureAt(place, i < 2 ? flow.requests : i === 2 ? [] : []),
  );
  expect(verdictOf(pathOf(captures, CLIENT, routed))).toBe('lost request n1 eth0 > n2 eth0');
  expect(
    verdictOf(
      pathOf(
        ['n1 veth1', 'n1 eth0', 'n2 eth0', 'n2 veth2'].map((place) => captureAt(place, all)),
        CLIENT,
        routed,
      ),
    ),
  ).toBe('answered');
});

test('what leaves the NIC bare and not by the tunnel device went another way', () => {
  const flow = seenAt(pings(), { requestTo: 1 });
  flow[3] = pings().requests;
  for (const [, knowledge] of KNOWLEDGE) {
    const captures = capturesOf([flow], { places: ['n1 veth1', 'n1 cni0', 'n1 flannel.1', 'n1 eth0'] });
    expect(verdictOf(pathOf(captures, CLIENT, knowledge))).toBe('other-way request n1 cni0 > n1 flannel.1');
  }
});

test('a reply that leaves bare went another way as well', () => {
  const flow = seenAt(pings(), { replyTo: 6 });
  flow[4] = [...flow[4]!, ...pings().replies];
  expect(verdictOf(pathOf(capturesOf([flow])))).toBe('other-way reply n2 cni0 > n2 flannel.1');
});

test('a third node that saw the flow is not on its way', () => {
  const flow = seenAt(pings(), { requestTo: 3 });
  const third = captureAt(
    'n3 eth0',
    pings().requests.map((packet) => wrapped(packet, NODES.n1!, NODES.n2!)),
  );
  const path = pathOf([...capturesOf([flow]), third], CLIENT, KNOWN);
  expect(verdictOf(path)).toBe('lost request n1 eth0 > n2 eth0');
  expect(path.hops.some(({ node }) => node === 'n3')).toBe(false);
});

test('of several other nodes the one whose outer address the tunnel names is the peer', () => {
  const n3 = '192.168.1.13';
  const other = pings({ from: '10.244.3.9', to: SERVER, id: 4242 });
  const toThird = other.replies.map((packet) => wrapped(packet, NODES.n2!, n3));
  const fromThird = other.requests.map((packet) => wrapped(packet, n3, NODES.n2!));
  const flow = seenAt(pings(), { requestTo: 3 });
  const captures = capturesOf([flow]).map((capture) =>
    capture.node === 'n2' && capture.iface === 'eth0'
      ? captureAt('n2 eth0', [...BACKGROUND[WAY.indexOf('n2 eth0')]!, ...fromThird, ...toThird])
      : capture,
  );
  const elsewhere = pings({ from: '10.244.3.9', to: '10.244.4.9', id: 4243 }).requests;
  const third = captureAt('n3 eth0', [...fromThird, ...elsewhere.map((packet) => wrapped(packet, n3, '192.168.1.14'))]);
  expect(verdictOf(pathOf([...captures, third]))).toBe('lost request n1 eth0 > n2 eth0');
});

test('texts and packets are followed together', () => {
  const talk = new Dialogue({ isn: 0x0500_0000 });
  const flow = seenAt(knocks(talk), { requestTo: 3 });
  const captures = WAY.map((place, i) =>
    captureAt(place, [...flow[i]!, ...BACKGROUND[i]!], i % 2 === 0 ? 'text' : 'packets'),
  );
  expect(verdictOf(pathOf(captures))).toBe('lost request n1 eth0 > n2 eth0');
});

test('a capture of an interface that nobody knows is on nobody’s way', () => {
  const odd = captureAt('n1 foo7', []);
  expect(verdictOf(pathOf([...capturesOf([seenAt(pings())]), odd]))).toBe('answered');
});

test('no captures make no paths, and empty ones none either', () => {
  expect(followFlows([])).toEqual([]);
  expect(followFlows(WAY.map((place) => captureAt(place, [])))).toEqual([]);
});

test('the server’s end as it was asked is the path’s, whoever is seen first', () => {
  expect(pathOf(capturesOf([seenAt(pings())]))).toMatchObject({ client: { ip: CLIENT }, server: { ip: SERVER } });
});
