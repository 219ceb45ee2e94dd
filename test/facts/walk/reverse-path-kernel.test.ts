import { beforeAll, describe, expect, it } from 'vitest';
import type { DropReason } from '../../../src/facts/walk/result.js';
import { Walker } from '../../../src/facts/walk/walk.js';
import { list, podObject } from '../derive/bundle-facts.js';
import { playAll, type Scene, type SceneOutcome, whyNoScenes } from './kernel-scene.js';

/**
 * `s` and the router `r` are joined by two links, `r` and `t` by one. `s` sends by its first link from 10.1.0.2; the address
 * 10.9.9.9 is the router's, 10.2.0.2 is `t`'s.
 */
const WIRING = `
veth s s0 r r0; veth s s1 r r1; veth r rt t t0
on s ip -batch - <<'END'
addr add 10.1.0.2/24 dev s0
addr add 10.1.1.2/24 dev s1
addr add 10.5.0.1/32 dev s0
route add 10.9.9.9 via 10.1.0.1
route add 10.2.0.0/24 via 10.1.0.1
END
on r ip -batch - <<'END'
addr add 10.1.0.1/24 dev r0
addr add 10.1.1.1/24 dev r1
addr add 10.2.0.1/24 dev rt
addr add 10.9.9.9/32 dev rt
route add 10.5.0.1 via 10.1.0.2
END
on t ip addr add 10.2.0.2/24 dev t0
on t ip route add default via 10.2.0.1
on s sysctl -qw net.ipv4.conf.all.arp_announce=2
on r sysctl -qw net.ipv4.ip_forward=1
`;

const PLACES = { s: 'nodes/s', r: 'nodes/r', t: 'nodes/t' };
const PODS = list([podObject('default', 'a', 'r', { ip: '10.244.1.5' })]);
const FROM = {
  s: { kind: 'node', subject: 'node/s', node: 'node/s', ip: '10.1.0.2' },
  pod: { kind: 'pod', subject: 'pod/default/a', ip: '10.244.1.5' },
} as const;

interface Row {
  name: string;
  /** Commands on top of the wiring. */
  with: string;
  /** `t` unless told. */
  to?: string;
  /** `s` unless told. */
  from?: 'pod';
  expected: 'delivered' | DropReason;
}

const rp = (values: Record<string, number>, on = 'r'): string =>
  Object.entries(values)
    .map(([dev, value]) => `on ${on} sysctl -qw net.ipv4.conf.${dev}.rp_filter=${value}`)
    .join('\n');
const set = (name: string, on = 'r'): string => `on ${on} sysctl -qw net.ipv4.conf.${name}`;
const ip = (on: string, words: string): string => `on ${on} ip ${words}`;
/** What `s` sends goes by its second link, with the address of its first. */
const OTHER_LINK = `${ip('s', 'route replace 10.2.0.0/24 via 10.1.1.1 src 10.1.0.2')}
${ip('s', 'route replace 10.9.9.9 via 10.1.1.1 src 10.1.0.2')}`;
/** What `s` sends bears an address that the router has no route to. */
const STRANGE = `${ip('s', 'addr add 10.66.0.1/32 dev s0')}
${ip('s', 'route replace 10.2.0.0/24 via 10.1.0.1 src 10.66.0.1')}`;
/** A pod of the router's, routed as Calico does: the router's end of its link has no address. */
const POD = `
veth p eth0 r cali1
on p ip addr add 10.244.1.5/32 dev eth0
on p ip route add 169.254.1.1 dev eth0
on p ip route add default via 169.254.1.1
on r sysctl -qw net.ipv4.conf.cali1.proxy_arp=1 net.ipv4.neigh.cali1.proxy_delay=0
on r ip route add 10.244.1.5 dev cali1
# By proxy ARP it answers for what it has a route to.
on r ip route add 169.254.1.1 dev rt`;
/** `s` translates what it sends to 127.0.0.1, as a NodePort on it is. */
const LOOPBACK = `on s iptables -t nat -A OUTPUT -d 127.0.0.1/32 -p icmp -j DNAT --to-destination 10.9.9.9
on s iptables -t nat -A POSTROUTING -o s0 -j MASQUERADE`;
const LOCAL = '10.9.9.9';

