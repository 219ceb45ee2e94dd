import { expect, test } from 'vitest';
import { ciliumStatus } from '../../../src/facts/parsers/cilium-status.js';
import { expectReads } from './parse-output.js';
import { readFile, survivesDamage } from './read-file.js';

const STATUS = `KVStore:                 Ok   Disabled
Kubernetes:              Failure   Unable to contact k8s api-server
KubeProxyReplacement:    True   [eth0 10.0.0.1 (Direct Routing)]
Cilium:                  Ok   1.14.5 (v1.14.5-85db28be)
Routing:                 Network: Tunnel [vxlan]   Host: Legacy
Controller Status:       29/31 healthy
  Name                                  Last success   Last error   Count   Message
Cluster health:          2/3 reachable   (2024-03-01T10:00:00Z)
  Name                   IP            Node          Endpoints
  kind/n1 (localhost)    10.0.0.1      reachable     reachable
  kind/n2                10.0.0.2      reachable     unreachable
  n3                     10.0.0.3      1/1           1/1
`;
const HEALTH = `Probe time:   2024-03-01T10:00:00Z
Nodes:
  n1 (localhost):
    Host connectivity to 10.0.0.1:
      ICMP to stack:   OK, RTT=299.1µs
      HTTP to agent:   OK, RTT=418.2µs
  n2:
    Host connectivity to 10.0.0.2:
      ICMP to stack:   OK, RTT=1.2ms
      HTTP to agent:   Get "http://10.0.0.2:4240/hello": context deadline exceeded (Client.Timeout exceeded while awaiting headers)
    Endpoint connectivity to 10.244.2.18:
      ICMP to stack:   Connection timed out
`;

test('tells what fails of the agent and of the cluster', () => {
  const read = readFile(ciliumStatus, 'cilium status --verbose', STATUS);
  expect(Object.fromEntries(read.facts.map(({ name, value }) => [name, value]))).toEqual({
    'cilium.kvstore': 'Ok',
    'cilium.kubernetes': 'Failure',
    'cilium.cilium': 'Ok',
    'cilium.replaces-kube-proxy': true,
    'cilium.host-routing': 'Legacy',
    kubeProxyMode: 'none',
    cniMode: 'vxlan',
    'cilium.controllers-failing': 2,
    'cilium.unreachable-count': 1,
    'cilium.unreachable-nodes': ['n2'],
  });
  expect(read.facts.find(({ name }) => name === 'cniMode')?.subject).toBe('cluster');
});

test('each health check is a probe', () => {
  const read = readFile(ciliumStatus, 'cilium-health status', HEALTH);
  expect(
    read.of('probe').map(({ to, proto, state, error, rttMs }) => [to.ip, to.kind, proto, state, error, rttMs]),
  ).toEqual([
    ['10.0.0.1', undefined, 'icmp', 'ok', undefined, 0.299],
    ['10.0.0.1', undefined, 'http', 'ok', undefined, 0.418],
    ['10.0.0.2', undefined, 'icmp', 'ok', undefined, 1.2],
    ['10.0.0.2', undefined, 'http', 'failing', 'timeout', undefined],
    ['10.244.2.18', 'pod', 'icmp', 'failing', 'timeout', undefined],
  ]);
});

test('is told by its command or its first lines, and survives damage', () => {
  expectReads(
    ciliumStatus,
    ['cilium_status', 'cilium-dbg_status_--verbose', 'cilium-health_status'],
    ['cilium_bpf_lb_list', 'cilium_endpoint_list'],
  );
  expect(ciliumStatus.recognises?.(STATUS.split('\n'))).toBe(true);
  survivesDamage(ciliumStatus, 'cilium status', STATUS + HEALTH);
});
