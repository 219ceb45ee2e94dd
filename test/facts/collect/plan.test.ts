import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { FlowError, parseFlow } from '../../../src/facts/collect/flow-words.js';
import { type CapturePlan, planCaptures } from '../../../src/facts/collect/plan.js';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import { readFacts } from '../../../src/facts/read.js';
import type { FactStore } from '../../../src/facts/store.js';
import type { Topology } from '../../../src/facts/topology.js';
import { CNIS } from '../cni-profiles.js';

interface Facts {
  store: FactStore;
  topology: Topology;
}

const CASES = fileURLToPath(new URL('../../cases', import.meta.url));

async function factsOf(name: string): Promise<Facts> {
  const { store } = readFacts(await readBundles([{ path: path.join(CASES, name, 'bundle.tgz') }]), {
    logPatterns: [],
    cnis: CNIS,
  });
  return { store, topology: deriveAll(store).topology };
}

let vxlan: Facts;
let underlay: Facts;
beforeAll(async () => {
  vxlan = await factsOf('none/kernel-healthy');
  underlay = await factsOf('ip-forward-disabled/kernel-underlay');
});

const plan = (flow: string, facts = vxlan): CapturePlan => planCaptures(parseFlow(flow), facts);

/** `n1 eth0: filter`. */
const lines = ({ hops }: CapturePlan): string[] =>
  hops.map(({ node, role, device, filter }) => `${node} ${role === 'inside-pod' ? 'in pod ' : ''}${device}: ${filter}`);

describe('the plan of captures', () => {
  test("goes from the veth through the tunnel to the peer's veth", () => {
    const inner = 'host 10.244.2.2 and host 10.244.3.3 and ((tcp and port 8080) or icmp)';
    expect(lines(plan('10.244.2.2>10.244.3.3:8080'))).toEqual([
      expect.stringMatching(`^n2 in pod eth0: ${inner.replaceAll(/[()]/g, '.')}$`),
      expect.stringMatching(/^n2 veth[0-9a-f]+: host 10\.244\.2\.2 and/),
      `n2 cni0: ${inner}`,
      `n2 flannel.1: ${inner}`,
      'n2 eth0: udp port 8472 and host 192.168.10.13',
      'n3 eth0: udp port 8472 and host 192.168.10.12',
      `n3 flannel.1: ${inner}`,
      `n3 cni0: ${inner}`,
      expect.stringMatching(/^n3 veth[0-9a-f]+: /),
      `n3 in pod eth0: ${inner}`,
    ]);
  });

  test('names files as podnet capture places them', () => {
    const { hops } = plan('10.244.2.2>10.244.3.3');
    const nic = hops.find(({ look }) => look === 'leaves-in-tunnel')!;
    expect(nic.command).toBe("tcpdump -ni eth0 -s 256 -w captures/n2/eth0.pcap 'udp port 8472 and host 192.168.10.13'");
  });

  test('stays on the node for two pods of it', () => {
    const { hops, notes } = plan('10.244.2.2>10.244.2.3');
    expect(new Set(hops.map(({ role }) => role))).toEqual(new Set(['inside-pod', 'pod', 'bridge']));
    expect(notes.map(({ id }) => id)).toContain('same-node');
  });

  test('shows the Service before its translation and the backends behind it', () => {
    const planned = plan('10.244.2.2>10.96.0.10:53/udp');
    expect(planned.notes.find(({ id }) => id === 'backends')?.values.backends).toMatch(/^10\.244\.\d\.\d \(n\d\)/);
    expect(lines(planned)[1]).toContain('host 10.96.0.10 and ((udp and port 53) or icmp)');
    const tunnel = planned.hops.find(({ look }) => look === 'into-tunnel')!;
    expect(tunnel.filter).not.toContain('10.96.0.10');
  });

  test("filters for the node's address where the pod's is masqueraded", () => {
    const { hops, notes } = plan('10.244.2.2>203.0.113.10');
    expect(notes.map(({ id }) => id)).toContain('masqueraded');
    expect(hops.at(-1)).toMatchObject({
      ...{ node: 'n2', device: 'eth0', look: 'leaves-translated' },
      filter: 'host 192.168.10.12 and host 203.0.113.10 and icmp',
    });
  });

  test("has no tunnel where pods are on the nodes' own network", () => {
    const pods = [...underlay.topology.pods.values()].filter(
      ({ hostNetwork, node, ips }) => !hostNetwork && node && ips.size,
    );
    const first = pods[0]!;
    const other = pods.find(({ node }) => node !== first.node)!;
    const { hops } = plan(`${[...first.ips][0]}>${[...other.ips][0]}:8080`, underlay);
    expect(hops.some(({ role }) => role === 'tunnel')).toBe(false);
    expect(hops.filter(({ role }) => role === 'nic').map(({ node }) => node)).toEqual([
      first.node!.name,
      other.node!.name,
    ]);
  });

  test('begins at the tunnel for a node', () => {
    expect(
      plan('node/n1>10.244.2.2')
        .hops.map(({ node, role }) => `${node} ${role}`)
        .slice(0, 3),
    ).toEqual(['n1 tunnel', 'n1 nic', 'n2 nic']);
  });

  test("goes on from the node of a NodePort to the backend's", () => {
    const { hops, notes } = plan('node/n1>node/n2:30080');
    expect(notes.map(({ id }) => id)).toContain('entry-node');
    expect(hops[0]).toMatchObject({ node: 'n1', role: 'nic', look: 'leaves-plain' });
    expect(hops[1]).toMatchObject({ node: 'n2', role: 'nic', look: 'arrives-plain' });
  });

  test('says what is not known, and how to find the device', () => {
    const { hops, notes } = plan('pod/default/nobody>10.244.2.2');
    expect(notes.map(({ id }) => id)).toEqual(expect.arrayContaining(['pod-unknown', 'source-unknown']));
    expect(hops.every(({ node }) => node === 'n2')).toBe(true);
  });

  test("quotes what a stranger's dump may hold", () => {
    const { store } = readFacts(
      {
        entries: [
          {
            path: 'facts.yaml',
            bytes: Buffer.from(
              'version: 1\nreachability:\n  - {from: {kind: pod, node: "n;reboot", ip: 10.0.0.1}, to: {kind: pod, node: n2, ip: 10.0.1.1}, proto: icmp, ok: false}\n',
            ),
          },
        ],
        problems: [],
      },
      { logPatterns: [], cnis: CNIS },
    );
    const { hops } = planCaptures(parseFlow('10.0.0.1>10.0.1.1'), { store, topology: deriveAll(store).topology });
    expect(hops.length).toBeGreaterThan(0);
    for (const { command, node } of hops) expect(command).toContain(`${node === 'n2' ? '' : "'"}captures/${node}/`);
  });
});

