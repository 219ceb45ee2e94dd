import { expect, test } from 'vitest';
import { oddOneOut } from '../../../src/facts/derive/odd-one-out.js';
import { derived } from './bundle-facts.js';

const SYSCTL = (changes: Record<string, string> = {}) =>
  Object.entries({
    'net.ipv4.ip_forward': '1',
    'net.bridge.bridge-nf-call-iptables': '1',
    'net.netfilter.nf_conntrack_count': '17',
    'net.netfilter.nf_conntrack_max': '262144',
    'net.ipv4.conf.veth0a1b2c3d.rp_filter': '0',
    'kernel.hostname': 'x',
    ...changes,
  })
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');

const outputs = (...values: string[]) =>
  Object.fromEntries(values.map((value, i) => [`nodes/n${i + 1}/sysctl_-a`, value]));

test('the node that stands alone is odd, the others are not', () => {
  const facts = derived(oddOneOut, outputs(SYSCTL(), SYSCTL({ 'net.bridge.bridge-nf-call-iptables': '0' }), SYSCTL()));
  expect(facts.node('n2', 'odd.sysctls')).toEqual(['net.bridge.bridge-nf-call-iptables']);
  expect(facts.node('n1', 'odd.sysctls')).toEqual([]);
  expect(facts.source('n2', 'odd.sysctls')).toBe('nodes/n2/sysctl_-a:2');
});

test('what differs anyway is not odd', () => {
  const busy = SYSCTL({
    'net.netfilter.nf_conntrack_count': '9000',
    'net.netfilter.nf_conntrack_max': '524288',
    'net.ipv4.conf.veth0a1b2c3d.rp_filter': '1',
    'kernel.hostname': 'y',
  });
  expect(derived(oddOneOut, outputs(SYSCTL(), busy, SYSCTL())).node('n2', 'odd.sysctls')).toEqual([]);
});

test('two nodes, or two of four, do not tell who is odd', () => {
  const off = SYSCTL({ 'net.ipv4.ip_forward': '0' });
  expect(derived(oddOneOut, outputs(SYSCTL(), off)).node('n2', 'odd.sysctls')).toBeUndefined();
  expect(derived(oddOneOut, outputs(SYSCTL(), off, SYSCTL(), off)).node('n2', 'odd.sysctls')).toEqual([]);
});
