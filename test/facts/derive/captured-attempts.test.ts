import { expect, test } from 'vitest';
import { deriveCapturedAttempts } from '../../../src/facts/derive/captured-attempts.js';
import type { Derivation } from '../../../src/facts/derive/derivation.js';
import { derived, flannelCluster, type Outputs } from './bundle-facts.js';

const attempts: Derivation = { id: 'attempts', derive: ({ store }) => deriveCapturedAttempts(store) };
const probesOf = (files: Outputs) =>
  derived(attempts, { ...flannelCluster(), ...files })
    .store.all('probe')
    .map(({ value }) => value);

const VETH = 'captures/n1/vethfc71bb11.txt';
const line = (second: number, text: string) => `10:00:0${second}.1 IP ${text}\n`;
const request = (n: number) => line(n, `10.244.1.2 > 10.244.2.2: ICMP echo request, id 7, seq ${n}, length 64`);
const reply = (n: number) => line(n, `10.244.2.2 > 10.244.1.2: ICMP echo reply, id 7, seq ${n}, length 64`);

test('a ping that was answered is an attempt that worked', () => {
  expect(probesOf({ [VETH]: request(1) + reply(1) + request(2) + reply(2) })).toMatchObject([
    {
      from: { ip: '10.244.1.2', kind: 'pod', node: 'n1' },
      to: { ip: '10.244.2.2', kind: 'pod' },
      proto: 'icmp',
      state: 'ok',
      origin: 'capture',
    },
  ]);
});

test('a ping that was not answered is an attempt that timed out', () => {
  expect(probesOf({ [VETH]: request(1) + request(2) })).toMatchObject([{ state: 'failing', error: 'timeout' }]);
});

test('a connection that was refused is an attempt that was', () => {
  const syn = line(1, '10.244.1.2.40000 > 10.244.2.2.80: Flags [S], seq 5, win 64240, length 0');
  const reset = line(1, '10.244.2.2.80 > 10.244.1.2.40000: Flags [R.], seq 0, ack 6, win 0, length 0');
  expect(probesOf({ [VETH]: syn + reset })).toMatchObject([
    { to: { port: 80 }, proto: 'tcp', error: 'refused', stage: 'connect' },
  ]);
});

test('a connection whose beginning was not captured is no attempt', () => {
  const data = line(1, '10.244.1.2.40000 > 10.244.2.2.80: Flags [P.], seq 5:10, ack 1, win 64240, length 5');
  expect(probesOf({ [VETH]: data })).toEqual([]);
});

test('beside real attempts captures add none', () => {
  const facts =
    'version: 1\nreachability:\n  - {from: {kind: pod, ip: 10.244.1.2}, to: {kind: pod, ip: 10.244.2.2}, proto: icmp, ok: true}\n';
  expect(probesOf({ [VETH]: request(1) + request(2), 'facts.yaml': facts })).toHaveLength(1);
});
