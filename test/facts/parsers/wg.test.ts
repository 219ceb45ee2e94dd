import { expect, test } from 'vitest';
import { wg } from '../../../src/facts/parsers/wg.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const KEY = 'q6mVQ2m7o8n0p2r4s6t8u0w2y4A6C8E0G2I4K6M8O0Q=';
const PEER = 'Zk3nB5vC7xL9jH1gF3dS5aP7oI9uY1tR3eW5qA7zX9c=';
const OTHER = 'Mn8bV6cX4zL2kJ0hG8fD6sA4pO2iU0yT8rE6wQ4mN2b=';
const SHOW = `
interface: wireguard.cali
  public key: ${KEY}
  private key: (hidden)
  listening port: 51820

peer: ${PEER}
  endpoint: 10.3.1.12:51820
  allowed ips: 172.16.2.0/26
  transfer: 0 B received, 1.91 MiB sent

peer: ${OTHER}
  endpoint: [fd00::13]:51820
  latest handshake: 6 hours, 2 minutes, 10 seconds ago
  transfer: 1.20 MiB received, 1.11 MiB sent
`;

test('a peer that was sent to and never answered is silent, one that is merely idle is not', () => {
  const { facts, problems } = parseOutput(wg, 'wg show', SHOW);
  expect(problems).toEqual([]);
  expect(facts['wireguard.peers-silent']).toEqual(['10.3.1.12']);
  expect(facts['wireguard.public-keys']).toEqual([KEY]);
  expect(facts['wireguard.peers']).toEqual([`10.3.1.12 ${PEER}`, `fd00::13 ${OTHER}`]);
});

test('a peer that is kept alive and has not shaken hands for minutes is silent', () => {
  const { facts } = parseOutput(wg, 'wg', `${SHOW}  persistent keepalive: every 25 seconds\n`);
  expect(facts['wireguard.peers-silent']).toEqual(['10.3.1.12', 'fd00::13']);
});

test('the dump tells the same, row by row', () => {
  const dump = `wg0\t(none)\t${KEY}\t51820\toff\nwg0\t${PEER}\t(none)\t10.3.1.12:51820\t10.2.0.0/16\t0\t0\t99\toff\n`;
  expect(parseOutput(wg, 'wg show all dump', dump).facts['wireguard.peers-silent']).toEqual(['10.3.1.12']);
});

test('damaged outputs are survived', () => expectToSurviveDamage(wg, 'wg show', SHOW));
