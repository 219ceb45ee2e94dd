import { describe, expect, it } from 'vitest';
import { factsFile } from '../../../src/facts/parsers/facts-file.js';
import { readFile, survivesDamage } from './read-file.js';

const read = (text: string) => readFile(factsFile, 'facts.yaml', text, { subject: 'cluster' });
const YAML = `version: 1
cluster:
  cni: flannel
  cniMode: vxlan
  kubernetesVersion: 1.20
  podCIDR: 10.244.0.0/16
complaint: 'From pods of one node nothing
  can be reached.'
incident: {from: "2024-02-11T09:40:00+08:00", to: "2024-02-11T10:10:00+08:00"}
changes:
- {at: 2024-02-11T09:30:00Z, what: rpm upgrade of polkit, on: node/n3}
- {what: node added, on: n4}
reachability:
- from: {kind: pod, node: n1, ip: 10.244.1.5}
  to: {kind: pod, node: n2, ip: 10.244.2.7}
  proto: icmp
  ok: false
  error: timeout
- {from: {kind: node, node: n1}, to: {kind: dns, name: google.com}, ok: yes}
answers:
  restart-agent-helps: yes
  vm-nat-network: no
  cloud-security-groups: unknown
`;

describe('facts.yaml', () => {
  it('tells the cluster, the complaint, the incident, changes and answers', () => {
    const { facts, unknowns, problems, records } = read(YAML);
    expect(problems).toEqual([]);
    expect(facts.map(({ name, value, line }) => [name, value, line])).toEqual([
      ['cni', 'flannel', 3],
      ['cniMode', 'vxlan', 4],
      ['kubernetesVersion', '1.20', 5],
      ['podCIDR', '10.244.0.0/16', 6],
      ['complaint', 'From pods of one node nothing can be reached.', 7],
      ['incident.from', '2024-02-11T01:40:00.000Z', 9],
      ['incident.to', '2024-02-11T02:10:00.000Z', 9],
      ['answer.restart-agent-helps', true, 21],
      ['answer.vm-nat-network', false, 22],
    ]);
    expect(facts.every(({ subject }) => subject === 'cluster')).toBe(true);
    expect(unknowns).toEqual([{ name: 'answer.cloud-security-groups', reason: 'the reporter does not know' }]);
    expect(records.filter(({ name }) => name === 'change').map(({ value, at, line }) => [value, at, line])).toEqual([
      [{ what: 'rpm upgrade of polkit', on: 'node/n3' }, '2024-02-11T09:30:00.000Z', 11],
      [{ what: 'node added', on: 'node/n4' }, undefined, 12],
    ]);
  });

  it('tells how an answered attempt went, and where the pod behind a Service was', () => {
    const { records, problems } = read(`version: 1
reachability:
- {from: {kind: pod, node: n1}, to: {kind: clusterip}, proto: tcp, state: slow, backend: node/n2, answer: reach@n1}
- {from: {kind: pod, node: n1}, to: {kind: clusterip}, proto: tcp, state: failing, error: timeout, backend: self}
- {from: {kind: pod, node: n1}, to: {kind: pod, node: n2}, proto: tcp, ok: no, large: true}
- {from: {kind: pod, node: n1}, to: {kind: pod, node: n2}, proto: tcp, ok: no, state: odd}
`);
    expect(records.map(({ value }) => value)).toMatchObject([
      { state: 'slow', backendNode: 'n2', answer: 'reach@n1' },
      { state: 'failing', error: 'timeout', toItself: true },
      { state: 'failing', large: true },
      { state: 'failing' },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([6]);
  });

  it('tells what a person says of an evidence', () => {
    const { facts, unknowns, problems } = read(`version: 1
statements:
- {evidence: ip-forward-off, on: n1, is: yes}
- {evidence: ip-forward-off, on: n2, is: unknown}
- {on: n1, is: yes}
`);
    expect(facts.map(({ subject, name, value }) => [subject, name, value])).toEqual([
      ['node/n1', 'statement.ip-forward-off', true],
    ]);
    expect(unknowns).toEqual([{ name: 'statement.ip-forward-off', reason: 'the reporter does not know' }]);
    expect(problems.map(({ line }) => line)).toEqual([5]);
  });

  it('tells what reached what', () => {
    expect(
      read(YAML)
        .records.filter(({ name }) => name === 'probe')
        .map(({ value, line }) => [value, line]),
    ).toEqual([
      [
        {
          from: { kind: 'pod', node: 'n1', ip: '10.244.1.5' },
          to: { kind: 'pod', node: 'n2', ip: '10.244.2.7' },
          proto: 'icmp',
          state: 'failing',
          error: 'timeout',
          origin: 'report',
        },
        14,
      ],
      [
        {
          from: { kind: 'node', node: 'n1' },
          to: { kind: 'dns', name: 'google.com' },
          proto: 'dns',
          state: 'ok',
          origin: 'report',
        },
        19,
      ],
    ]);
  });

  it('reads loss, sizes and everyday spellings', () => {
    const { of, problems } = read(
      'version: 1\nreachability:\n- {to: 10.1.1.1:80, ok: "no", error: Connection refused}\n- {to: {kind: Service, ip: 10.96.0.1}, proto: ping, ok: true, lossPct: 20, size: 1500, rttMs: 3}\n- {to: {kind: pod, name: web, namespace: shop}, proto: https, ok: false, error: banana}',
    );
    expect(of('probe')).toEqual([
      { to: { ip: '10.1.1.1', port: 80 }, proto: 'tcp', state: 'failing', error: 'refused', origin: 'report' },
      {
        to: { kind: 'clusterip', ip: '10.96.0.1' },
        proto: 'icmp',
        state: 'lossy',
        size: 1500,
        rttMs: 3,
        origin: 'report',
      },
      { to: { kind: 'pod', pod: 'web', namespace: 'shop' }, proto: 'http', state: 'failing', origin: 'report' },
    ]);
    expect(problems).toMatchObject([{ line: 5 }]);
  });

  it('takes what works late for slow: a connection after a second, a request after three', () => {
    const { of } = read(
      'version: 1\nreachability:\n- {to: 10.1.1.1:80, proto: tcp, ok: true, rttMs: 1004}\n- {to: 10.1.1.1:80, proto: http, ok: true, rttMs: 1700}\n- {to: 10.1.1.1:80, proto: http, ok: true, rttMs: 63210}\n',
    );
    expect(of('probe').map(({ state }) => state)).toEqual(['slow', 'ok', 'slow']);
  });

  it('lets a bad entry cost itself, with its line', () => {
    const { of, problems } = read(
      'version: 1\nreachability:\n- {to: {kind: pod, ip: 10.1.1.1}, proto: icmp, ok: true}\n- {to: {kind: banana}, proto: icmp, ok: true}\n- {proto: icmp, ok: true}\n- {to: {ip: 10.1.1}, proto: icmp, ok: true}\n- {to: {ip: 10.1.1.1}, proto: icmp}\n- {to: {ip: 10.1.1.1}, proto: carrier-pigeon, ok: true}\n- 7\nanswers: {a: maybe}\nfoo: 1\n',
    );
    expect(of('probe')).toHaveLength(1);
    expect(problems.map(({ line }) => line)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('takes a probe that was not made for unknown, not for failed', () => {
    const { of, problems } = read('version: 1\nreachability: [{to: {ip: 10.1.1.1}, proto: icmp, ok: unknown}]');
    expect(of('probe')).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('takes plain facts, and no bare value for a record', () => {
    const { facts, problems } = read(
      JSON.stringify({
        version: 1,
        facts: [
          { subject: 'node/n1', name: 'sysctl.net.ipv4.ip_forward', value: 0, at: '2024-01-01T00:00:00Z' },
          { subject: 'interface/n1/eth0', name: 'x', value: ['a'] },
          { subject: 'node/n1', name: 'probe', value: 'x' },
          { subject: 'banana/n1', name: 'x', value: 1 },
          { subject: 'pod/n1', name: 'x', value: 1 },
          { subject: 'node/n1', name: 'x', value: { a: 1 } },
          { subject: 'node/n1', value: 1 },
        ],
      }),
    );
    expect(facts).toEqual([
      { name: 'sysctl.net.ipv4.ip_forward', value: 0, line: 1, subject: 'node/n1', at: '2024-01-01T00:00:00.000Z' },
      { name: 'x', value: ['a'], line: 1, subject: 'interface/n1/eth0', at: undefined },
    ]);
    expect(problems).toHaveLength(5);
  });

  it('reads a large facts.json in a moment', () => {
    const facts = Array.from({ length: 150_000 }, (_, i) => ({
      subject: `node/n${i % 1000}`,
      name: `sysctl.net.x${i}`,
      value: i,
    }));
    const reachability = Array.from({ length: 100_000 }, (_, i) => ({
      from: { kind: 'pod', node: `n${i % 1000}`, ip: '10.244.1.5' },
      to: { kind: 'pod', ip: '10.244.2.7' },
      proto: 'icmp',
      ok: i % 2 === 0,
    }));
    const text = JSON.stringify({ version: 1, facts, reachability });
    const started = performance.now();
    const result = read(text);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(result.facts).toHaveLength(150_000);
    expect(result.of('probe')).toHaveLength(100_000);
  });

  it('reports what is no YAML and survives depth and aliases', () => {
    expect(read('version: 1\nreachability: [').problems[0]).toMatchObject({ line: 2 });
    expect(read('- 1').problems).toHaveLength(1);
    expect(read('').problems).toEqual([]);
    expect(() => read(`version: 1\ncluster: ${'['.repeat(100_000)}`)).not.toThrow();
    expect(() => read(`{"version":1,"cluster":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).not.toThrow();
    expect(() =>
      read(`a: &a [1,2]\n${Array.from({ length: 2000 }, (_, i) => `k${i}: [*a,*a]`).join('\n')}`),
    ).not.toThrow();
    expect(read('version: 1\ncluster: {cni: &c flannel, os: *c}').value('os')).toBe('flannel');
  });

  it('survives damage and invents no endpoint', () =>
    survivesDamage(factsFile, 'facts.yaml', YAML, { subject: 'cluster' }));
});
