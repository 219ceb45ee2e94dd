import { expect, test } from 'vitest';
import { bonding } from '../../../src/facts/parsers/bonding.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const BOND = `Ethernet Channel Bonding Driver: v5.14.0

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
MII Status: up

802.3ad info
LACP active: on
Active Aggregator Info:
	Aggregator ID: 1
	Number of ports: 1

Slave Interface: ens1f0
MII Status: up
Link Failure Count: 0
Aggregator ID: 1

Slave Interface: ens1f1
MII Status: down
Link Failure Count: 3
Aggregator ID: 2
details actor lacp pdu:
    system priority: 65535
`;

test('a bond is told with its active aggregator and its members', () => {
  const parsed = parseOutput(bonding, 'cat /proc/net/bonding/bond0', BOND);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('bond')).toEqual([
    {
      name: 'bond0',
      mode: 'IEEE 802.3ad Dynamic link aggregation',
      activeAggregator: 1,
      members: [
        { name: 'ens1f0', up: true, failures: 0, aggregator: 1 },
        { name: 'ens1f1', up: false, failures: 3, aggregator: 2 },
      ],
    },
  ]);
});

test('survives damage', () => expectToSurviveDamage(bonding, 'cat /proc/net/bonding/bond0', BOND));
