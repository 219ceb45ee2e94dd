import { describe, expect, it } from 'vitest';
import { calicoctl } from '../../../src/facts/parsers/calicoctl.js';
import { readFile, survivesDamage } from './read-file.js';

const WIDE = `NAME                  CIDR             NAT    IPIPMODE   VXLANMODE   DISABLED   SELECTOR
default-ipv4-ippool   192.168.0.0/16   true   Always     Never       false      all()
old-pool              10.5.0.0/16      true   Always     Never       true       all()
second                10.6.0.0/16      true   Always     Never       false      all()`;

describe('calicoctl', () => {
  it("tells the enabled pools' networks, on the cluster", () => {
    const read = readFile(calicoctl, 'calicoctl get ippool -o wide', WIDE);
    expect(read.facts).toEqual([
      { name: 'calico.pool-cidr', value: '192.168.0.0/16,10.6.0.0/16', line: 2, subject: 'cluster', at: undefined },
    ]);
  });

  it('reports a line without a network', () => {
    const read = readFile(calicoctl, 'calicoctl get ippool', `${WIDE}\nbroken`);
    expect(read.problems).toEqual([{ line: 5, message: 'not a pool of calicoctl' }]);
  });

  it('reads pools only', () => {
    const reads = (...args: string[]) => calicoctl.reads({ program: 'calicoctl', args, exact: false });
    expect(reads('get', 'ippool', '-o', 'wide')).toBe(true);
    expect(reads('get', 'ipPool')).toBe(true);
    expect(reads('node', 'status')).toBe(false);
  });

  it('survives damage', () => survivesDamage(calicoctl, 'calicoctl get ippool', WIDE));
});
