import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { accountedFor, readContents, readFiles } from './layouts/kernel-case.js';

const SYSCTL = 'net.ipv4.ip_forward = 0\n';
const FACT = '["node/n1","sysctl.net.ipv4.ip_forward",0,null]';

/** Under every name by which a layout, a parser or nobody would take it. */
const NAMES = (suffix: string) => [
  `cluster/pods${suffix}`,
  `facts${suffix === '.json' ? '.json' : '.yaml'}`,
  'nodes/n1/ip_route',
  'logs/kubelet/n1.log',
  'pasted.txt',
  `must-gather/namespaces/x/core/pods.yaml`,
  'notes.md',
];

describe('content that a stranger made to hurt', () => {
  test.each<[string, string | Uint8Array]>([
    ['JSON of 200,000 levels', '{"a":'.repeat(200_000)],
    ['lists of 200,000 levels', `{"items":${'['.repeat(200_000)}`],
    [
      'YAML aliases that double',
      `a0: &a0 [x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`,
    ],
    ['YAML of 5,000 levels', Array.from({ length: 5000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
    ['flow style of 20,000 levels', `a: ${'{a: '.repeat(20_000)}`],
    ['a line of five megabytes', 'x'.repeat(5_000_000)],
    ['a megabyte of line ends', '\n'.repeat(1_000_000)],
    ['a megabyte of carriage returns', '\r'.repeat(1_000_000)],
    ['a megabyte of escapes', '\u001b['.repeat(500_000)],
    ['a megabyte of rubbing out', `${'x'.repeat(9000)}${'\b'.repeat(9000)}\n`.repeat(50)],
    ['NULs', `ip route\n${'\0'.repeat(1_000_000)}`],
    ['every byte', Buffer.from(Array.from({ length: 500_000 }, (_, i) => i % 256))],
    ['half a character', Buffer.from([0xe4, 0xb8])],
    ['prompts without end', '[root@n1 ~]# \\\n'.repeat(50_000)],
    ['fences without end', '```\n'.repeat(200_000)],
  ])(
    'costs itself: %s',
    (_, content) => {
      const started = performance.now();
      const files = Object.fromEntries(NAMES('.json').map((name) => [name, content]));
      const { facts, input } = readFiles({ ...files, 'nodes/n1/sysctl_-a': SYSCTL });
      expect(facts).toContain(FACT);
      expect(accountedFor(input)).toBe(true);
      expect(input.problems.every(({ message }) => message.length < 1000)).toBe(true);
      expect(performance.now() - started).toBeLessThan(30_000);
    },
    60_000,
  );

  test('in a file that is named after another command is read as what it is, and it is said', () => {
    const { facts, input } = readFiles({
      'nodes/n1/ip_route': `${SYSCTL}net.ipv4.conf.all.rp_filter = 1\n`,
      'nodes/n2/sysctl_-a': 'default via 192.168.10.1 dev eth0 proto static\n',
    });
    expect(facts).toContain(FACT);
    expect(facts.some((fact) => fact.startsWith('["node/n2","route"'))).toBe(true);
    expect(input.problems).toEqual([
      { file: 'nodes/n1/ip_route', line: 1, message: 'named as ip-route and holds what sysctl prints: read as that' },
      { file: 'nodes/n2/sysctl_-a', line: 1, message: 'named as sysctl and holds what ip-route prints: read as that' },
    ]);
  });

  test('in names: commands, thousands of characters, paths that lead out', () => {
    const { facts, input } = readFiles({
      'nodes/$(reboot)/`id`; ip route': 'default via 192.168.10.1 dev eth0\n',
      [`${'x'.repeat(5000)}.log`]: 'x\n',
      'sosreport-/sos_commands/..': 'x\n',
      'nodes/n1/sysctl_-a': SYSCTL,
      ...Object.fromEntries(['__proto__', 'constructor', 'toString'].map((name) => [`nodes/${name}/${name}`, 'x\n'])),
    });
    expect(facts).toContain(FACT);
    expect(accountedFor(input)).toBe(true);
  });
});

describe('a folder', () => {
  test('whose files change or go while it is read costs those files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podnet-changing-'));
    try {
      mkdirSync(join(folder, 'nodes/n1'), { recursive: true });
      const large = `${SYSCTL}${'net.ipv4.conf.all.rp_filter = 1\n'.repeat(500)}`;
      for (const name of ['sysctl_-a', 'ip_route', 'ip_addr']) writeFileSync(join(folder, 'nodes/n1', name), large);
      const contents = await readBundles([{ path: folder }]);
      rmSync(join(folder, 'nodes/n1/ip_route'));
      writeFileSync(join(folder, 'nodes/n1/ip_addr'), '');
      const { facts, input } = readContents(contents);
      expect(facts).toContain(FACT);
      expect(input.problems).toEqual([{ file: 'nodes/n1/ip_route', message: 'cannot be read (ENOENT)' }]);
      expect(accountedFor(input)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
