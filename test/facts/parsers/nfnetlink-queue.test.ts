import { expect, test } from 'vitest';
import { nfnetlinkQueue } from '../../../src/facts/parsers/nfnetlink-queue.js';
import { parseOutput } from './parse-output.js';

const COMMAND = 'cat /proc/net/netfilter/nfnetlink_queue';

test('what both ends of a queue dropped is summed up', () => {
  const { facts } = parseOutput(nfnetlinkQueue, COMMAND, '    0  18123  1024 2 65531  88213  7  1203412  1\n');
  expect(facts).toEqual({ 'nfqueue.numbers': ['0'], 'nfqueue.dropped': 88220 });
});

test('an empty file says that nobody listens to a queue', () => {
  expect(parseOutput(nfnetlinkQueue, COMMAND, '').facts).toEqual({ 'nfqueue.numbers': [], 'nfqueue.dropped': 0 });
});
