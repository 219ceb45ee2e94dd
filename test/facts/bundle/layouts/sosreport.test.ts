import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { layoutOf } from '../../../../src/facts/bundle/layout.js';
import { readBundles } from '../../../../src/facts/bundle/read-bundles.js';
import { hostOfName } from '../../../../src/facts/bundle/sosreport.js';
import { surroundingsOf } from '../../../../src/facts/bundle/surroundings.js';
import { type TarEntry, tarOf } from '../archive-writers.js';
import { accountedFor, kernelFiles, readArchive, readContents, readFiles, renamed } from './kernel-case.js';

const TOP = 'sosreport-n2-2024-05-01-abcdefg';

/** The plugin below which sos keeps a command. */
function pluginOf(command: string): string {
  if (/^(?:ip6?tables|nft)/.test(command)) return 'firewall_tables';
  return /^sysctl|^dmesg/.test(command) ? 'kernel' : 'networking';
}

let own: Record<string, string>;
let sos: Record<string, string>;
beforeAll(async () => {
  const files = await kernelFiles('bridge-nf-call-disabled/kernel');
  const isSos = (path: string) =>
    /^nodes\/n2\/(?:ip|ss|netstat|iptables|bridge|ethtool|sysctl|conntrack)[_-]/.test(path);
  own = renamed(files, (path) => (isSos(path) ? path : undefined));
  sos = renamed(own, (path) => {
    const command = path.slice('nodes/n2/'.length);
    return `${TOP}/sos_commands/${pluginOf(command)}/${command}`;
  });
  own['nodes/n2/etc/resolv.conf'] = 'nameserver 10.0.0.53\n';
  sos[`${TOP}/sos_commands/host/hostname`] = 'n2\n';
  sos[`${TOP}/version.txt`] = 'sosreport: 4.7.1\n';
});

const entriesOf = (files: Record<string, string>): TarEntry[] => [
  ...Object.entries(files).map(([name, content]) => ({ name, content })),
  { name: `${TOP}/run/systemd/resolve/resolv.conf`, content: 'nameserver 10.0.0.53\n' },
  { name: `${TOP}/etc/resolv.conf`, type: 'symlink', linkname: '../run/systemd/resolve/resolv.conf' },
  { name: `${TOP}/ip_addr`, type: 'symlink', linkname: 'sos_commands/networking/ip_addr' },
];