const ROWS: Row[] = [
  {
    name: 'a packet whose way back is its own passes the strict check',
    with: rp({ all: 1, r0: 1 }),
    expected: 'delivered',
  },
  {
    name: 'the strict check of all drops what came by another link',
    with: `${OTHER_LINK}\n${rp({ all: 1 })}`,
    expected: 'reverse-path',
  },
  {
    name: 'the strict check of the device drops what came by another link',
    with: `${OTHER_LINK}\n${rp({ r1: 1 })}`,
    expected: 'reverse-path',
  },
  {
    name: 'the strict check drops what is for the router itself too',
    with: `${OTHER_LINK}\n${rp({ r1: 1 })}`,
    to: LOCAL,
    expected: 'reverse-path',
  },
  {
    name: 'the check of another device counts for nothing',
    with: `${OTHER_LINK}\n${rp({ r0: 1, rt: 1 })}`,
    expected: 'delivered',
  },
  { name: 'without a check any link will do', with: `${OTHER_LINK}\n${rp({ all: 0, r1: 0 })}`, expected: 'delivered' },
  {
    name: 'the loose check of the device beats the strict one of all',
    with: `${OTHER_LINK}\n${rp({ all: 1, r1: 2 })}`,
    expected: 'delivered',
  },
  {
    name: 'the loose check of all beats the strict one of the device',
    with: `${OTHER_LINK}\n${rp({ all: 2, r1: 1 })}`,
    expected: 'delivered',
  },
  {
    name: 'the loose check passes any known source',
    with: `${OTHER_LINK}\n${rp({ r1: 2 })}`,
    to: LOCAL,
    expected: 'delivered',
  },
  {
    name: 'the loose check drops a source without a route',
    with: `${STRANGE}\n${rp({ r0: 2 })}`,
    expected: 'reverse-path',
  },
  {
    name: 'the strict check drops a source without a route',
    with: `${STRANGE}\n${rp({ r0: 1 })}`,
    expected: 'reverse-path',
  },
  { name: 'without a check the answer to a source without a route is what fails', with: STRANGE, expected: 'no-route' },
  {
    name: 'a blackholed source fails the loose check',
    with: `${STRANGE}\n${ip('r', 'route add blackhole 10.66.0.0/16')}\n${rp({ r0: 2 })}`,
    expected: 'reverse-path',
  },
  {
    name: 'a default route makes every source known to the loose check',
    with: `${STRANGE}\n${ip('r', 'route add default via 10.1.0.2')}\n${rp({ r0: 2 })}`,
    expected: 'delivered',
  },
  {
    name: 'a default route by the same link passes the strict check',
    with: `${STRANGE}\n${ip('r', 'route add default via 10.1.0.2')}\n${rp({ r0: 1 })}`,
    expected: 'delivered',
  },
  {
    name: "a pod's link without an address passes the strict check",
    with: `${POD}\n${rp({ all: 1 })}`,
    from: 'pod',
    expected: 'delivered',
  },
  {
    name: "a pod's link without an address passes the loose check",
    with: `${POD}\n${rp({ all: 2 })}`,
    from: 'pod',
    expected: 'delivered',
  },
  {
    name: 'a link without an address fails the loose check once the route to the pod is gone',
    with: `${POD}\n${ip('r', 'route del 10.244.1.5')}\n${ip('r', 'route add default via 10.2.0.2')}\n${rp({ cali1: 2 })}`,
    from: 'pod',
    expected: 'reverse-path',
  },
  {
    name: "an answer to a pod whose route is gone goes the default route's way",
    with: `${POD}\n${ip('r', 'route del 10.244.1.5')}\n${ip('r', 'route add unreachable default')}`,
    from: 'pod',
    expected: 'route-unreachable',
  },
  {
    name: 'proxy_arp answers for nothing that there is no route to',
    with: `${POD}\n${ip('r', 'route del 169.254.1.1')}`,
    from: 'pod',
    expected: 'no-address',
  },
  {
    name: "without proxy_arp nobody answers for the pod's gateway",
    with: `${POD}\n${set('cali1.proxy_arp=0')}\non p ip neigh add 169.254.1.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent`,
    from: 'pod',
    expected: 'no-address',
  },
  {
    name: 'one of several next hops back is enough for the strict check',
    with: `${OTHER_LINK}\n${ip('r', 'route replace 10.1.0.2/32 nexthop via 10.1.0.2 dev r0 onlink nexthop via 10.1.1.2 dev r1 onlink')}\n${rp({ all: 1 })}\n${rp({ s0: 0, s1: 0 }, 's')}`,
    expected: 'delivered',
  },
  {
    name: "a policy rule by the packet's destination leads the way back",
    with: `${OTHER_LINK}\n${ip('r', 'rule add from 10.2.0.2 to 10.1.0.2 lookup 100')}\n${ip('r', 'route add default via 10.1.1.2 table 100')}\n${rp({ all: 1 })}`,
    expected: 'delivered',
  },
  {
    name: 'a policy rule for what comes in by the way out leads the way back',
    with: `${OTHER_LINK}\n${ip('r', 'rule add iif rt lookup 100')}\n${ip('r', 'route add default via 10.1.1.2 table 100')}\n${rp({ all: 1 })}`,
    expected: 'delivered',
  },
  {
    name: 'a policy rule for what comes in by another device does not',
    with: `${OTHER_LINK}\n${ip('r', 'rule add iif r0 lookup 100')}\n${ip('r', 'route add default via 10.1.1.2 table 100')}\n${rp({ r1: 1 })}`,
    expected: 'reverse-path',
  },
  {
    name: 'a mark does not lead the way back by itself',
    with: `${OTHER_LINK}\non r iptables -t mangle -A PREROUTING -i r1 -j MARK --set-mark 7\n${ip('r', 'rule add fwmark 7 to 10.1.0.2 lookup 100')}\n${ip('r', 'route add default via 10.1.1.2 table 100')}\n${rp({ r1: 1 })}`,
    expected: 'reverse-path',
  },
  {
    name: 'a mark leads the way back with src_valid_mark',
    with: `${OTHER_LINK}\non r iptables -t mangle -A PREROUTING -i r1 -j MARK --set-mark 7\n${ip('r', 'rule add fwmark 7 to 10.1.0.2 lookup 100')}\n${ip('r', 'route add default via 10.1.1.2 table 100')}\n${rp({ r1: 1 })}\n${set('r1.src_valid_mark=1')}`,
    expected: 'delivered',
  },
  {
    name: 'src_valid_mark of all counts for each device',
    with: `${OTHER_LINK}\non r iptables -t mangle -A PREROUTING -i r1 -j MARK --set-mark 7\n${ip('r', 'rule add fwmark 7 to 10.1.0.2 lookup 100')}\n${ip('r', 'route add default via 10.1.1.2 table 100')}\n${rp({ r1: 1 })}\n${set('all.src_valid_mark=1')}`,
    expected: 'delivered',
  },
  {
    name: "the router's own address from outside is dropped",
    with: `${ip('s', 'addr add 10.2.0.1/32 dev s0')}\n${ip('s', 'route replace 10.2.0.2/32 via 10.1.0.1 src 10.2.0.1')}`,
    expected: 'martian-source',
  },
  {
    name: "the router's own address is dropped though rp_filter is loose",
    with: `${ip('s', 'addr add 10.2.0.1/32 dev s0')}\n${ip('s', 'route replace 10.2.0.2/32 via 10.1.0.1 src 10.2.0.1')}\n${rp({ all: 2 })}`,
    expected: 'martian-source',
  },
  {
    name: "the answer to the router's own address never comes back, accept_local or not",
    with: `${ip('s', 'addr add 10.2.0.1/32 dev s0')}\n${ip('s', 'route replace 10.2.0.2/32 via 10.1.0.1 src 10.2.0.1')}\n${set('r0.accept_local=1')}`,
    expected: 'reply-not-recognised',
  },
  {
    name: 'ip_forward = 0 keeps packets from passing',
    with: 'on r sysctl -qw net.ipv4.ip_forward=0',
    expected: 'not-forwarding',
  },
  {
    name: "ip_forward = 0 leaves the router's own addresses alone",
    with: 'on r sysctl -qw net.ipv4.ip_forward=0',
    to: LOCAL,
    expected: 'delivered',
  },
  { name: "forwarding is the receiving device's", with: set('r0.forwarding=0'), expected: 'not-forwarding' },
  {
    name: 'the answer needs forwarding of the device that it comes by',
    with: set('rt.forwarding=0'),
    expected: 'not-forwarding',
  },
  {
    name: 'forwarding of a device that nothing comes by does not count',
    with: set('r1.forwarding=0'),
    expected: 'delivered',
  },
  {
    name: 'forwarding of one device is enough though ip_forward is 0',
    with: `on r sysctl -qw net.ipv4.ip_forward=0\n${set('r0.forwarding=1')}\n${set('rt.forwarding=1')}`,
    expected: 'delivered',
  },
  {
    name: "the sender checks the answer's way too",
    with: `${ip('r', 'route replace 10.1.0.2/32 via 10.1.1.2')}\n${rp({ s1: 1 }, 's')}`,
    expected: 'reverse-path',
  },
  {
    name: 'an answer by another link passes an unchecked sender',
    with: ip('r', 'route replace 10.1.0.2/32 via 10.1.1.2'),
    expected: 'delivered',
  },
  {
    name: 'an unreachable route ends the way',
    with: ip('r', 'route add unreachable 10.2.0.2'),
    expected: 'route-unreachable',
  },
  {
    name: 'a prohibiting rule ends the way',
    with: ip('r', 'rule add to 10.2.0.2 prohibit'),
    expected: 'route-prohibit',
  },
  {
    name: 'a route that throws leaves it to the next table',
    with: `${ip('r', 'rule add to 10.2.0.0/24 lookup 100')}\n${ip('r', 'route add throw 10.2.0.0/24 table 100')}\n${ip('r', 'route add blackhole default table 100')}`,
    expected: 'delivered',
  },
  {
    name: 'what is sent to the loopback network and translated does not leave by another device',
    with: LOOPBACK,
    to: '127.0.0.1',
    expected: 'martian-source',
  },
  {
    name: 'it does with route_localnet',
    with: `${LOOPBACK}\n${set('all.route_localnet=1', 's')}`,
    to: '127.0.0.1',
    expected: 'delivered',
  },
  {
    name: 'route_localnet of the device is enough',
    with: `${LOOPBACK}\n${set('s0.route_localnet=1', 's')}`,
    to: '127.0.0.1',
    expected: 'delivered',
  },
  {
    name: 'a mark that OUTPUT sets chooses the route',
    with: `on s iptables -t mangle -A OUTPUT -p icmp -j MARK --set-mark 5\n${ip('s', 'rule add fwmark 5 lookup 100')}\n${ip('s', 'route add blackhole default table 100')}`,
    expected: 'route-blackhole',
  },
  {
    name: 'a mark that OUTPUT sets leads past a blackhole too late',
    with: `on s iptables -t mangle -A OUTPUT -p icmp -j MARK --set-mark 5\n${ip('s', 'rule add fwmark 5 lookup 100')}\n${ip('s', 'route add 10.2.0.0/24 via 10.1.0.1 table 100')}\n${ip('s', 'route replace blackhole 10.2.0.0/24')}`,
    expected: 'route-blackhole',
  },
];

