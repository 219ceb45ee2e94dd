import { describe, expect, it } from 'vitest';
import { sysctl } from '../../../src/facts/parsers/sysctl.js';
import { commandOf, expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const ALL = `
abi.vsyscall32 = 1
net.bridge.bridge-nf-call-iptables = 1
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.flannel/1.rp_filter = 2
net.ipv4.ip_local_port_range = 32768	60999
net.ipv4.tcp_congestion_control = cubic
net.ipv4.tcp_mem = 93900	125203	187800
net.netfilter.nf_conntrack_max=262144
net.ipv4.ping_group_range = 0	2147483647
kernel.hostname = node-1
kernel.sched_domain.cpu0.domain0.flags = 4783
fs.file-max = 9223372036854775807
`;

describe('sysctl', () => {
  it('reads parameters of the network, numbers as numbers', () => {
    const parsed = parseOutput(sysctl, 'sysctl -a', ALL);
    expect(parsed.problems).toEqual([]);
    expect(parsed.facts).toEqual({
      'sysctl.net.bridge.bridge-nf-call-iptables': 1,
      'sysctl.net.ipv4.conf.all.rp_filter': 0,
      'sysctl.net.ipv4.conf.flannel.1.rp_filter': 2,
      'sysctl.net.ipv4.ip_local_port_range': '32768 60999',
      'sysctl.net.ipv4.tcp_congestion_control': 'cubic',
      'sysctl.net.ipv4.tcp_mem': '93900 125203 187800',
      'sysctl.net.netfilter.nf_conntrack_max': 262144,
      'sysctl.net.ipv4.ping_group_range': '0 2147483647',
      'sysctl.kernel.hostname': 'node-1',
      'sysctl.fs.file-max': '9223372036854775807',
    });
    expect(parsed.lineOf('sysctl.net.ipv4.conf.all.rp_filter')).toBe(3);
  });

  it.each([
    ['cat_.proc.sys.net.ipv4.ip_forward', '0', 'sysctl.net.ipv4.ip_forward', 0],
    ['cat_.proc.sys.net.ipv4.conf.flannel.1.rp_filter', '2', 'sysctl.net.ipv4.conf.flannel.1.rp_filter', 2],
    ['cat_.proc.sys.net.ipv4.ip_local_port_range', '1025	65534', 'sysctl.net.ipv4.ip_local_port_range', '1025 65534'],
    ['sysctl_-n_net.ipv4.ip_forward', '1', 'sysctl.net.ipv4.ip_forward', 1],
    ['sysctl_net.ipv4.ip_forward', 'net.ipv4.ip_forward = 1', 'sysctl.net.ipv4.ip_forward', 1],
    ['grep_x', '/proc/sys/net/ipv4/conf/all/rp_filter:1', 'sysctl.net.ipv4.conf.all.rp_filter', 1],
  ])('%s: %s', (file, text, name, value) => {
    const facts: Record<string, unknown> = {};
    const command = commandOf(file);
    sysctl.parse(
      { lines: [text], text, command, subject: 'node/n1', file },
      {
        record: () => {},
        fact: (key, told) => {
          facts[key] = told;
        },
        unknown: () => {},
        problem: (line, message) => expect.fail(`${line}: ${message}`),
      },
    );
    expect(facts).toEqual({ [name]: value });
  });

  it('reads a path with slashes where the command is known exactly', () => {
    expect(parseOutput(sysctl, 'cat /proc/sys/net/bridge/bridge-nf-call-iptables', '0').facts).toEqual({
      'sysctl.net.bridge.bridge-nf-call-iptables': 0,
    });
  });

  it('makes what was refused unknown, with the reason, and never false', () => {
    const parsed = parseOutput(
      sysctl,
      'sysctl -a',
      `
sysctl: permission denied on key 'net.core.bpf_jit_harden'
sysctl: reading key "net.ipv6.conf.all.stable_secret": I/O error
sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory
sysctl: error: 'net.bridge.bridge-nf-call-ip6tables' is an unknown key
net.ipv4.tcp_fastopen_key: permission denied
cat: can't open '/proc/sys/net/ipv4/ip_forward': No such file or directory`,
    );
    expect(parsed.facts).toEqual({});
    expect(parsed.problems).toEqual([]);
    expect(parsed.unknowns).toEqual({
      'sysctl.net.core.bpf_jit_harden': 'permission denied',
      'sysctl.net.ipv6.conf.all.stable_secret': 'I/O error',
      'sysctl.net.bridge.bridge-nf-call-iptables': 'No such file or directory',
      'sysctl.net.bridge.bridge-nf-call-ip6tables': 'is an unknown key',
      'sysctl.net.ipv4.tcp_fastopen_key': 'permission denied',
      'sysctl.net.ipv4.ip_forward': 'No such file or directory',
    });
  });

  it('does not take a sentence for a value', () => {
    const parsed = parseOutput(sysctl, 'cat /proc/sys/net/ipv4/ip_forward', 'command terminated with exit code 1');
    expect(parsed.facts).toEqual({});
    expect(parsed.problems).toHaveLength(1);
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(
      sysctl,
      'sysctl -a',
      ALL.replace('net.ipv4.conf.all.rp_filter = 0', 'net.ipv4.conf.all.rp_'),
    );
    expect(parsed.problems.map(({ line }) => line)).toEqual([3]);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      sysctl,
      ['sysctl_-a', 'sysctl_net.ipv4.ip_forward', 'sysctl_-ar_net', 'cat_.proc.sys.net.ipv4.ip_forward'],
      ['cat_.etc.resolv.conf', 'sysctl_-p', 'sysctl_--system', 'cat'],
    );
    expect(sysctl.recognises?.(ALL.trim().split('\n'))).toBe(true);
    expect(sysctl.recognises?.(['apiVersion: v1', 'a = b'])).toBe(false);
    expectToSurviveDamage(sysctl, 'sysctl -a', ALL);
  });

  it('takes linear time on hostile lines', () => {
    for (const hostile of [
      `net${'.a/'.repeat(50_000)}`,
      `sysctl: ${'/proc/sys/'.repeat(50_000)}`,
      `${'1 '.repeat(50_000)}x`,
    ]) {
      const start = process.cpuUsage();
      parseOutput(sysctl, 'cat /proc/sys/net/ipv4/ip_forward', hostile);
      sysctl.recognises?.([hostile]);
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
    }
  });
});
