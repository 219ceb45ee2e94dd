import { expect, test } from 'vitest';
import { bare, Dialogue, type LayerFields, type MadePacket, outer, summaryOf, udp } from '../conversation-packets.js';

const [N1, N2] = ['192.168.1.11', '192.168.1.12'];
const out = outer(N1, N2);
const back = outer(N2, N1);
const talk = new Dialogue();

test('a tunnel counts what it carries and whose packets those are', () => {
  const { tunnels } = summaryOf([talk.syn(0, { inside: [out] }), talk.synAck(0.1, { inside: [back] }), bare(out)]);
  expect(tunnels).toEqual([
    {
      kind: 'vxlan',
      from: N1,
      to: N2,
      port: 8472,
      packets: 2,
      carried: 1,
      fragmented: 0,
      innerSources: ['10.244.1.2'],
      firstAt: 1000,
      examples: [1, 3],
    },
    {
      kind: 'vxlan',
      from: N2,
      to: N1,
      port: 8472,
      packets: 1,
      carried: 1,
      fragmented: 0,
      innerSources: ['10.244.2.2'],
      firstAt: 1000.1,
      examples: [2],
    },
  ]);
});

test('a conversation in a tunnel has the outer addresses of its client, whichever side was seen first', () => {
  const of = (packets: MadePacket[]) => summaryOf(packets).conversations[0]?.tunnel;
  const expected = { kind: 'vxlan', vni: 1, from: N1, to: N2 };
  expect(of([talk.syn(0, { inside: [out] })])).toEqual(expected);
  expect(of([talk.synAck(0, { inside: [back] })])).toEqual(expected);
  expect(of([talk.synAck(0, { inside: [back] }), talk.syn(0, { inside: [outer(N1, '192.168.1.99')] })])).toEqual({
    ...expected,
    to: '192.168.1.99',
  });
});

test('the same connection inside and outside of a tunnel is two conversations', () => {
  const { conversations } = summaryOf([talk.syn(), talk.syn(0, { inside: [out] })]);
  expect(conversations.map(({ tunnel }) => tunnel?.kind)).toEqual([undefined, 'vxlan']);
});

test('tunnels of two kinds between the same nodes are told apart', () => {
  const ipip = outer(N1, N2, 'ipip');
  const { tunnels } = summaryOf([bare(out), bare(ipip), bare(out), bare(ipip)]);
  expect(tunnels.map(({ kind, packets }) => [kind, packets])).toEqual([
    ['vxlan', 2],
    ['ipip', 2],
  ]);
});

test('outer packets in fragments are counted', () => {
  const { tunnels } = summaryOf([bare({ ...out, moreFragments: true, length: 1500, id: 9 })]);
  expect(tunnels[0]).toMatchObject({ fragmented: 1 });
});

test("WireGuard's handshakes are counted by kind", () => {
  const wg = (message: number) => bare(outer(N1, N2, 'wireguard', { wireguardMessage: message }));
  expect(summaryOf([wg(1), wg(1), wg(2), wg(4)]).tunnels[0]).toMatchObject({
    packets: 4,
    handshakes: { initiations: 2, responses: 1 },
  });
});

test('many outer addresses keep so many and count the rest', () => {
  function* flood(): Generator<MadePacket> {
    for (let i = 0; i < 10_000; i += 1) yield bare(outer(`172.${16 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, N2));
  }
  const { tunnels, letGo } = summaryOf(flood());
  expect([tunnels.length, letGo.other]).toEqual([4096, 10_000 - 4096]);
});

const fragment = (
  fragmentOffset: number,
  moreFragments: boolean,
  length: number,
  more: LayerFields & { at?: number } = {},
) => {
  const { at, ...layer } = more;
  return bare(
    { kind: 'fragment', protocol: 17, src: N1, dst: N2, id: 77, fragmentOffset, moreFragments, length, ...layer },
    at === undefined ? {} : { at },
  );
};
const later = udp('10.0.0.1:1', '10.0.0.2:2', { at: 1100 });

test('a datagram of which all fragments came is complete, in whatever order', () => {
  const all = [fragment(0, true, 1500), fragment(1480, true, 1500), fragment(2960, false, 520)];
  expect(summaryOf([...all, later]).fragments).toEqual({ datagrams: 1, incomplete: 0, examples: [] });
  expect(summaryOf([...all].reverse().concat(later)).fragments.incomplete).toBe(0);
});

test('a datagram of which a fragment is missing is incomplete', () => {
  expect(summaryOf([fragment(0, true, 1500), fragment(2960, false, 520), later]).fragments).toEqual({
    datagrams: 1,
    incomplete: 1,
    examples: [1],
  });
  expect(summaryOf([fragment(0, true, 1500), later]).fragments.incomplete).toBe(1);
});

test("IPv6's fragments count without their header", () => {
  const six = (offset: number, more: boolean, length: number) =>
    fragment(offset, more, length, { family: 6, src: 'fd00::1', dst: 'fd00::2', id: 0xdeadbeef });
  expect(summaryOf([six(0, true, 1488), six(1440, false, 148), later]).fragments.incomplete).toBe(0);
  expect(summaryOf([six(0, true, 1488), six(2880, false, 148), later]).fragments.incomplete).toBe(1);
});

test('fragments that are seen at a second place neither complete a datagram nor begin another', () => {
  const [a, b] = [fragment(0, true, 1500), fragment(1480, false, 520)];
  expect(summaryOf([a, a, b, b, later]).fragments).toEqual({ datagrams: 1, incomplete: 0, examples: [] });
  expect(summaryOf([a, a, a, fragment(2960, false, 520), later]).fragments.incomplete).toBe(1);
});

test('what began right before the end may not be all of a datagram', () => {
  expect(summaryOf([fragment(0, true, 1500)]).fragments).toEqual({ datagrams: 1, incomplete: 0, examples: [] });
});

test('an identification that is used again half a minute later is of another datagram', () => {
  const first = [fragment(0, true, 1500, { at: 1 }), fragment(1480, false, 520, { at: 1 })];
  const second = [fragment(0, true, 1500, { at: 60 })];
  expect(summaryOf([...first, ...second, later]).fragments).toMatchObject({ datagrams: 2, incomplete: 1 });
});

test('many incomplete datagrams are counted, however many', () => {
  const { fragments } = summaryOf([
    ...Array.from({ length: 5000 }, (_, i) => fragment(0, true, 1500, { id: i + 1 })),
    later,
  ]);
  expect(fragments).toMatchObject({ datagrams: 5000, incomplete: 5000 });
  expect(fragments.examples.length).toBe(8);
});
