import { expect, it, test } from 'vitest';
import type { LegPattern } from '../../../src/facts/leg.js';
import { parseLegPattern } from '../../../src/facts/leg.js';
import { asWords, waysOf, wayWords } from '../../../src/report/handbook/leg-words.js';

function leg(text: string): LegPattern {
  const parsed = parseLegPattern(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.pattern;
}

test.each([
  ['pod>pod@cross-node/tcp', 'TCP from a pod to a pod on another node', 'Pod 用 TCP 访问其他节点上的 Pod'],
  ['pod>node@own-node/icmp', 'ping from a pod to the node it runs on', 'Pod ping 所在节点'],
  ['pod>dns-internal', 'looking up names inside the cluster from a pod', '解析集群内域名'],
  ['*>*@*/icmp', 'ping, wherever it goes', '所有 ping'],
  ['*>*', 'everything', '所有流量'],
  [
    'node>pod@cross-node/*+large',
    'a large transfer from a node to a pod on another node',
    '节点用大包访问其他节点上的 Pod',
  ],
])('%s in words', (text, en, zh) => {
  const [way] = waysOf([leg(text)]);
  expect(wayWords(way!, 'en')).toBe(en);
  expect(wayWords(way!, 'zh')).toBe(zh);
});

it('puts legs of one source together, and protocols of one target', () => {
  const ways = waysOf(
    ['pod>pod@same-node/tcp', 'pod>pod@same-node/udp', 'pod>external/tcp', 'pod>external/udp'].map(leg),
  );
  expect(ways.map((way) => wayWords(way, 'en'))).toEqual([
    'TCP or UDP from a pod to a pod on the same node or addresses outside the cluster',
  ]);
});

it('says how it shows, and no more than that it fails where that may be anything', () => {
  expect(asWords(['timeout', 'refused'], 'en')).toBe('times out or is refused');
  expect(asWords([], 'en')).toBe('fails');
});
