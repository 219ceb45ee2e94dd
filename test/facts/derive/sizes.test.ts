import { expect, test } from 'vitest';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import { CLUSTER, type Scalar } from '../../../src/facts/model.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';

const A = '{kind: pod, namespace: d, pod: a, node: n1, ip: 10.244.1.5}';
const B = '{kind: pod, namespace: d, pod: b, node: n2, ip: 10.244.2.5}';
const N1 = '{kind: node, node: n1, ip: 10.0.0.1}';
const N2 = '{kind: node, node: n2, ip: 10.0.0.2}';
const OUT = '{kind: external, ip: 203.0.113.9}';

/** Each attempt as `from, to, what else`. */
function fact(name: string, ...attempts: readonly [string, string, string][]): Scalar | undefined {
  const lines = attempts.map(([from, to, rest]) => `  - {from: ${from}, to: ${to}, ${rest}}`);
  const text = `version: 1\nreachability:\n${lines.join('\n')}\n`;
  const entries = [{ path: 'facts.yaml', bytes: new TextEncoder().encode(text) }];
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  deriveAll(store);
  return store.value(CLUSTER, name);
}

const ping = (size: number, ok: boolean): string =>
  `proto: icmp, size: ${size}, ok: ${ok}${ok ? '' : ', error: timeout'}`;
const STALLS = 'proto: tcp, ok: false, error: stalled, stage: transfer';
const ENDS = 'proto: tcp, ok: true, large: true';

test('jumbo frames that are lost between nodes where 1500 bytes pass', () => {
  expect(fact('size.only-jumbo-lost', [N1, N2, ping(9000, false)], [N1, N2, ping(1500, true)])).toBe(true);
  expect(fact('size.only-jumbo-lost', [N1, N2, ping(9000, true)])).toBe(false);
  expect(fact('size.only-jumbo-lost', [N1, N2, ping(9000, false)])).toBeUndefined();
});

test('sizes that pass between nodes and are lost between their pods', () => {
  const nodes: [string, string, string] = [N1, N2, ping(1500, true)];
  expect(fact('size.only-pods-lose-full', nodes, [A, B, ping(1450, false)], [A, B, ping(84, true)])).toBe(true);
  expect(fact('size.only-pods-lose-full', nodes, [A, B, ping(1450, true)])).toBe(false);
  expect(fact('size.only-pods-lose-full', nodes, [A, B, ping(1450, false)])).toBeUndefined();
});

test('transfers that stall where full pings pass', () => {
  expect(fact('size.transfers-alone-stall', [A, B, ping(1450, true)], [A, B, STALLS])).toBe(true);
  expect(fact('size.transfers-alone-stall', [A, B, ping(84, true)], [A, B, ping(1450, false)], [A, B, STALLS])).toBe(
    false,
  );
});

test('what is large is lost outside alone', () => {
  expect(fact('size.only-outside-loses-full', [A, OUT, STALLS], [A, B, ping(1450, true)])).toBe(true);
  expect(fact('size.only-outside-loses-full', [A, OUT, STALLS], [A, B, STALLS])).toBeUndefined();
});

test('a transfer that ends one way only', () => {
  expect(fact('size.one-way-only', [A, B, STALLS], [B, A, ENDS])).toBe(true);
  expect(fact('size.one-way-only', [A, B, STALLS], [B, A, STALLS])).toBe(false);
  expect(fact('size.one-way-only', [A, B, STALLS])).toBeUndefined();
});
