import { expect, test } from 'vitest';
import { connectionRules } from '../../../src/facts/derive/connection-rules.js';
import { derived, flannelCluster } from './bundle-facts.js';

const saved = (rules: string) => derived(connectionRules, { ...flannelCluster(), 'nodes/n1/iptables-save': rules });
const FILTER = '*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\n';

test("kube-proxy's rule against INVALID packets is known, and that it is missing", () => {
  const drop = '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n';
  expect(saved(FILTER + drop).node('n1', 'netfilter.drops-invalid')).toBe(true);
  expect(saved(`${FILTER}COMMIT\n`).node('n1', 'netfilter.drops-invalid')).toBe(false);
});

test('without the filter table nothing is known of INVALID packets', () => {
  expect(saved('*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n').node('n1', 'netfilter.drops-invalid')).toBeUndefined();
});

test('one rule without --random-fully is enough for equal source ports', () => {
  const nat = (second: string) =>
    `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE --random-fully\n-A POSTROUTING -o eth0 -j MASQUERADE${second}\nCOMMIT\n`;
  expect(saved(nat('')).node('n1', 'netfilter.masquerade-fully-random')).toBe(false);
  expect(saved(nat(' --random-fully')).node('n1', 'netfilter.masquerade-fully-random')).toBe(true);
});
