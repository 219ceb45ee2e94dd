import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../../src/facts/derive/ipv4.js';
import type { ChainOutcome, Hook } from '../../../../src/facts/walk/netfilter/base-chain.js';
import { chainAt, ENVIRONMENT, filterOf, packet, words } from './node-filter.js';

type Sent = Parameters<typeof packet>[0];
const BUILT_IN: Record<string, string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
};

function through(table: string, chain: string, rules: string, sent: Sent = {}): readonly ChainOutcome[] {
  const chains = BUILT_IN[table]!.map((name) => `:${name} ACCEPT [0:0]`).join('\n');
  const filter = filterOf(`*${table}\n${chains}\n${rules}\nCOMMIT\n`);
  return chainAt(filter, chain.toLowerCase() as Hook, `${table} ${chain}`).evaluate(packet(sent), ENVIRONMENT);
}

function translated(chain: string, target: string): string {
  const [outcome, ...more] = through('nat', chain, `-A ${chain} -p tcp -j ${target}`);
  if (more.length > 0) return words([outcome!, ...more]);
  const { kind, to, port } = outcome!.translation ?? {};
  return `${kind} ${to?.map(formatIpv4).join('-') ?? ''} ${port?.join('-') ?? ''}`;
}

describe('translation', () => {
  it.each([
    ['PREROUTING', 'DNAT --to-destination 10.244.1.5:8080', 'dnat 10.244.1.5-10.244.1.5 8080-8080'],
    ['PREROUTING', 'DNAT --to-destination 10.244.1.5', 'dnat 10.244.1.5-10.244.1.5 '],
    ['PREROUTING', 'DNAT --to-destination 10.0.0.1-10.0.0.9:80-90', 'dnat 10.0.0.1-10.0.0.9 80-90'],
    ['PREROUTING', 'DNAT --to-destination 10.0.0.1:80 --random --persistent', 'dnat 10.0.0.1-10.0.0.1 80-80'],
    ['PREROUTING', 'DNAT --to-destination :8080', 'dnat  8080-8080'],
    ['POSTROUTING', 'SNAT --to-source 192.0.2.1 --random-fully', 'snat 192.0.2.1-192.0.2.1 '],
    ['POSTROUTING', 'MASQUERADE --random-fully', 'masquerade  '],
    ['POSTROUTING', 'MASQUERADE --to-ports 1024-31000', 'masquerade  1024-31000'],
    ['OUTPUT', 'REDIRECT --to-ports 15001', 'redirect  15001-15001'],
    ['PREROUTING', 'REDIRECT', 'redirect  '],
    ['PREROUTING', 'DNAT --to-destination 10.0.0.9-10.0.0.1', 'doubt: accept/drop'],
    ['PREROUTING', 'DNAT --to-destination somewhere', 'doubt: accept/drop'],
    ['PREROUTING', 'NETMAP --to 10.1.0.0/16', 'doubt: accept/drop'],
  ])('%s: %s', (chain, target, expected) => {
    expect(translated(chain, target)).toBe(expected);
  });

  it('ends the chain, and leaves the packet as it was', () => {
    const rules = '-A PREROUTING -j DNAT --to-destination 10.0.0.1\n-A PREROUTING -j DNAT --to-destination 10.0.0.2';
    const [outcome] = through('nat', 'PREROUTING', rules);
    expect(outcome).toMatchObject({ verdict: 'accept', translation: { to: [0x0a000001, 0x0a000001] } });
    expect(outcome!.packet).toEqual(packet());
    expect(outcome!.by.text).toBe('-A PREROUTING -j DNAT --to-destination 10.0.0.1');
  });
});

