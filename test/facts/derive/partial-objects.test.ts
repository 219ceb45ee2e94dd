import { expect, test } from 'vitest';
import { addresses } from '../../../src/facts/derive/addresses.js';
import { clusterShape } from '../../../src/facts/derive/cluster-shape.js';
import { policies } from '../../../src/facts/derive/policies.js';
import { services } from '../../../src/facts/derive/services.js';
import { derived, endpointsObject, list, nodeObject, podObject, serviceObject } from './bundle-facts.js';

const PODS = `NAMESPACE     NAME               READY   STATUS    RESTARTS   AGE   IP              NODE   NOMINATED NODE   READINESS GATES
kube-system   kube-proxy-abcde   1/1     Running   0          5d    192.168.10.11   n1     <none>           <none>
default       web-1              1/1     Running   0          5d    10.244.1.2      n1     <none>           <none>
`;
const NODES = `NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME
n1     Ready    <none>   5d    v1.28.2   192.168.10.11   <none>        Ubuntu     5.15.0           containerd://1.7.2
`;
const SERVICES = `NAMESPACE   NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE   SELECTOR
default     web    ClusterIP   10.96.10.10   <none>        80/TCP    5d    app=web
`;
const ENDPOINTS = `NAMESPACE   NAME   ENDPOINTS         AGE
default     web    10.244.1.2:8080   5d
`;
const TABLES = {
  'cluster/kubectl_get_pods_-A_-o_wide': PODS,
  'cluster/kubectl_get_nodes_-o_wide': NODES,
  'cluster/kubectl_get_svc_-A_-o_wide': SERVICES,
  'cluster/kubectl_get_ep_-A': ENDPOINTS,
};

test('a table says nothing of the labels, podCIDRs, ports and policies that it does not show', () => {
  const shape = derived(clusterShape, TABLES);
  expect(shape.node('n1', 'node.ready')).toBe(true);
  expect(shape.node('n1', 'node.pod-cidr')).toBeUndefined();
  expect(shape.node('n1', 'node.network-not-ready')).toBeUndefined();
  const service = derived(services, TABLES);
  expect(service.of('service/default/web', 'endpoints.ready')).toBe(1);
  expect(service.of('service/default/web', 'endpoints.not-ready')).toBeUndefined();
  expect(service.of('service/default/web', 'selector.matches')).toBeUndefined();
  expect(service.of('service/default/web', 'target-port.declared')).toBeUndefined();
  expect(service.of('service/default/web', 'traffic-policy.local')).toBeUndefined();
});

test('a pod of a table that has its node’s address is in its network', () => {
  const facts = derived(addresses, {
    ...TABLES,
    'nodes/n1/ip_addr': '2: eth0: <BROADCAST,UP> mtu 1500 state UP\n    inet 192.168.10.11/24 scope global eth0\n',
  });
  expect(facts.node('n1', 'addresses.shared-with-pod')).toEqual([]);
});

test('an object beats its row in a table, whichever file comes first', () => {
  for (const name of ['a', 'z']) {
    const facts = derived(services, {
      [`${name}/cluster/kubectl_get_pods_-A_-o_wide`]: PODS,
      'm/cluster/pods.json': list([podObject('default', 'web-1', 'n1', { ip: '10.244.1.2', labels: { app: 'web' } })]),
      'm/cluster/nodes.json': list([nodeObject('n1', '192.168.10.11', '10.244.1.0/24')]),
      'm/cluster/services.json': list([serviceObject('web', '10.96.10.10', 80, 8080)]),
      'm/cluster/endpoints.json': list([endpointsObject('web', ['10.244.1.2'])]),
    });
    expect(facts.of('service/default/web', 'selector.matches'), name).toBe(1);
  }
});

test('an empty list of all policies selects no pod; an empty file says nothing', () => {
  const pods = { 'cluster/pods.json': list([podObject('default', 'web-1', 'n1', { ip: '10.244.1.2' })]) };
  const selecting = (path: string, text: string) =>
    derived(policies, { ...pods, [path]: text }).of('pod/default/web-1', 'policies.selecting');
  expect(selecting('cluster/networkpolicies.json', list([]))).toBe(0);
  expect(selecting('cluster/kubectl_get_netpol_-A', 'No resources found\n')).toBe(0);
  expect(selecting('cluster/networkpolicies.json', '')).toBeUndefined();
  expect(selecting('cluster/kubectl_get_netpol', 'No resources found in default namespace.\n')).toBeUndefined();
});

test('IPVS: Services without a virtual server, and real servers that are no endpoints', () => {
  const objects = {
    'cluster/services.json': list([
      serviceObject('web', '10.96.10.10', 80, 8080),
      serviceObject('api', '10.96.20.20', 80, 8080),
    ]),
    'cluster/endpoints.json': list([endpointsObject('web', ['10.244.1.2']), endpointsObject('api', ['10.244.1.3'])]),
  };
  const table = (backends: string) => `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.10.10:80 rr
${backends}`;
  const facts = (backends: string) => derived(services, { ...objects, 'nodes/n1/ipvsadm_-Ln': table(backends) });
  const stale = facts(
    '  -> 10.244.1.2:8080              Masq    1      0          0\n  -> 10.244.9.9:8080              Masq    1      0          0\n',
  );
  expect(stale.node('n1', 'services.without-rules')).toEqual(['default/api']);
  expect(stale.node('n1', 'services.stale-backends')).toEqual(['default/web -> 10.244.9.9']);
  const leaving = facts('  -> 10.244.9.9:8080              Masq    0      2          0\n');
  expect(leaving.node('n1', 'services.stale-backends')).toEqual([]);
});

test('a NIC that is configured for DHCP and a static address has both, whatever is on it now', () => {
  const addr = '2: eth0: <BROADCAST,UP> mtu 1500 state UP\n    inet 192.168.10.11/24 scope global eth0\n';
  const given = (ifcfg: string) =>
    derived(addresses, {
      'cluster/nodes.json': list([nodeObject('n1', '192.168.10.11')]),
      'nodes/n1/ip_addr': addr,
      'nodes/n1/etc/sysconfig/network-scripts/ifcfg-eth0': ifcfg,
    });
  const both = given('DEVICE=eth0\nBOOTPROTO=dhcp\nIPADDR=192.168.10.11\nPREFIX=24\n');
  expect(both.node('n1', 'addresses.nic-dhcp-and-static')).toBe(true);
  expect(both.source('n1', 'addresses.nic-dhcp-and-static')).toContain('ifcfg-eth0');
  expect(given('DEVICE=eth0\nBOOTPROTO=none\nIPADDR=192.168.10.11\n').node('n1', 'addresses.nic-dhcp-and-static')).toBe(
    false,
  );
});

test('nodes without a podCIDR lack one only where others have it, or where pods get no address', () => {
  const told = (podCIDR: string | undefined, ip: string | undefined) =>
    derived(clusterShape, {
      'cluster/nodes.json': list([nodeObject('n1', '10.9.0.5'), nodeObject('n2', '10.9.0.6', podCIDR)]),
      'cluster/pods.json': list([podObject('default', 'web', 'n1', ip === undefined ? {} : { ip })]),
    }).node('n1', 'node.pod-cidr');
  expect(told('10.244.2.0/24', '10.244.1.2')).toBe('');
  expect(told(undefined, undefined)).toBe('');
  // A cloud's plugin, or the CNI's own IPAM, gave the address.
  expect(told(undefined, '10.9.30.7')).toBeUndefined();
});
