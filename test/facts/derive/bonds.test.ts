import { expect, test } from 'vitest';
import { bonds } from '../../../src/facts/derive/bonds.js';
import { derived, flannelCluster } from './bundle-facts.js';

const bond = (second: string, aggregator: number) =>
  derived(bonds, {
    ...flannelCluster(),
    'nodes/n1/cat_proc.net.bonding.bond0': `Ethernet Channel Bonding Driver: v5.4\n\nBonding Mode: x\nAggregator ID: 1\n\nSlave Interface: a\nMII Status: up\nAggregator ID: 1\n\nSlave Interface: b\nMII Status: ${second}\nAggregator ID: ${aggregator}\n`,
  });

test('a member that is down is told', () => {
  expect(bond('down', 1).node('n1', 'bond.members-down')).toEqual(['bond0 b']);
});

test('a member that is up in another aggregator is told as apart', () => {
  expect(bond('up', 2).node('n1', 'bond.members-apart')).toEqual(['bond0 b']);
  expect(bond('up', 1).node('n1', 'bond.members-apart')).toEqual([]);
});
