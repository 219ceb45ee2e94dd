import { describe, expect, test } from 'vitest';
import { errorInsteadOfOutput } from '../../../src/facts/bundle/error-output.js';

describe('an error message in place of an output', () => {
  test.each([
    'bash: ip: command not found',
    '-bash: conntrack: 未找到命令',
    'sh: 1: dig: not found',
    '/bin/sh: ip: not found',
    'exec of "netstat" failed',
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "ss": executable file not found in $PATH: unknown\ncommand terminated with exit code 126',
    "Command 'ethtool' not found, but can be installed with:\napt install ethtool\nPlease ask your administrator.",
    '-- No entries --',
    'error: the server doesn\'t have a resource type "ciliumnodes"',
    'Error from server (Forbidden): nodes is forbidden: User "x" cannot list resource "nodes"',
    'Cannot open netlink socket: Operation not permitted',
    'iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    "iptables v1.8.7 (legacy): can't initialize iptables table `filter': Permission denied\nPerhaps iptables or your kernel needs to be upgraded.",
    'cat: /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory',
    'Device "flannel.1" does not exist.',
    'Defaulted container "a" out of: a, b\nerror: unable to upgrade connection: container not found ("a")',
  ])('is told: %s', (text) => {
    const lines = text.split('\n');
    expect(errorInsteadOfOutput(lines, false)).toBe(lines.find((line) => !line.startsWith('Defaulted')));
  });

  test.each([
    'net.ipv4.ip_forward = 1',
    'sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory\nnet.ipv4.ip_forward = 1',
    'default via 192.168.10.1 dev eth0',
    'sysctl: permission denied on key 1\nsysctl: permission denied on key 2\nsysctl: permission denied on key 3\nsysctl: permission denied on key 4',
    '',
  ])('is not seen in an output that merely holds errors: %s', (text) => {
    expect(errorInsteadOfOutput(text.split('\n'), false)).toBeUndefined();
  });

  test.each([
    'ping: connect: Network is unreachable',
    'curl: (7) Failed to connect to 10.96.0.1 port 443 after 0 ms: Connection refused',
    'ping: sendmsg: Operation not permitted',
    ';; communications error to 10.96.0.10#53: timed out',
    'nc: connect to 10.0.0.1 port 80 (tcp) failed: No route to host',
  ])('is what a probe found: %s', (text) => {
    expect(errorInsteadOfOutput([text], true)).toBeUndefined();
  });

  test.each(['ping: socket: Operation not permitted', 'sh: curl: not found', 'bash: dig: command not found'])(
    'is a probe that was never made: %s',
    (text) => {
      expect(errorInsteadOfOutput([text], true)).toBe(text);
    },
  );

  test('is also told by an exit status that a shell gives when it could not run a program', () => {
    expect(errorInsteadOfOutput(['bash : ip : commande introuvable'], false, 127)).toBe(
      'bash : ip : commande introuvable',
    );
    expect(errorInsteadOfOutput(['1'], false, 1)).toBeUndefined();
  });

  test('is shown without control characters and not at length', () => {
    const reason = errorInsteadOfOutput([`\u001b[31m${'x'.repeat(500)}: command not found`], false);
    expect(reason).toMatch(/^\\x1b\[31mx+…$/);
  });
});

describe('a message of kubectl in place of a probe', () => {
  test.each([
    'Error from server (Forbidden): pods "web" is forbidden: User "x" cannot create resource "pods/exec"',
    'Error from server: error dialing backend: dial tcp 192.168.10.13:10250: i/o timeout',
    'error: Internal error occurred: error executing command in container',
    'error: You must be logged in to the server (Unauthorized)',
    'The connection to the server 192.168.10.11:6443 was refused - did you specify the right host or port?',
    'Unable to connect to the server: dial tcp 192.168.10.11:6443: i/o timeout',
  ])('says that it never ran: %s', (line) => {
    expect(errorInsteadOfOutput([line], true)).toBe(line);
  });
});
