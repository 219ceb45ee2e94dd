import { describe, expect, it } from 'vitest';
import { list, nodeObject } from '../../derive/bundle-facts.js';
import { flannelNodes } from './flannel-nodes.js';
import { kubeProxySave } from './kube-proxy-rules.js';
import { lines } from './node-outputs.js';
import { isWalked, type Outputs, walkOver, withFiles } from './scenario.js';

const flow = { from: 'pod/default/a', to: '10.244.2.2:8080' };

/** A cluster in which n2 has other chains and rules in its filter table. */
const onN2 = (chains: readonly string[], rules: readonly string[]): Outputs =>
  flannelNodes({
    save: (n) => kubeProxySave([], n === 2 ? { chains: { filter: chains }, before: { filter: rules } } : {}),
  });

function verdictOf(files: Outputs, asked: { from: string; to: string } = flow): string {
  const walked = walkOver(files, asked);
  return isWalked(walked) ? walked.verdict : 'unresolved';
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('files that mean harm end, and claim nothing', () => {
  it('rules that fork without end', () => {
    const rules = numbers(400).map(
      (i) => `-A FORWARD -m geoip --source-country X${i} -j MARK --set-xmark 0x${(i + 1).toString(16)}/0xffffffff`,
    );
    expect(verdictOf(onN2([], [...rules, '-A FORWARD -m mark --mark 0x7 -j DROP']))).toBe('unknown');
  });

  it('rules that are drawn without end', () => {
    const rules = numbers(400).map(
      (i) =>
        `-A FORWARD -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x${(1 << (i % 30)).toString(16)}/0x0`,
    );
    expect(verdictOf(onN2([], [...rules, '-A FORWARD -j DROP']))).toBe('unknown');
  });

  it('chains that nest two hundred deep, with a drop at their end', () => {
    const chains = numbers(250).map((i) => `NEST-${i}`);
    const rules = [
      '-A FORWARD -j NEST-0',
      ...numbers(249).map((i) => `-A NEST-${i} -j NEST-${i + 1}`),
      '-A NEST-249 -j DROP',
    ];
    expect(verdictOf(onN2(chains, rules))).toBe('unknown');
  });

  it('chains that nest as deep as they may, with a drop at their end', () => {
    const chains = numbers(100).map((i) => `NEST-${i}`);
    const rules = [
      '-A FORWARD -j NEST-0',
      ...numbers(99).map((i) => `-A NEST-${i} -j NEST-${i + 1}`),
      '-A NEST-99 -j DROP',
    ];
    expect(verdictOf(onN2(chains, rules))).toBe('dropped');
  });

  it('chains that jump in a circle', () => {
    expect(verdictOf(onN2(['ROUND', 'TRIP'], ['-A FORWARD -j ROUND', '-A ROUND -j TRIP', '-A TRIP -j ROUND']))).toBe(
      'unknown',
    );
  });

  it('a routing circle of two nodes', () => {
    const files = flannelNodes({ backend: 'host-gw' });
    const there = files['nodes/n2/ip_route']!.replace(
      /^10\.244\.2\.0.*$/m,
      '10.244.2.0/24 via 192.168.10.11 dev eth0 ',
    );
    const walked = walkOver(withFiles(files, { 'nodes/n2/ip_route': there }), flow);
    expect(isWalked(walked) && [walked.verdict, walked.reason]).toEqual(['dropped', 'loop']);
  });

  it('a route with thousands of next hops', () => {
    const files = flannelNodes({ backend: 'host-gw' });
    const hops = numbers(3000).map((i) => `\tnexthop via 192.168.10.12 dev eth0 weight ${(i % 250) + 1} `);
    const route = files['nodes/n1/ip_route']!.replace(
      /^10\.244\.2\.0.*$/m,
      ['10.244.2.0/24 proto bird ', ...hops].join('\n'),
    );
    expect(verdictOf(withFiles(files, { 'nodes/n1/ip_route': route }))).toBe('delivered');
  });

  it('next hops of next hops', () => {
    const files = flannelNodes({ backend: 'host-gw' });
    const ecmp = (n: number): string =>
      `10.244.${n}.0/24 proto bird \n\tnexthop via 192.168.10.11 dev eth0 weight 1 \n\tnexthop via 192.168.10.12 dev eth0 weight 1 `;
    const changed: Record<string, string> = {};
    for (const n of [1, 2])
      changed[`nodes/n${n}/ip_route`] = files[`nodes/n${n}/ip_route`]!.replace(/^10\.244\.2\.0.*$/m, ecmp(2));
    expect(verdictOf(withFiles(files, changed))).toMatch(/unknown|dropped|varies/);
  });

  it("veths that are each other's ends in one namespace", () => {
    const files = flannelNodes({
      devices: () => [
        { name: 'va', index: 30, kind: 'veth' },
        { name: 'vb', index: 31, kind: 'veth' },
      ],
    });
    const route = files['nodes/n1/ip_route']!.replace(/^10\.244\.2\.0.*$/m, '10.244.2.0/24 dev va scope link ');
    const joined = (text: string): string => text.replace(/: va:/, ': va@vb:').replace(/: vb:/, ': vb@va:');
    expect(
      verdictOf(
        withFiles(files, {
          'nodes/n1/ip_route': route,
          'nodes/n1/ip_addr': joined(files['nodes/n1/ip_addr']!),
          'nodes/n1/ip_-d_link': joined(files['nodes/n1/ip_-d_link']!),
        }),
      ),
    ).toMatch(/dropped|unknown/);
  });

  it('nodes that all have one address', () => {
    const files = withFiles(flannelNodes(), {
      'cluster/nodes.json': list(numbers(50).map((i) => nodeObject(`n${i + 1}`, '192.168.10.11', '10.244.1.0/24'))),
    });
    expect(verdictOf(files)).toMatch(/unknown|dropped|delivered|unresolved/);
  });

  it('names with control characters', () => {
    const files = withFiles(flannelNodes(), {
      'nodes/n1/ip_route': lines([
        'default via 192.168.10.1 dev e\u001b[31mth0 ',
        '10.244.2.0/24 via 10.244.2.0 dev \u0007flannel.1 onlink ',
        '\u0000\u202e dev x',
      ]),
    });
    expect(verdictOf(files)).toMatch(/unknown|dropped/);
  });

  it.each([
    'ip_route',
    'ip_addr',
    'ip_-d_link',
    'ip_rule',
    'iptables-save',
    'ip_neigh',
    'bridge_fdb_show',
    'sysctl_-a',
  ])('a %s whose every second line is cut or doubled', (command) => {
    const files = flannelNodes();
    const text = files[`nodes/n1/${command}`]!;
    const bent = text
      .split('\n')
      .map((line, i) => (i % 2 === 0 ? line : i % 4 === 1 ? line.slice(0, line.length / 2) : `${line}\n${line}`));
    expect(verdictOf(withFiles(files, { [`nodes/n1/${command}`]: bent.join('\n') }))).toMatch(
      /unknown|dropped|varies|delivered/,
    );
  });
});

describe('addresses that the walk does not speak of', () => {
  it('of IPv6 are told apart', () => {
    const walked = walkOver(flannelNodes(), { from: 'pod/default/a', to: 'fd00::2' });
    expect(isWalked(walked) ? walked.verdict : walked.unresolved).toMatch(/IPv4/);
  });

  it.each(['0.0.0.0:80', '255.255.255.255:80', '224.0.0.1:80', '127.0.0.1:80', '240.0.0.1:80'])('%s ends', (to) => {
    expect(verdictOf(flannelNodes(), { from: 'pod/default/a', to })).toMatch(/unknown|dropped|delivered/);
  });
});
