import { expect, test } from 'vitest';
import { captureConnections } from '../../../src/facts/derive/capture-connections.js';
import { derived, flannelCluster } from './bundle-facts.js';

const captured = (files: Record<string, string[]>) =>
  derived(captureConnections, {
    ...flannelCluster(),
    ...Object.fromEntries(
      Object.entries(files).map(([iface, lines]) => [`captures/n1/${iface}.txt`, `${lines.join('\n')}\n`]),
    ),
  });
const at = (second: number, text: string) => `12:00:${String(second).padStart(2, '0')}.100000 IP ${text}`;
const syn = (second: number, port: number) =>
  at(second, `10.5.0.4.${port} > 10.5.0.5.10250: Flags [S], seq ${port}, win 64240, length 0`);
const answer = (second: number, port: number) =>
  at(second, `10.5.0.5.10250 > 10.5.0.4.${port}: Flags [S.], seq 9, ack ${port + 1}, win 65160, length 0`);

const good = [1, 2, 3].flatMap((port) => [syn(1, 4000 + port), answer(1, 4000 + port)]);
const lost = (ports: number[]) => ports.flatMap((port) => [1, 2, 4].map((second) => syn(second, 5000 + port)));

test('source ports decide where several fail at every try and several work', () => {
  expect(captured({ eth0: [...good, ...lost([1, 2, 3])] }).node('n1', 'capture.ports-decide')).toBe(true);
});

test('a single connection that is lost is chance', () => {
  expect(captured({ eth0: [...good, ...lost([1])] }).node('n1', 'capture.ports-decide')).toBeUndefined();
});

test('a request on one card and its reply on another go different ways', () => {
  const both = captured({ eth0: [syn(1, 4001)], eth1: [answer(1, 4001)] });
  expect(both.node('n1', 'capture.ways-differ')).toBe(true);
  expect(captured({ eth0: good, eth1: [] }).node('n1', 'capture.ways-differ')).toBeUndefined();
});
