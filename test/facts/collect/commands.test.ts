import { expect, test } from 'vitest';
import { type Machine, networkSettings, nodeCommands, podCommands } from '../../../src/facts/collect/commands.js';

const BARE: Machine = { devices: ['eth0'], tracks: false, ipvs: false, xfrm: false };

const lines = (machine: Machine): string[] => nodeCommands(machine).map(({ argv }) => argv.join(' '));

test('what would make the kernel load what is not loaded is not run, and says why', () => {
  const skipped = (machine: Machine): string[] =>
    nodeCommands(machine).flatMap(({ argv, skip }) => (skip === undefined ? [] : [argv.join(' ')]));
  expect(skipped(BARE)).toEqual([
    ...['ipvsadm -Ln', 'ipvsadm -l --timeout', 'ip xfrm state', 'ip xfrm policy'],
    ...['conntrack -L', 'conntrack -S', 'conntrack -C'],
  ]);
  expect(skipped({ ...BARE, tracks: true, ipvs: true, xfrm: true })).toEqual([]);
});

test('no command changes anything, down to lock and history files', () => {
  const all = [...nodeCommands({ ...BARE, iptables: 'nft' }), ...podCommands({ tracks: true })];
  const changing = all
    .map(({ argv }) => argv.join(' '))
    .filter((line) => / (?:add|del|set|flush|-w|-[ADIFXZ])(?: |$)/.test(line));
  expect(changing).toEqual(['top -bn1 -w 200']);
  // Asking iptables for rules may load modules; for its version it does not.
  expect(all.filter(({ argv }) => /^ip6?tables$/.test(argv[0]!) && argv[1] !== '--version')).toEqual([]);
  expect(all.filter(({ argv }) => argv[0] === 'nstat').map(({ argv }) => argv[1])).toEqual(['-azs', '-azs']);
});

test('devices of pods are not asked one by one', () => {
  const devices = ['eth0', 'flannel.1', 'cni0', 'veth1234', 'cali0123456789a', 'lxc_health', 'lo', 'kube-ipvs0'];
  const asked = lines({ ...BARE, devices }).filter((line) => line.startsWith('ethtool -k'));
  expect(asked).toEqual(['ethtool -k eth0', 'ethtool -k flannel.1', 'ethtool -k cni0']);
});

test('rules of the other iptables are asked for as well', () => {
  expect(lines({ ...BARE, iptables: 'nft' })).toContain('iptables-legacy-save -c');
  expect(lines({ ...BARE, iptables: 'legacy' })).toContain('iptables-nft-save -c');
  expect(lines(BARE).filter((line) => /legacy|nft-save/.test(line))).toEqual([]);
});

test('an error in place of settings stays as it is', () => {
  expect(networkSettings('sysctl: permission denied\n')).toBe('sysctl: permission denied\n');
});
