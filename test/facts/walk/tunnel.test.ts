import { describe, expect, it } from 'vitest';
import { Walker } from '../../../src/facts/walk/walk.js';
import { list, nodeObject, podObject, serviceObject } from '../derive/bundle-facts.js';
import { factsOf } from './kernel-scene.js';

const CHAINS = {
  raw: 'PREROUTING OUTPUT',
  mangle: 'PREROUTING INPUT FORWARD OUTPUT POSTROUTING',
  nat: 'PREROUTING INPUT OUTPUT POSTROUTING',
  filter: 'INPUT FORWARD OUTPUT',
};

/** The tables as iptables-save prints them, with rules in the table filter. */
function tables(rules = ''): string {
  return Object.entries(CHAINS)
    .map(([table, chains]) => {
      const heads = chains.split(' ').map((chain) => `:${chain} ACCEPT [0:0]\n`);
      return `*${table}\n${heads.join('')}${table === 'filter' ? rules : ''}COMMIT\n`;
    })
    .join('');
}

const OBJECTS = {
  'cluster/nodes.json': list([
    nodeObject('n1', '192.168.1.1', '10.244.1.0/26'),
    nodeObject('n2', '192.168.1.2', '10.244.2.0/26'),
  ]),
  'cluster/pods.json': list([
    podObject('default', 'a', 'n1', { ip: '10.244.1.2' }),
    podObject('default', 'c', 'n2', { ip: '10.244.2.2' }),
  ]),
  'cluster/services.json': list([serviceObject('kubernetes', '10.96.0.1', 443, 6443)]),
};

/** What differs from a healthy node. */
interface NodeWords {
  /** Lines of `ip -d link` and `ip route` for the tunnel. */
  tunnel: string;
  route: string;
  address?: string;
  filter?: string;
  mtu?: number;
  extra?: string;
}

/** Outputs of a node with one routed pod, as Calico makes it, and a tunnel to the other node. */
function nodeFiles(name: string, net: number, words: NodeWords): Record<string, string> {
  const { tunnel, route, address = '', filter = tables(), mtu = 1500, extra = '' } = words;
  const link = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu} qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:01:0${net} brd ff:ff:ff:ff:ff:ff
${tunnel}
5: cali1@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1480 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether ee:ee:ee:ee:ee:ee brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0
    veth
`;
  const sysctls = ['all', 'eth0', 'cali1', 'tunl0', 'gre1'].flatMap((dev) => [
    `net.ipv4.conf.${dev}.rp_filter = ${dev === 'all' ? 1 : 0}`,
    `net.ipv4.conf.${dev}.forwarding = 1`,
  ]);
  return {
    [`nodes/${name}/ip_-d_link`]: link,
    [`nodes/${name}/ip_addr`]: `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu} qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:01:0${net} brd ff:ff:ff:ff:ff:ff
    inet 192.168.1.${net}/24 scope global eth0
${address}`,
    [`nodes/${name}/ip_route_show_table_all`]: `default via 192.168.1.254 dev eth0
192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.${net}
10.244.${net}.2 dev cali1 scope link
blackhole 10.244.${net}.0/26 proto bird
${route}
local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1
local 192.168.1.${net} dev eth0 table local proto kernel scope host src 192.168.1.${net}
${address === '' ? '' : `local 10.244.${net}.1 dev tunl0 table local proto kernel scope host src 10.244.${net}.1\n`}`,
    [`nodes/${name}/ip_rule`]:
      '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    [`nodes/${name}/iptables-save`]: filter,
    [`nodes/${name}/sysctl_-a`]: `net.ipv4.ip_forward = 1\n${sysctls.join('\n')}\nnet.ipv4.conf.all.route_localnet = 0\nnet.ipv4.conf.cali1.proxy_arp = 1\n${extra}`,
  };
}

const tunl0 = (
  flags = 'NOARP,UP,LOWER_UP',
  remote = 'any',
  local = 'any',
): string => `3: tunl0@NONE: <${flags}> mtu 1480 qdisc noqueue state ${flags.includes('UP') ? 'UNKNOWN' : 'DOWN'} mode DEFAULT group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0 promiscuity 0 minmtu 0 maxmtu 0
    ipip ${remote === 'any' ? 'any remote any local any' : `ipip remote ${remote} local ${local}`} ttl inherit nopmtudisc addrgenmode eui64 numtxqueues 1 numrxqueues 1`;

const ipip = (net: number): NodeWords => ({
  tunnel: tunl0(),
  route: `10.244.${3 - net}.0/26 via 192.168.1.${3 - net} dev tunl0 proto bird onlink`,
  address: `3: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0
    inet 10.244.${net}.1/32 scope global tunl0
