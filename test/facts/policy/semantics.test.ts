import { describe, expect, test } from 'vitest';
import type { Row } from './cluster.js';
import { connectionOf, evaluatorOf } from './cluster.js';
import { ADDRESSES } from './rows/addresses.js';
import { ISOLATION } from './rows/isolation.js';
import { NODES } from './rows/nodes.js';
import { PEERS } from './rows/peers.js';
import { PORTS } from './rows/ports.js';
import { UNKNOWN } from './rows/unknown.js';

/**
 * What kubernetes.io ("Network Policies", and the API reference of NetworkPolicy and LabelSelector) says of connections,
 * sentence by sentence.
 */
const TABLE: readonly (readonly [string, readonly Row[]])[] = [
  ['isolation', ISOLATION],
  ['peers', PEERS],
  ['ports', PORTS],
  ['addresses', ADDRESSES],
  ['nodes and the host’s network', NODES],
  ['what is not known', UNKNOWN],
];

for (const [part, rows] of TABLE) {
  describe(part, () => {
    test.each(rows)('$name', (row) => {
      const found = evaluatorOf(row.policies, row.files).verdict(connectionOf(row));
      expect(found.verdict).toBe(row.verdict);
      expect(found.direction).toBe(row.direction);
      expect(found.missing.length > 0, 'what is unknown says what is missing').toBe(row.verdict === 'unknown');
      if (row.missing !== undefined) expect(found.missing.map(({ what }) => what).join('; ')).toContain(row.missing);
    });
  });
}

test('no two rows have one name', () => {
  const names = TABLE.flatMap(([, rows]) => rows.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});
