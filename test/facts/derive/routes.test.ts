import { expect, test } from 'vitest';
import { routes } from '../../../src/facts/derive/routes.js';
import { derived, flannelCluster, flannelRoutes, list, nodeObject, podObject } from './bundle-facts.js';

test('a healthy node misses no route and has no blackhole', () => {
  const facts = derived(routes, flannelCluster());
  for (const name of ['routes.missing-pod-cidrs', 'routes.wrong-next-hop', 'routes.blackholes']) {
    expect(facts.node('n1', name)).toEqual([]);
  }
  expect(facts.node('n1', 'routes.default-missing')).toBe(false);
});

test('the network that others route and this node does not is missing', () => {
  const facts = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_route': flannelRoutes(1, [3]) });
  expect(facts.node('n1', 'routes.missing-pod-cidrs')).toEqual(['10.244.3.0/24']);
  expect(facts.node('n2', 'routes.missing-pod-cidrs')).toEqual([]);
});

test('one sampled node is enough where it routes other peers', () => {
  const outputs = flannelCluster();
  for (const n of [2, 3]) delete outputs[`nodes/n${n}/ip_route`];
  outputs['nodes/n1/ip_route'] = flannelRoutes(1, [3]);
  expect(derived(routes, outputs).node('n1', 'routes.missing-pod-cidrs')).toEqual(['10.244.3.0/24']);
  expect(derived(routes, outputs).node('n2', 'routes.missing-pod-cidrs')).toBeUndefined();
});

const UNDERLAY = (own: string, pod: string) => `default via 10.9.0.1 dev eth0
10.9.0.0/24 dev eth0 proto kernel scope link src ${own}
${pod} dev ucnifc71bb1b scope link
`;

test('on an underlay nobody routes pods of others and nothing is missing', () => {
  const facts = derived(routes, {
    'cluster/nodes.json': list([
      nodeObject('a', '10.9.0.5', '10.9.30.0/24'),
      nodeObject('b', '10.9.0.6', '10.9.31.0/24'),
    ]),
    'nodes/a/ip_route': UNDERLAY('10.9.0.5', '10.9.30.7'),
    'nodes/b/ip_route': UNDERLAY('10.9.0.6', '10.9.31.7'),
  });
  expect(facts.node('a', 'routes.missing-pod-cidrs')).toBeUndefined();
});

test("Calico's own block is no blackhole, a peer's is, unless a longer route saves it", () => {
  const calico = (extra: string) => `default via 10.12.0.1 dev eth0
10.12.0.0/22 dev eth0 proto kernel scope link src 10.12.1.17
172.16.206.192/26 via 10.12.2.40 dev tunl0 proto bird onlink
blackhole 172.17.200.64/26 proto bird
172.17.200.71 dev cali77a0c2b1d3f scope link
${extra}`;
  const outputs = (extra: string) => ({
    'cluster/nodes.json': list([nodeObject('n1', '10.12.1.17'), nodeObject('n2', '10.12.2.40')]),
    'cluster/pods.json': list([podObject('default', 'a', 'n2', { ip: '172.16.206.246' })]),
    'nodes/n1/ip_route': calico(extra),
  });
  expect(derived(routes, outputs('')).node('n1', 'routes.blackholes')).toEqual([]);
  expect(derived(routes, outputs('blackhole 172.16.0.0/16\n')).node('n1', 'routes.blackholes')).toEqual([]);
  expect(derived(routes, outputs('unreachable 172.16.206.240/28\n')).node('n1', 'routes.blackholes')).toEqual([
    '172.16.206.240/28',
  ]);
});

test('a next hop that is another node is wrong', () => {
  const gateway = (via: string) =>
    flannelRoutes(1).replace('10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink', `10.244.3.0/24 via ${via} dev eth0`);
  const wrong = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_route': gateway('192.168.10.12') });
  expect(wrong.node('n1', 'routes.wrong-next-hop')).toEqual(['10.244.3.0/24']);
  const right = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_route': gateway('192.168.10.13') });
  expect(right.node('n1', 'routes.wrong-next-hop')).toEqual([]);
});

