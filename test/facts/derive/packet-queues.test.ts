import { expect, test } from 'vitest';
import { packetQueues } from '../../../src/facts/derive/packet-queues.js';
import { derived } from './bundle-facts.js';

const rules = (rule: string) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`;

test('rules that hand packets to a program are told, and that there are none', () => {
  const queued = derived(packetQueues, { 'nodes/n1/iptables-save': rules('-A FORWARD -j NFQUEUE --queue-num 0') });
  expect(queued.node('n1', 'netfilter.queued')).toEqual(['-A FORWARD -j NFQUEUE --queue-num 0']);
  const none = derived(packetQueues, { 'nodes/n1/iptables-save': rules('-A FORWARD -j ACCEPT') });
  expect(none.node('n1', 'netfilter.queued')).toEqual([]);
});
