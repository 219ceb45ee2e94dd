import { describe, expect, it } from 'vitest';
import { resolvConf } from '../../../src/facts/parsers/resolv-conf.js';
import { readFile, survivesDamage } from './read-file.js';

const POD =
  'nameserver 10.43.155.58\nsearch namespace.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';

describe('resolv.conf', () => {
  it("reads a pod's", () => {
    expect(readFile(resolvConf, 'cat .etc.resolv.conf', POD).of('resolv-conf')).toEqual([
      {
        nameservers: ['10.43.155.58'],
        search: ['namespace.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
        options: ['ndots:5'],
      },
    ]);
  });

  it('leaves comments out and lets the last search list count', () => {
    const text =
      '# managed by systemd-resolved\n\nsearch a.example\nnameserver 127.0.0.53\ndomain b.example\noptions edns0 trust-ad ; end';
    expect(readFile(resolvConf, 'cat /etc/resolv.conf', text).of('resolv-conf')).toEqual([
      { nameservers: ['127.0.0.53'], search: ['b.example'], options: ['edns0', 'trust-ad'] },
    ]);
  });

  it('reports a malformed line and uses the rest', () => {
    const read = readFile(resolvConf, 'cat /etc/resolv.conf', 'nameserver 10.0.0\nnameserver 10.0.0.2\nwhat is this');
    expect(read.of('resolv-conf')[0]!.nameservers).toEqual(['10.0.0.2']);
    expect(read.problems.map(({ line }) => line)).toEqual([1, 3]);
  });

  it('reads /etc/resolv.conf and no other file', () => {
    const reads = (program: string, ...args: string[]) => resolvConf.reads({ program, args, exact: false });
    expect(reads('cat', '.etc.resolv.conf')).toBe(true);
    expect(reads('cat', '/etc/resolv.conf')).toBe(true);
    expect(reads('cat', '.etc.hosts')).toBe(false);
    expect(reads('cat', '/run/systemd/resolve/resolv.conf')).toBe(false);
  });

  it('survives damage', () => survivesDamage(resolvConf, 'cat .etc.resolv.conf', POD));
});
