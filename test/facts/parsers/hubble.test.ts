import { expect, test } from 'vitest';
import { hubble } from '../../../src/facts/parsers/hubble.js';
import { expectReads } from './parse-output.js';
import { readFile, survivesDamage } from './read-file.js';

const TEXT = `Mar  1 10:00:00.123: default/client:45678 (ID:1234) -> kube-system/coredns-abc:53 (ID:5678) to-endpoint FORWARDED (UDP)
Mar  1 10:00:01.123: default/client:45679 (ID:1234) <> default/web-1:8080 (ID:77) Policy denied DROPPED (TCP Flags: SYN)
Mar  1 10:00:02.123: default/client:45679 (ID:1234) <> default/web-1:8080 (ID:77) Policy denied DROPPED (TCP Flags: SYN)
Mar  1 10:00:03.123: 10.0.0.9:55000 (world) -> default/web-1:8080 (ID:77) Stale or unroutable IP DROPPED (TCP Flags: ACK)
Mar  1 10:00:04.123: fe80::1 (ID:1) <> ff02::2 (unknown) Unsupported L3 protocol DROPPED (ICMPv6 RouterSolicitation)
Mar  1 10:00:05.123: default/web-1:8080 (ID:77) <- default/client:45679 (ID:1234) Policy denied DROPPED (TCP Flags: SYN)
EVENTS LOST: HUBBLE_RING_BUFFER CPU(0) 1
`;
const JSON_FLOW =
  '{"flow":{"time":"2024-03-01T10:00:01.5Z","verdict":"DROPPED","drop_reason_desc":"POLICY_DENIED","IP":{"source":"10.244.1.5","destination":"10.244.2.7"},"l4":{"UDP":{"source_port":4000,"destination_port":53}},"source":{"namespace":"default","pod_name":"client"},"destination":{"labels":["reserved:host"]},"node_name":"kind/n1"}}';
const denied = { fact: 'log.policy-denied', subject: 'cluster' as const, components: [], pattern: /Policy denied/ };

test('packets that open an exchange and are dropped are one failing probe for each pair of ends', () => {
  const read = readFile(hubble, 'hubble observe', TEXT, { logPatterns: [denied], at: '2024-03-02T00:00:00Z' });
  expect(read.problems).toEqual([]);
  expect(read.of('probe')).toEqual([
    {
      from: { kind: 'pod', namespace: 'default', pod: 'client' },
      to: { kind: 'pod', namespace: 'default', pod: 'web-1', port: 8080 },
      proto: 'tcp',
      state: 'failing',
      error: 'timeout',
      origin: 'log',
      stage: 'connect',
      sent: 2,
    },
  ]);
  expect(read.value('log.policy-denied')).toBe(true);
});

test('reads JSON alike', () => {
  const read = readFile(hubble, 'hubble observe -o json', `${JSON_FLOW}\n{"lost_events":{"source":"X"}}\n{"flow":`, {
    logPatterns: [denied],
  });
  expect(read.of('probe')).toEqual([
    {
      from: { kind: 'pod', namespace: 'default', pod: 'client', ip: '10.244.1.5' },
      to: { ip: '10.244.2.7', port: 53 },
      proto: 'udp',
      state: 'failing',
      error: 'timeout',
      origin: 'log',
      sent: 1,
    },
  ]);
  expect(read.records.find(({ name }) => name === 'probe')?.at).toBe('2024-03-01T10:00:01.500Z');
  expect(read.value('log.policy-denied')).toBe(true);
  expect(read.problems.map(({ line }) => line)).toEqual([3]);
});

test('what was forwarded is not a word of failure', () => {
  expect(readFile(hubble, 'hubble observe', TEXT.split('\n')[0]!).of('probe')).toEqual([]);
});

test('is told by its command or its lines', () => {
  expectReads(hubble, ['hubble_observe_--verdict_DROPPED'], ['hubble_status']);
  expect(hubble.recognises?.(TEXT.split('\n'))).toBe(true);
  expect(hubble.recognises?.([JSON_FLOW])).toBe(true);
  survivesDamage(hubble, 'hubble observe', TEXT);
});