const reason = whyNoScenes();
const isRequired = process.env.PODNET_REQUIRE === 'all';

const sceneOf = (row: Row): Scene => ({
  places: row.from === 'pod' ? { ...PLACES, p: 'pods/default/a' } : PLACES,
  setup: `${WIRING}\n${row.with}`,
  sends: [`on ${row.from === 'pod' ? 'p' : 's'} ping -n -c 1 -W 1 ${row.to ?? '10.2.0.2'}`],
  files: row.from === 'pod' ? { 'cluster/pods.json': PODS } : {},
});

describe.skipIf(reason !== undefined && !isRequired)('packets of one host through another, on the kernel', () => {
  let outcomes: SceneOutcome[] = [];
  beforeAll(async () => {
    expect(reason).toBeUndefined();
    outcomes = await playAll(ROWS.map(sceneOf));
  }, 60_000);

  it.each(ROWS.map((row, i): Row & { i: number } => ({ ...row, i })))(
    '$name',
    ({ i, from = 's' as const, to = '10.2.0.2', expected }) => {
      const { store, topology, passed } = outcomes[i]!;
      const {
        verdict,
        reason: why,
        by,
        missing,
      } = new Walker(store, topology).walk({
        from: FROM[from],
        to: { kind: 'external', ip: to },
        proto: 'icmp',
      });
      expect({ passed: passed[0], walk: why ?? verdict, by, missing }).toMatchObject({
        passed: expected === 'delivered',
        walk: expected,
        missing: [],
      });
    },
  );
});