test('an unknown router is a wrong next hop only where the other pod networks go into the tunnel', () => {
  const byRouter = (networks: RegExp) => {
    const table = flannelRoutes(1).replace(networks, (route) => `${route.split(' ')[0]} via 192.168.10.1 dev eth0`);
    return derived(routes, { ...flannelCluster(), 'nodes/n1/ip_route': table }).node('n1', 'routes.wrong-next-hop');
  };
  expect(byRouter(/^10\.244\.3\.0\/24 .*/gm)).toEqual(['10.244.3.0/24']);
  expect(byRouter(/^10\.244\.[23]\.0\/24 .*/gm)).toEqual([]);
});

test('a missing default route is told, an excerpt of the table decides nothing', () => {
  const without = flannelRoutes(1).replace(/^default.*\n/, '');
  const facts = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_route': without });
  expect(facts.node('n1', 'routes.default-missing')).toBe(true);
  const excerpt = derived(routes, {
    ...flannelCluster(),
    'nodes/n1/ip_route': '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink\n',
  });
  expect(excerpt.node('n1', 'routes.default-missing')).toBeUndefined();
  expect(excerpt.node('n1', 'routes.missing-pod-cidrs')).toBeUndefined();
});

const AWS_RULES = `0:	from all lookup local
512:	from all to 10.80.36.229 lookup main
512:	from all to 10.80.38.149 lookup main
1024:	from all fwmark 0x80/0x80 lookup main
1536:	from 10.80.36.229 to 10.80.0.0/16 lookup 2
1536:	from 10.80.38.149 to 10.80.0.0/16 lookup 3
32766:	from all lookup main
32767:	from all lookup default
`;
const AWS_ROUTES = `default via 10.80.32.1 dev eth0
10.80.32.0/19 dev eth0 proto kernel scope link src 10.80.40.9
10.80.36.229 dev eni7a9e0c1d2b3 scope link
10.80.38.149 dev eni2b4d6f8a0c1 scope link
`;

test('a pod without the rule that its neighbours have is told', () => {
  const outputs = (third: string[]) => ({
    'cluster/pods.json': list(
      ['10.80.36.229', '10.80.38.149', ...third].map((ip, i) => podObject('default', `p${i}`, 'n1', { ip })),
    ),
    'nodes/n1/ip_rule': AWS_RULES,
    'nodes/n1/ip_route': AWS_ROUTES,
  });
  expect(derived(routes, outputs([])).node('n1', 'routes.pods-without-rule')).toEqual([]);
  expect(derived(routes, outputs(['10.80.46.124'])).node('n1', 'routes.pods-without-rule')).toEqual(['10.80.46.124']);
});

test('a rule that sends pod traffic to a table with nothing but a default hijacks it', () => {
  const rules = `0:	from all lookup local
100:	from 10.244.0.0/16 lookup 100
32766:	from all lookup main
32767:	from all lookup default
`;
  const outputs = { ...flannelCluster(), 'nodes/n1/ip_rule': rules };
  expect(derived(routes, outputs).node('n1', 'routes.hijacking-rules')).toBeUndefined();
  const table = `default via 192.168.10.254 dev eth1 table 100\n${flannelRoutes(1)}local 192.168.10.11 dev eth0 table local proto kernel scope host src 192.168.10.11\n`;
  const known = derived(routes, { ...outputs, 'nodes/n1/ip_route': table });
  expect(known.node('n1', 'routes.hijacking-rules')).toEqual(['100: from 10.244.0.0/16 lookup 100']);
});

test("a rule to a table that was not collected is odd on one node, and the CNI's own on all", () => {
  const standard = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n';
  const extra = standard.replace('32766', '1000:\tfrom 10.244.0.0/16 lookup 100\n32766');
  const rules = (n1: string, n2: string, n3: string) => ({
    ...flannelCluster(),
    'nodes/n1/ip_rule': n1,
    'nodes/n2/ip_rule': n2,
    'nodes/n3/ip_rule': n3,
  });
  const one = derived(routes, rules(extra, standard, standard));
  expect(one.node('n1', 'routes.odd-rules')).toEqual(['1000: from 10.244.0.0/16 lookup 100']);
  expect(one.node('n2', 'routes.odd-rules')).toEqual([]);
  const all = derived(routes, rules(extra, extra, extra));
  expect(all.node('n1', 'routes.odd-rules')).toBeUndefined();
  const alone = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_rule': extra });
  expect(alone.node('n1', 'routes.odd-rules')).toBeUndefined();
  const bare: Record<string, string> = rules(standard, standard, standard);
  delete bare['nodes/n1/ip_route'];
  expect(derived(routes, bare).node('n1', 'routes.odd-rules')).toEqual([]);
  const marked = extra.replace('from 10.244.0.0/16', 'from all fwmark 0x200/0xf00');
  expect(derived(routes, rules(marked, standard, standard)).node('n1', 'routes.odd-rules')).toEqual([]);
});

