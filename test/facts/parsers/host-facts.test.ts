import { describe, expect, test } from 'vitest';
import { lsmod } from '../../../src/facts/parsers/lsmod.js';
import { nmcli } from '../../../src/facts/parsers/nmcli.js';
import { osRelease } from '../../../src/facts/parsers/os-release.js';
import { selinux } from '../../../src/facts/parsers/selinux.js';
import { top } from '../../../src/facts/parsers/top.js';
import { uname } from '../../../src/facts/parsers/uname.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';
import { readFile } from './read-file.js';

const NMCLI = `
DEVICE       TYPE      STATE                   CONNECTION
eth0         ethernet  connected               System eth0
cni0         bridge    connected (externally)  cni0
flannel.1    vxlan     disconnected            --
veth1a2b3c4  ethernet  unmanaged               --
lo           loopback  unmanaged               --
`;

describe('nmcli device', () => {
  test('names the CNI interfaces that it manages, not those it watches', () => {
    expect(parseOutput(nmcli, 'nmcli device status', NMCLI).facts).toEqual({ 'networkmanager.manages': ['flannel.1'] });
    expect(
      parseOutput(nmcli, 'nmcli -t dev', 'eth0:ethernet:connected:eth0\ncali12345678901:ethernet:connected:Wired')
        .facts,
    ).toEqual({
      'networkmanager.manages': ['cali12345678901'],
    });
    expect(parseOutput(nmcli, 'nmcli dev', NMCLI.replace('disconnected', 'unmanaged   ')).facts).toEqual({
      'networkmanager.manages': [],
    });
  });

  test('is told by its command or its heading, and survives damage', () => {
    expectReads(nmcli, ['nmcli_device_status', 'nmcli_dev', 'nmcli_d'], ['nmcli_connection_show', 'nmcli_device_show']);
    expect(nmcli.recognises?.(NMCLI.split('\n'))).toBe(true);
    expectToSurviveDamage(nmcli, 'nmcli device', NMCLI);
  });
});

const TOP = `
top - 10:15:32 up 12 days,  3:04,  2 users,  load average: 9.52, 8.58, 7.59
Tasks: 213 total,   1 running, 212 sleeping,   0 stopped,   0 zombie
%Cpu(s):  5.9 us,  2.0 sy,  0.0 ni, 81.2 id,  0.3 wa,  0.0 hi, 10.6 si,  0.0 st
MiB Mem :   7951.2 total,    345.1 free
    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
`;
const BUSYBOX_TOP = `
Mem: 1034567K used, 234567K free, 1234K shrd, 2345K buff, 34567K cached
CPU:   5% usr   2% sys   0% nic  81% idle   0% io   0% irq  11% sirq
Load average: 9.52 8.58 7.59 3/412 28817
`;

describe('top', () => {
  test.each([
    ['procps', TOP, 81.2, 10.6],
    [
      'procps before 3.3',
      TOP.replace(/%Cpu.*/, 'Cpu(s):  5.9%us,  2.0%sy,  0.0%ni, 81.2%id,  0.3%wa,  0.0%hi, 10.6%si,  0.0%st'),
      81.2,
      10.6,
    ],
    ['a locale with decimal commas', TOP.replace(/(\d)\.(\d)/g, '$1,$2'), 81.2, 10.6],
    ['BusyBox', BUSYBOX_TOP, 81, 11],
  ])('%s: load and shares of time', (_version, text, idle, softirq) => {
    expect(parseOutput(top, 'top -bn1', text).facts).toMatchObject({
      'load.average': 9.52,
      'load.average-15': 7.59,
      'cpu.idle': idle,
      'cpu.softirq': softirq,
    });
  });

  test('is told by its command or its first line, and survives damage', () => {
    expectReads(top, ['top_-bn1'], ['htop', 'uptime']);
    expect(top.recognises?.(TOP.split('\n'))).toBe(true);
    expectToSurviveDamage(top, 'top -bn1', TOP);
  });
});

test('os-release tells a node’s system; a pod’s is its image’s', () => {
  const text = 'NAME="Ubuntu"\nID=ubuntu\nPRETTY_NAME="Ubuntu 22.04.4 LTS"\n';
  expect(parseOutput(osRelease, 'cat /etc/os-release', text).facts).toEqual({ os: 'Ubuntu 22.04.4 LTS' });
  expect(readFile(osRelease, 'cat /etc/os-release', text, { subject: 'pod/a/b' }).facts).toEqual([]);
  expectReads(osRelease, ['cat_.etc.os-release', 'cat_.usr.lib.os-release'], ['cat_.etc.hosts']);
  expectToSurviveDamage(osRelease, 'cat /etc/os-release', text);
});

test.each([
  [
    'uname -a',
    'Linux node1 5.15.0-91-generic #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 x86_64 GNU/Linux',
    '5.15.0-91-generic',
  ],
  ['uname -r', '3.10.0-1160.el7.x86_64', '3.10.0-1160.el7.x86_64'],
  ['cat /proc/version', 'Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org) (gcc-12)', '6.1.0-18-amd64'],
])('%s tells the kernel', (command, text, kernel) => {
  expect(parseOutput(uname, command, text).facts).toEqual({ kernel });
  expect(parseOutput(uname, command, 'nothing of the kind').unknowns).toHaveProperty('kernel');
  expectToSurviveDamage(uname, command, text);
});

test('lsmod lists the modules of the network and the others, and loses a malformed line only', () => {
  const text = `
Module                  Size  Used by
xt_conntrack           16384  3
br_netfilter           32768  0
bridge                311296  1 br_netfilter
snd_hda_intel          57344  2
broken
`;
  const parsed = parseOutput(lsmod, 'lsmod', text);
  expect(parsed.facts).toEqual({
    modules: ['br_netfilter', 'bridge', 'xt_conntrack'],
    'modules.other': ['snd_hda_intel'],
  });
  expect(parsed.problems.map(({ line }) => line)).toEqual([6]);
  expectReads(lsmod, ['lsmod', 'cat_.proc.modules'], ['modinfo_ip_vs']);
  expectToSurviveDamage(lsmod, 'lsmod', text);
});

test.each([
  ['getenforce', 'Enforcing', 'enforcing'],
  ['getenforce', 'Permissive', 'permissive'],
  [
    'sestatus',
    'SELinux status:                 enabled\nSELinuxfs mount:                /sys/fs/selinux\nCurrent mode:                   enforcing\nMode from config file:          permissive',
    'enforcing',
  ],
  ['sestatus', 'SELinux status:                 disabled', 'disabled'],
])('%s: %s', (command, text, mode) => {
  expect(parseOutput(selinux, command, text).facts).toEqual({ 'selinux.mode': mode });
  expectToSurviveDamage(selinux, command, text);
});