`,
});

const gre = (net: number): NodeWords => ({
  tunnel: `3: gre1@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1476 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/gre 192.168.1.${net} peer 192.168.1.${3 - net} promiscuity 0 minmtu 0 maxmtu 0
    gre remote 192.168.1.${3 - net} local 192.168.1.${net} ttl inherit nopmtudisc addrgenmode eui64 numtxqueues 1`,
  route: `10.244.${3 - net}.0/26 dev gre1 scope link`,
});

/** What becomes of a ping from the pod on the first node to the one on the second. */
function walked(one: NodeWords, two: NodeWords, ping: { size?: number; dontFragment?: boolean } = {}): string {
  const { store, topology } = factsOf({ ...OBJECTS, ...nodeFiles('n1', 1, one), ...nodeFiles('n2', 2, two) });
  const { verdict, reason, at, missing } = new Walker(store, topology).walk({
    from: { kind: 'pod', subject: 'pod/default/a', ip: '10.244.1.2' },
    to: { kind: 'pod', subject: 'pod/default/c', ip: '10.244.2.2' },
    proto: 'icmp',
    ...ping,
  });
  if (verdict === 'unknown') return `unknown: ${missing[0]?.what ?? ''}`;
  return verdict === 'delivered' ? verdict : `${reason} at ${at}`;
}

const dropping = (rule: string): string => tables(`${rule}\n`);

describe("Calico's IPIP device", () => {
  it('sends to the next hop of the route', () => {
    expect(walked(ipip(1), ipip(2))).toBe('delivered');
  });

  it('adds twenty bytes: what fits the device passes with DF', () => {
    expect(walked(ipip(1), ipip(2), { size: 1480, dontFragment: true })).toBe('delivered');
  });

  it('that is down at the other end leaves the packet to nobody', () => {
    const address = ipip(2).address!.replace('NOARP,UP,LOWER_UP', 'NOARP').replace('UNKNOWN', 'DOWN');
    const down = { ...ipip(2), tunnel: tunl0('NOARP'), route: '', address };
    expect(walked(ipip(1), down)).toBe('device-down at node/n2');
  });

  it('that is not there at the other end leaves the packet to nobody', () => {
    const without = { ...ipip(2), tunnel: '', address: '', route: '' };
    expect(walked(ipip(1), without)).toBe('nobody-listens at node/n2');
  });

  it("meets the receiver's firewall as protocol 4", () => {
    const closed = { ...ipip(2), filter: dropping('-A INPUT -p ipencap -j DROP') };
    expect(walked(ipip(1), closed)).toBe('netfilter-drop at node/n2');
  });

  it("meets the receiver's firewall by its number too", () => {
    const closed = { ...ipip(2), filter: dropping('-A INPUT -p 4 -j DROP') };
    expect(walked(ipip(1), closed)).toBe('netfilter-drop at node/n2');
  });

  it("is not met by the receiver's rules for the inner protocol", () => {
    const open = { ...ipip(2), filter: dropping('-A INPUT -p icmp -j DROP') };
    expect(walked(ipip(1), open)).toBe('delivered');
  });

  it('a route to a node that is not there leads nowhere', () => {
    const lost = { ...ipip(1), route: '10.244.2.0/26 via 192.168.1.77 dev tunl0 proto bird onlink' };
    expect(walked(lost, ipip(2))).toBe('wrong-tunnel-endpoint at node/n1');
  });

  it('without its route the default route leads to the router', () => {
    expect(walked({ ...ipip(1), route: '' }, ipip(2))).not.toBe('delivered');
  });

  it("a pod that is gone is the block's blackhole", () => {
    const files = { ...ipip(2) };
    const { store, topology } = factsOf({ ...OBJECTS, ...nodeFiles('n1', 1, ipip(1)), ...nodeFiles('n2', 2, files) });
    const { reason, at } = new Walker(store, topology).walk({
      from: { kind: 'pod', subject: 'pod/default/a', ip: '10.244.1.2' },
      to: { kind: 'external', ip: '10.244.2.9' },
      proto: 'icmp',
    });
    expect({ reason, at }).toEqual({ reason: 'route-blackhole', at: 'node/n2' });
  });
});

describe('a GRE device', () => {
  it('sends to its own peer', () => {
    expect(walked(gre(1), gre(2))).toBe('delivered');
  });

  it("takes only its peer's packets", () => {
    const other = { ...gre(2), tunnel: gre(2).tunnel.replaceAll('192.168.1.1', '192.168.1.9') };
    expect(walked(gre(1), other)).toBe('nobody-listens at node/n2');
  });

  it("meets the receiver's firewall as protocol gre", () => {
    const closed = { ...gre(2), filter: dropping('-A INPUT -p gre -j DROP') };
    expect(walked(gre(1), closed)).toBe('netfilter-drop at node/n2');
  });
});
