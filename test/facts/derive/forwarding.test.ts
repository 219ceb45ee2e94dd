import { expect, test } from 'vitest';
import { forwarding } from '../../../src/facts/derive/forwarding.js';
import { derived, flannelCluster } from './bundle-facts.js';

const value = (sysctl: string) => derived(forwarding, { ...flannelCluster(), 'nodes/n1/sysctl_-a': sysctl });

test('ip_forward 0 turns forwarding off, 1 leaves it on', () => {
  expect(value('net.ipv4.ip_forward = 0\n').node('n1', 'forwarding.off')).toBe(true);
  expect(value('net.ipv4.ip_forward = 1\n').node('n1', 'forwarding.off')).toBe(false);
  expect(value('net.core.somaxconn = 128\n').node('n1', 'forwarding.off')).toBeUndefined();
});

test('one interface that pods cross is enough, docker0 and a bridge port are none', () => {
  const facts = value(`net.ipv4.conf.cni0.forwarding = 0
net.ipv4.conf.docker0.forwarding = 0
net.ipv4.conf.eth0.forwarding = 1
net.ipv4.conf.flannel/1.forwarding = 1
net.ipv4.conf.vethfc71bb11.forwarding = 0
net.ipv4.ip_forward = 1
`);
  expect(facts.node('n1', 'forwarding.off')).toBe(true);
  expect(facts.node('n1', 'forwarding.off-interfaces')).toEqual(['cni0']);
  expect(facts.source('n1', 'forwarding.off')).toBe('nodes/n1/sysctl_-a:1');
});

test('without a list of devices the names of pod interfaces tell', () => {
  const facts = derived(forwarding, {
    'nodes/n1/sysctl_-a':
      'net.ipv4.conf.cali0a1b2c3d4e5.forwarding = 0\nnet.ipv4.conf.docker0.forwarding = 0\nnet.ipv4.ip_forward = 1\n',
  });
  expect(facts.node('n1', 'forwarding.off-interfaces')).toEqual(['cali0a1b2c3d4e5']);
});
