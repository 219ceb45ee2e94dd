import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { layoutOf } from '../../../../src/facts/bundle/layout.js';
import { tgzOf, type ZipEntry, zipOf } from '../archive-writers.js';
import { accountedFor, kernelFiles, readArchive, readFiles, renamed } from './kernel-case.js';

interface Item {
  metadata: { name: string; namespace: string };
  spec: { hostNetwork?: boolean; nodeName?: string };
}

const STAMP = '20240501-100000';
const TOP = `cilium-sysdump-${STAMP}`;
const AGENT = 'cilium-x7k2p';

/** As cilium-bugtool names and writes them: every blank and slash a hyphen, the command as a heading. */
const bugtoolFile = (command: string, output: string) => ({
  name: `cilium-bugtool-${STAMP}-1234/cmd/${command.replace(/[ /]/g, '-')}.md`,
  content: `# ${command}\n\n\`\`\`\n${output}\n\`\`\`\n`,
});

let own: Record<string, string>;
let dump: ZipEntry[];
beforeAll(async () => {
  const files = await kernelFiles('rp-filter-strict/kernel');
  own = renamed(files, (path) =>
    /^cluster\/(?:nodes|pods)\.json$|^nodes\/n2\/(?:ip_addr|ip_route|ip_rule|iptables-save|sysctl_-a)$/.test(path)
      ? path
      : undefined,
  );
  const pods = JSON.parse(own['cluster/pods.json']!) as { items: Item[] };
  const agent = pods.items.find(({ spec }) => spec.hostNetwork === true && spec.nodeName === 'n2')!;
  agent.metadata.name = AGENT;
  agent.metadata.namespace = 'kube-system';
  own['cluster/pods.json'] = JSON.stringify(pods);
  const nodes = JSON.parse(own['cluster/nodes.json']!) as { items: Item[] };
  const commands = Object.entries(own).filter(([path]) => path.startsWith('nodes/'));
  const bugtool = await tgzOf(
    commands.map(([path, text]) => bugtoolFile(path.slice('nodes/n2/'.length).replaceAll('_', ' '), text)),
  );
  const list = (kind: string, items: readonly Item[]) =>
    stringify({ apiVersion: 'v1', items: items.map((item) => ({ apiVersion: 'v1', kind, ...item })), kind: 'List' });
  dump = [
    { name: `${TOP}/k8s-nodes-${STAMP}.yaml`, content: list('Node', nodes.items) },
    { name: `${TOP}/k8s-pods-${STAMP}.yaml`, content: list('Pod', pods.items) },
    { name: `${TOP}/cilium-bugtool-${AGENT}-${STAMP}.tar.gz`, content: bugtool },
    { name: `${TOP}/logs-${AGENT}-cilium-agent-${STAMP}.log`, content: 'level=info msg="Initializing daemon"\n' },
    { name: `${TOP}/ciliumidentities-${STAMP}.yaml`, content: 'kind: CiliumIdentityList\n' },
  ];
});

describe('a cilium sysdump', () => {
  test('gives the facts of the same objects and outputs in podnet’s layout: what an agent printed is its node’s', async () => {
    const read = await readArchive(zipOf(dump), `${TOP}.zip`);
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.facts.filter((fact) => fact.startsWith('["node/n2"')).length).toBeGreaterThan(50);
    expect(accountedFor(read.input)).toBe(true);
    expect(read.input.problems).toEqual([]);
  });

  test('cites the line of the file that cilium-bugtool wrote', async () => {
    const { sources } = await readArchive(zipOf(dump), `${TOP}.zip`);
    // Behind the heading, an empty line and the fence.
    expect(sources.find((source) => source.startsWith('node/n2 rule '))).toMatch(
      new RegExp(`${STAMP}/cmd/ip-rule.md:4$`),
    );
  });

  test.each([
    [`k8s-networkpolicies-${STAMP}.yaml`, 'objects', 'kubectl get networkpolicies -A -o yaml'],
    [`ciliumnetworkpolicies-${STAMP}.yaml`, 'objects', 'kubectl get ciliumnetworkpolicies -A -o yaml'],
    [`cilium-configmap-${STAMP}.yaml`, 'objects', 'kubectl get configmaps -A -o yaml'],
    [`k8s-leases-${STAMP}.yaml`, 'unread', ''],
    [`hubble-flows-${AGENT}-${STAMP}.json`, 'output', 'hubble observe -o json'],
    [`logs-${AGENT}-cilium-agent-${STAMP}-prev.log`, 'log', ''],
    [`logs-cilium-operator-5d8f9c7b6-abcde-cilium-operator-${STAMP}.log`, 'log', ''],
  ])('has %s: %s %s', (name, kind, command) => {
    const place = layoutOf(name.startsWith('k8s') ? name : `${TOP}/${name}`);
    expect([place.kind, [place.command.program, ...place.command.args].join(' ').trim()]).toEqual([kind, command]);
  });
});