describe('marks', () => {
  it.each<[string, Sent, string]>([
    ['MARK --set-xmark 0x4000/0x4000', { mark: 0x10 }, '0x4010 0x0'],
    ['MARK --set-xmark 0x10/0xffffffff', { mark: 0x4000 }, '0x10 0x0'],
    ['MARK --set-mark 0x1/0xff', { mark: 0x4022 }, '0x4001 0x0'],
    ['MARK --or-mark 0x4000', { mark: 1 }, '0x4001 0x0'],
    ['MARK --and-mark 0xffff00ff', { mark: 0x1234 }, '0x34 0x0'],
    ['MARK --xor-mark 0x4000', { mark: 0x4001 }, '0x1 0x0'],
    ['MARK --set-xmark 0x80000000/0x80000000', { mark: 1 }, '0x80000001 0x0'],
    ['MARK --set-xmark 0x10/0xffffffff', { mark: undefined }, '0x10 0x0'],
    ['MARK --set-xmark 0x10/0xff', { mark: undefined }, '? 0x0'],
    ['CONNMARK --set-xmark 0x3/0xff', { connmark: 0x101 }, '0x0 0x103'],
    ['CONNMARK --set-mark 0x3', { connmark: 0x101 }, '0x0 0x3'],
    ['CONNMARK --save-mark --nfmask 0xff --ctmask 0xff', { mark: 0x4012, connmark: 0x100 }, '0x4012 0x112'],
    ['CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff', { mark: 0x4000, connmark: 0x112 }, '0x4012 0x112'],
    ['CONNMARK --restore-mark', { mark: 0x4000, connmark: 0x1 }, '0x1 0x1'],
    ['CONNMARK --restore-mark', { mark: 0x4000, connmark: undefined }, '? ?'],
    ['CONNMARK --save-mark', { mark: 7, state: 'UNTRACKED' }, '0x7 0x0'],
  ])('%s on %o', (target, sent, expected) => {
    const [outcome] = through('mangle', 'PREROUTING', `-A PREROUTING -j ${target}`, sent);
    const hex = (mark: number | undefined) => (mark === undefined ? '?' : `0x${mark.toString(16)}`);
    expect(`${hex(outcome!.packet.mark)} ${hex(outcome!.packet.connmark)}`).toBe(expected);
  });
});

describe('other targets', () => {
  it.each(['NOTRACK', 'CT --notrack'])('%s keeps conntrack away', (target) => {
    const [outcome] = through('raw', 'PREROUTING', `-A PREROUTING -j ${target}`);
    expect(outcome!.packet.state).toBe('UNTRACKED');
    expect(outcome!.changed).toHaveLength(1);
  });

  it('CT with a zone or a helper leaves the packet as it was', () => {
    const [outcome] = through('raw', 'PREROUTING', '-A PREROUTING -j CT --helper ftp\n-A PREROUTING -j CT --zone 5');
    expect(outcome).toMatchObject({ verdict: 'accept', packet: { state: 'NEW' }, choices: [] });
  });

  it.each<[string, number | 'pmtu']>([
    ['TCPMSS --set-mss 1360', 1360],
    ['TCPMSS --clamp-mss-to-pmtu', 'pmtu'],
  ])('%s tells the segment size', (target, mss) => {
    const [outcome] = through('mangle', 'FORWARD', `-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j ${target}`);
    expect(outcome).toMatchObject({ verdict: 'accept', mss, choices: [] });
  });

  it.each([
    'LOG --log-prefix "x -j DROP"',
    'NFLOG --nflog-group 5',
    'CHECKSUM --checksum-fill',
    'TTL --ttl-set 64',
    'CLASSIFY --set-class 1:10',
    'TRACE',
    'DSCP --set-dscp 0x2e',
    'SET --add-set seen src',
  ])('%s lets the packet go on', (target) => {
    const rules = `-A FORWARD -j ${target}\n-A FORWARD -j DROP`;
    expect(words(through('mangle', 'FORWARD', rules))).toBe('drop');
  });

  it.each(['SYNPROXY --sack-perm', 'TPROXY --on-port 1 --on-ip 0.0.0.0', 'QUEUE', 'NFQUEUE --queue-num 0'])(
    '%s leaves open what becomes of the packet',
    (target) => {
      expect(words(through('mangle', 'PREROUTING', `-A PREROUTING -p tcp -j ${target}`))).toBe('doubt: accept/drop');
    },
  );
});