describe('a sosreport', () => {
  test('gives the facts of the same outputs in podnet’s layout, links followed and none counted twice', async () => {
    const expected = readFiles(own);
    const read = await readArchive(await tarOf(entriesOf(sos)), `${TOP}.tar`);
    expect(expected.facts.length).toBeGreaterThan(500);
    expect(read.facts).toEqual(expected.facts);
    expect(accountedFor(read.input)).toBe(true);
    expect(read.input.unrecognised.map(({ path }) => path)).toEqual([
      `${TOP}/ip_addr`,
      `${TOP}/run/systemd/resolve/resolv.conf`,
      `${TOP}/sos_commands/host/hostname`,
      `${TOP}/version.txt`,
    ]);
  });

  test.skipIf(spawnSync('xz', ['--version']).error !== undefined)('is read out of its .tar.xz', async () => {
    const tar = await tarOf(entriesOf(sos));
    const read = await readArchive(execFileSync('xz', ['-c'], { input: tar }), `${TOP}.tar.xz`);
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.input.problems).toEqual([]);
  });

  test('is of the host that it names, else of the one that its own name tells', async () => {
    const nameless = renamed(sos, (path) => (path.endsWith('/hostname') ? undefined : path));
    const read = await readArchive(await tarOf(entriesOf(nameless)), `${TOP}.tar`);
    expect(read.facts).toEqual(readFiles(own).facts);
    const bare = renamed(sos, (path) => path.slice(TOP.length + 1));
    expect(readFiles(bare).facts.every((fact) => /^\["(?:node|interface)\/n2\b/.test(fact))).toBe(true);
  });

  test('of another node beside it keeps apart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podnet-sos-'));
    try {
      for (const node of ['n2', 'n3']) {
        const top = `sosreport-${node}-2024-05-01-abcdefg`;
        for (const [path, text] of Object.entries(sos)) {
          const file = join(folder, path.replace(TOP, top));
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, path.endsWith('/hostname') ? `${node}\n` : text);
        }
      }
      const inputs = ['n2', 'n3'].map((node) => ({ path: join(folder, `sosreport-${node}-2024-05-01-abcdefg`) }));
      const { facts } = readContents(await readBundles(inputs));
      const of = (node: string) => facts.filter((fact) => fact.startsWith(`["node/${node}"`)).length;
      expect(of('n2')).toBeGreaterThan(300);
      expect(of('n3')).toBe(of('n2'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('does not take what is configured for what is so', () => {
    const { facts } = readFiles({
      [`${TOP}/sos_commands/kernel/sysctl_-a`]: 'net.ipv4.ip_forward = 0\n',
      [`${TOP}/etc/sysctl.d/99-kubernetes.conf`]: 'net.ipv4.ip_forward = 1\n',
      [`${TOP}/proc/sys/net/ipv4/conf/all/rp_filter`]: '1\n',
    });
    expect(facts).toEqual([
      '["node/n2","sysctl.net.ipv4.conf.all.rp_filter",1,null]',
      '["node/n2","sysctl.net.ipv4.ip_forward",0,null]',
    ]);
  });

  test('keeps the network namespaces of pods apart from the node', () => {
    const netns = 'cni-0a1b2c3d-1111-2222-3333-444455556666';
    const address = 'inet 10.244.1.5/24 brd 10.244.1.255 scope global eth0\n';
    const { facts } = readFiles({
      [`${TOP}/sos_commands/networking/namespaces/${netns}/ip_netns_exec_${netns}_ip_-d_address_show`]: `2: eth0@if9: <BROADCAST,UP> mtu 1450 state UP\n    ${address}`,
      [`${TOP}/sos_commands/networking/ip_netns_exec_qrouter-1_ip_-d_address_show`]: `2: eth0: <BROADCAST,UP> mtu 1450 state UP\n    ${address}`,
    });
    expect(facts.map((fact) => (JSON.parse(fact) as string[]).slice(0, 2).join(' '))).toEqual([
      `pod/-/${netns} address`,
      `pod/-/${netns} link`,
      `pod/-/${netns} pod-object`,
    ]);
    expect(facts.some((fact) => fact.includes('"node":"n2"'))).toBe(true);
  });

  test.each([
    ['sosreport-n2-2024-05-01-abcdefg', 'n2'],
    ['sosreport-ip-10-0-1-7-03512345-2024-05-01-abcdefg', 'ip-10-0-1-7'],
    ['sosreport-node1.example.com-20190501120000', 'node1.example.com'],
    ['sosreport-n2', 'n2'],
    ['n2', undefined],
  ])('named %s is of %s', (name, host) => expect(hostOfName(name)).toBe(host));

  test.each([
    ['sos_commands/logs/journalctl_--no-pager_--boot', 'output', 'node/n1', 'journalctl'],
    ['sos_commands/kubernetes/kubectl_get_-o_json_pods', 'output', 'cluster', 'kubectl'],
    ['var/log/messages', 'log', 'node/n1', ''],
    ['var/log/pods/kube-system_coredns-abc_0123/coredns/0.log', 'log', 'pod/kube-system/coredns-abc', ''],
    ['var/log/containers/web-1_shop_web-0123456789abcdef.log', 'log', 'pod/shop/web-1', ''],
    ['proc/4242/status', 'unread', 'cluster', ''],
    ['ip_addr', 'unread', 'cluster', ''],
    ['etc/sysconfig/network-scripts/ifcfg-eth0', 'output', 'node/n1', 'cat'],
  ])('has %s: %s of %s, %s', (below, kind, subject, program) => {
    const paths = ['sosreport-n1/sos_commands/x/y', `sosreport-n1/${below}`];
    const around = surroundingsOf(paths.map((path) => ({ path, bytes: new Uint8Array() })));
    const place = layoutOf(paths[1]!, around);
    expect([place.kind, place.subject, place.command.program]).toEqual([kind, subject, program]);
  });
});
