import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadPeer, chooseTargets, targetOfPeer } from '../../../src/facts/collect/targets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'podnet-targets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const own = { node: 'n1', ownIps: ['192.168.10.11'] };

describe('a peer', () => {
  it.each([
    ['10.0.0.1', { to: { ip: '10.0.0.1' }, proto: 'icmp' }],
    ['fd00::1', { to: { ip: 'fd00::1' }, proto: 'icmp' }],
    ['web.default', { to: { name: 'web.default' }, proto: 'icmp' }],
    ['10.0.0.1:80', { to: { ip: '10.0.0.1', port: 80 }, proto: 'tcp' }],
    ['[fd00::1]:80', { to: { ip: 'fd00::1', port: 80 }, proto: 'tcp' }],
    ['10.0.0.1:53/udp', { to: { ip: '10.0.0.1', port: 53 }, proto: 'udp' }],
    ['10.0.0.1:80/tcp', { to: { ip: '10.0.0.1', port: 80 }, proto: 'tcp' }],
    ['http://10.0.0.1/a?b=c', { to: { ip: '10.0.0.1', port: 80 }, proto: 'http', scheme: 'http', path: '/a?b=c' }],
    ['https://web:8443', { to: { name: 'web', port: 8443 }, proto: 'http', scheme: 'https', path: '/' }],
  ])('%s is understood', (peer, target) => {
    expect(targetOfPeer(peer)).toEqual(target);
  });

  it.each(['', '10.0.0.1:99999', '10.0.0.1:0', '10.0.0.1/udp', '-c 1', 'a b', 'http://', 'ftp://a'])(
    '%j is none and says what is expected',
    (peer) => {
      expect(() => targetOfPeer(peer)).toThrow(BadPeer);
    },
  );
});

describe('targets of a file', () => {
  it('are what its reachability list names, with addresses', async () => {
    const file = join(folder, 'facts.yaml');
    writeFileSync(
      file,
      `version: 1
reachability:
  - {from: {kind: pod, node: n1}, to: {kind: pod, node: n2, ip: 10.244.2.7}, proto: icmp, ok: false}
  - {from: {kind: pod, node: n1}, to: {kind: pod, node: n2, ip: 10.244.2.7}, proto: icmp, ok: true}
  - {to: {kind: dns, name: www.example.com}, proto: dns, ok: true}
  - {to: {ip: 10.96.0.1, port: 443}, proto: tcp, ok: true}
`,
    );
    const { given, problems } = await chooseTargets({ peers: [], targets: file, ...own });
    expect(problems).toEqual([]);
    expect(given).toEqual([
      { to: { ip: '10.244.2.7' }, proto: 'icmp', from: { kind: 'pod', node: 'n1' } },
      { to: { kind: 'dns', name: 'www.example.com' }, proto: 'dns' },
      { to: { ip: '10.96.0.1', port: 443 }, proto: 'tcp' },
    ]);
  });

  it('that names nothing are a problem that is told', async () => {
    const file = join(folder, 'facts.json');
    writeFileSync(file, '{"version": 1}');
    const { problems } = await chooseTargets({ peers: ['10.0.0.1'], targets: file, ...own });
    expect(problems).toEqual(['there is nothing in it that could be probed: no reachability list, no objects']);
  });

  it('that is not there is an error', async () => {
    await expect(chooseTargets({ peers: [], targets: join(folder, 'none'), ...own })).rejects.toThrow('no such file');
  });
});
