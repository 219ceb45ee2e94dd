import { expect, it } from 'vitest';
import { capitalsIn } from '../../../src/report/handbook/commands.js';

it('explains the capitals of commands in blocks and in spans', () => {
  expect(capitalsIn(['```sh\nping -c 3 PEER_POD\n```', 'Try `curl http://NODE_IP:NODEPORT/`.'], 'en')).toEqual([
    '`NODEPORT` the Service’s NodePort',
    '`NODE_IP` the node’s address',
    '`PEER_POD` the other pod’s address',
  ]);
});

it('leaves capitals of the prose, of variables and of columns alone', () => {
  const blocks = [
    'The NODE is ready.',
    '```sh\necho $POD; kubectl get nodes -o custom-columns=NODE:.metadata.name\n```',
  ];
  expect(capitalsIn(blocks, 'en')).toEqual([]);
});