const HOST_GW = (n: number, hops: Record<number, string>) => `default via 192.168.10.1 dev eth0
10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1
${Object.entries(hops)
  .map(([m, via]) => `10.244.${m}.0/24 via ${via} dev eth0`)
  .join('\n')}
192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.1${n}
`;

test('a next hop that no node has is wrong where the peer is a neighbour that others reach directly', () => {
  const outputs = (via: string, others: string) => ({
    ...flannelCluster(),
    'nodes/n1/ip_route': HOST_GW(1, { 2: others, 3: '192.168.10.13' }),
    'nodes/n2/ip_route': HOST_GW(2, { 1: '192.168.10.11', 3: '192.168.10.13' }),
    'nodes/n3/ip_route': HOST_GW(3, { 1: '192.168.10.11', 2: via }),
  });
  const detour = derived(routes, outputs('192.168.10.1', '192.168.10.12'));
  expect(detour.node('n3', 'routes.wrong-next-hop')).toEqual(['10.244.2.0/24']);
  expect(detour.node('n1', 'routes.wrong-next-hop')).toEqual([]);
  // The fabric's router is everybody's way: it knows the pod networks.
  const fabric = derived(routes, outputs('192.168.10.1', '192.168.10.1'));
  expect(fabric.node('n3', 'routes.wrong-next-hop')).toEqual([]);
});

test('the standard rules hijack nothing, and their absence is told', () => {
  const standard = '0:	from all lookup local\n32766:	from all lookup main\n32767:	from all lookup default\n';
  const facts = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_rule': standard });
  expect(facts.node('n1', 'routes.hijacking-rules')).toEqual([]);
  const gone = derived(routes, { ...flannelCluster(), 'nodes/n1/ip_rule': standard.replace(/32766.*\n/, '') });
  expect(gone.node('n1', 'routes.hijacking-rules')).toEqual(['no rule looks up main']);
});

test('a default route by another NIC than that of the node is told where the other nodes have none', () => {
  const elsewhere = (nodes: readonly number[]) =>
    derived(routes, {
      ...flannelCluster(),
      ...Object.fromEntries(
        nodes.map((n) => [
          `nodes/n${n}/ip_route`,
          flannelRoutes(n).replace(/^default.*/, 'default via 10.1.0.1 dev eth1'),
        ]),
      ),
    });
  expect(elsewhere([2]).node('n2', 'routes.default-elsewhere')).toBe(true);
  expect(elsewhere([2]).node('n1', 'routes.default-elsewhere')).toBe(false);
  // A second network for the way out is a choice where most nodes have it.
  expect(elsewhere([1, 2]).node('n2', 'routes.default-elsewhere')).toBe(false);
});

test('a policy rule that every other node has is missing, one that some have is not', () => {
  const rules = (n: number, more: string) =>
    `0:\tfrom all lookup local\n${more}32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n`.replaceAll(
      'N',
      String(n),
    );
  const own = '100:\tfrom 10.244.0.0/16 to 10.244.N.0/24 lookup 200\n';
  const facts = (...have: string[]) =>
    derived(routes, {
      ...flannelCluster(),
      ...Object.fromEntries(have.map((more, i) => [`nodes/n${i + 1}/ip_rule`, rules(i + 1, more)])),
    });
  expect(facts(own, own, '').node('n3', 'routes.missing-rules')).toEqual(['100: lookup 200']);
  expect(facts(own, own, own).node('n3', 'routes.missing-rules')).toEqual([]);
  expect(facts(own, '', '').node('n3', 'routes.missing-rules')).toEqual([]);
  expect(facts(own, '').node('n2', 'routes.missing-rules')).toBeUndefined();
});
