import { expect, test } from 'vitest';
import { groupFlows } from '../../../../src/facts/captures/path/flow-group.js';
import { followFlows } from '../../../../src/facts/captures/path/follow.js';
import { CLIENT, Dialogue, type MadePacket, udp } from '../conversation-packets.js';
import { captureAt, capturesOf, KNOWN, knocks, pathOf, pings, seenAt, textOf, verdictOf } from './journey.js';

/** A ping that was seen on the way out of n1, and what n2's NIC captured. */
const withFar = (packets: MadePacket[]) => [
  ...capturesOf([seenAt(pings(), { requestTo: 3 })], { places: ['n1 veth1', 'n1 eth0'] }),
  captureAt('n2 eth0', packets),
];
const never = (packets: MadePacket[]) => {
  const path = pathOf(withFar(packets), CLIENT, KNOWN);
  expect(verdictOf(path)).toBe('unanswered request n1 eth0');
  expect(path.hops.map(textOf)).not.toContain('n2 eth0');
};

test('a capture of another time is passed over', () => {
  never(pings({ from: '10.244.2.9', to: '10.244.1.9', id: 5, at: 5000 }).requests);
});

test('a NIC that shows no tunnel packets had a filter that lets none through', () => {
  never([
    ...knocks(new Dialogue({ client: '10.9.9.9:40000' })).requests,
    udp('192.168.1.12:1', '192.168.1.1:53', { at: 1001 }),
  ]);
});

test('a NIC that captured nothing, where no other shows tunnel packets, is passed over', () => {
  const bare = pings().requests;
  const captures = [captureAt('n1 veth1', bare), captureAt('n1 eth0', [])];
  const path = pathOf(captures, CLIENT, KNOWN);
  expect(verdictOf(path)).toBe('unanswered request n1 veth1');
});

test('a capture of another protocol alone is passed over', () => {
  const captures = [
    captureAt('n1 veth1', pings().requests),
    captureAt('n1 cni0', knocks(new Dialogue({ client: '10.244.1.9:40000' })).requests),
  ];
  expect(verdictOf(pathOf(captures))).toBe('unanswered request n1 veth1');
});

test('a bridge that captured nothing at all saw nothing', () => {
  const captures = [captureAt('n1 veth1', pings().requests), captureAt('n1 cni0', [])];
  expect(verdictOf(pathOf(captures))).toBe('lost request n1 veth1 > n1 cni0');
});

/** A table full of flows, at several places. */
function many(of: (i: number) => Dialogue) {
  const flows = Array.from({ length: 3000 }, (_, i) => of(i).syn());
  return ['n1 veth1', 'n1 cni0', 'n1 flannel.1', 'n1 eth0'].map((place) => captureAt(place, flows));
}

test('thousands of flows are each followed', () => {
  const paths = followFlows(many((i) => new Dialogue({ client: `10.1.${i >> 8}.${i & 255}:4000`, isn: 1000 + i * 7 })));
  expect(paths.length).toBe(3000);
});

test('thousands of flows that claim to be one are followed as one', () => {
  const captures = many((i) => new Dialogue({ client: `10.1.${i >> 8}.${i & 255}:4000`, isn: 7 }));
  expect(groupFlows(captures).length).toBe(1);
  expect(followFlows(captures).length).toBe(1);
});