describe('the filters of a plan', () => {
  test.each([
    '10.244.2.2>10.244.3.3:8080',
    '10.244.2.2>10.96.0.10:53/udp',
    '10.244.2.2>203.0.113.10',
    'node/n1>node/n2:30080',
    'fd00::1>[fd00::2]:80',
  ])('of %s are such as tcpdump takes', (flow) => {
    for (const { filter } of plan(flow).hops) {
      const { status, error, stderr } = spawnSync('tcpdump', ['-y', 'EN10MB', '-d', filter], { encoding: 'utf8' });
      if (error === undefined) expect(status, `${filter}: ${stderr}`).toBe(0);
      else if (process.env.PODNET_REQUIRE === 'all') expect.fail('tcpdump is not installed');
    }
  });
});

describe('the words of a flow', () => {
  test('name pods, nodes, Services and addresses', () => {
    expect(parseFlow('pod/shop/a>10.96.0.10:53/udp')).toEqual({
      from: { kind: 'pod', namespace: 'shop', name: 'a' },
      to: { kind: 'ip', ip: '10.96.0.10', port: 53 },
      protocol: 'udp',
    });
    expect(parseFlow('node/n1 > svc/web:80')).toEqual({
      from: { kind: 'node', name: 'n1' },
      to: { kind: 'service', namespace: 'default', name: 'web', port: 80 },
      protocol: 'tcp',
    });
    expect(parseFlow('fd00::1>[fd00::2]:80').to).toEqual({ kind: 'ip', ip: 'fd00::2', port: 80 });
    expect(parseFlow('10.0.0.1>10.0.0.2').protocol).toBe('icmp');
  });

  test.each([
    '',
    'a',
    '>b',
    'a>',
    'a>b>c',
    '1.2.3>4.5.6.7',
    '10.0.0.1>10.0.0.2:0',
    '10.0.0.1>10.0.0.2/udp',
    'pod/a;b>c',
    '10.0.0.1>10.0.0.2:53/icmp',
  ])('are not "%s"', (text) => {
    expect(() => parseFlow(text)).toThrow(FlowError);
  });
});
