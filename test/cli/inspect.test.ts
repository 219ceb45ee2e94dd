import { beforeAll, expect, test } from 'vitest';
import { build, EXAMPLE, podnet } from './podnet.js';

beforeAll(build, 120_000);

test('inspect shows files, cluster, flows and symptoms, each with its source, and judges nothing', () => {
  const { status, stdout, stderr } = podnet(['inspect', EXAMPLE]);
  expect(status).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('The cluster');
  expect(stdout).toMatch(/cni: flannel/);
  expect(stdout).toMatch(/Symptoms: \d/);
  expect(stdout).toMatch(/pod>clusterip@same-node\/tcp/);
  expect(stdout).not.toMatch(/Root cause|confirmed/);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('inspect --subject shows the facts of a subject with file and line', () => {
  const { stdout } = podnet(['inspect', EXAMPLE, '--subject', 'node/n2']);
  expect(stdout).toMatch(/sysctl\.net\.bridge\.bridge-nf-call-iptables = 0\s+\(nodes\/n2\/sysctl_-a:\d+\)/);
});

test('inspect --format json tells files that add up, and facts of a whole kind', () => {
  const { stdout } = podnet(['inspect', EXAMPLE, '--format', 'json', '--subject', 'node/']);
  const inspection = JSON.parse(stdout);
  const { total, recognised, unrecognised, problems } = inspection.files;
  expect(recognised + unrecognised.length).toBeLessThanOrEqual(total);
  expect(problems).toEqual([]);
  expect(inspection.nodes.length).toBeGreaterThan(1);
  expect(new Set(inspection.facts.map((fact: { subject: string }) => fact.subject))).toEqual(
    new Set(
      inspection.subjects
        .map((one: { subject: string }) => one.subject)
        .filter((name: string) => name.startsWith('node/')),
    ),
  );
});

test('inspect speaks Chinese', () => {
  expect(podnet(['inspect', EXAMPLE, '--lang', 'zh']).stdout).toContain('故障现象');
});

test('a hostile name in a bundle reaches no terminal as it is', () => {
  const facts =
    'version: 1\nreachability:\n  - {from: {kind: pod, node: "n\\e[2J$(reboot)"}, to: {kind: pod}, proto: icmp, ok: false}\n';
  for (const format of ['text', 'json']) {
    const { stdout } = podnet(['inspect', '-', '--format', format], { stdin: facts });
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('$(reboot)');
  }
});
