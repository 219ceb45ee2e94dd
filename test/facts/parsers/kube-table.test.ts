import { describe, expect, test } from 'vitest';
import { kubeTable } from '../../../src/facts/parsers/kube-table.js';
import { expectReads, expectToSurviveDamage } from './parse-output.js';
import { readFile } from './read-file.js';

const PODS = `NAMESPACE     NAME                      READY   STATUS             RESTARTS        AGE   IP              NODE     NOMINATED NODE   READINESS GATES
kube-system   coredns-5d78c9869d-abcde  0/1     CrashLoopBackOff   12 (2m1s ago)   5d    10.244.1.2      n1       <none>           <none>
kube-system   kube-proxy-x7k2p          1/1     Running            0               5d    192.168.10.11   n1       <none>           <none>
default       web-1                     0/2     ContainerCreating  0               5m    <none>          n2       <none>           <none>
default       job-1                     0/1     Completed          0               5m    10.244.2.9      n2       <none>           <none>
`;

describe('kubectl get', () => {
  test('pods: what the table shows, and that it shows no more', () => {
    const read = readFile(kubeTable, 'kubectl get pods -A -o wide', PODS);
    expect(read.problems).toEqual([]);
    expect(read.records.map(({ subject }) => subject)).toEqual([
      'pod/kube-system/coredns-5d78c9869d-abcde',
      'pod/kube-system/kube-proxy-x7k2p',
      'pod/default/web-1',
      'pod/default/job-1',
    ]);
    const [dns, proxy, web, job] = read.of('pod-object');
    expect(dns).toMatchObject({ ready: false, ips: ['10.244.1.2'], node: 'n1', partial: true });
    expect(dns?.containers).toEqual([{ name: '', ports: [], ready: false, restarts: 12, reason: 'CrashLoopBackOff' }]);
    expect(proxy).toMatchObject({ ready: true, phase: 'Running' });
    expect(web).toMatchObject({ ready: false, ips: [] });
    expect(web?.containers[0]?.reason).toBe('ContainerCreating');
    expect(job).toMatchObject({ phase: 'Succeeded' });
    expect(job?.ready).toBeUndefined();
  });

  test('nodes: addresses and readiness', () => {
    const text = `NAME   STATUS                        ROLES           AGE   VERSION   INTERNAL-IP     EXTERNAL-IP   OS-IMAGE             KERNEL-VERSION      CONTAINER-RUNTIME
n1     Ready                         control-plane   5d    v1.28.2   192.168.10.11   <none>        Ubuntu 22.04.4 LTS   5.15.0-91-generic   containerd://1.7.2
n2     NotReady,SchedulingDisabled   <none>          5d    v1.28.2   192.168.10.12   <none>        Ubuntu 22.04.4 LTS   5.15.0-91-generic   containerd://1.7.2`;
    expect(readFile(kubeTable, 'kubectl get nodes -o wide', text).of('node-object')).toMatchObject([
      {
        name: 'n1',
        ips: ['192.168.10.11'],
        conditions: { Ready: { status: 'True' } },
        os: 'Ubuntu 22.04.4 LTS',
        partial: true,
      },
      { name: 'n2', conditions: { Ready: { status: 'False' } }, unschedulable: true },
    ]);
  });

  test('services and endpoints', () => {
    const services = `NAME         TYPE           CLUSTER-IP     EXTERNAL-IP   PORT(S)                      AGE   SELECTOR
kubernetes   ClusterIP      10.96.0.1      <none>        443/TCP                      5d    <none>
web          LoadBalancer   10.96.10.10    10.1.1.1      80:30080/TCP,53:30053/UDP    5d    app=web,tier=front
db           ClusterIP      None           <none>        5432/TCP                     5d    app=db`;
    expect(readFile(kubeTable, 'kubectl get svc -o wide -n shop', services).of('service-object')).toMatchObject([
      { namespace: 'shop', name: 'kubernetes', clusterIPs: ['10.96.0.1'], ports: [{ port: 443, proto: 'TCP' }] },
      {
        name: 'web',
        type: 'LoadBalancer',
        ports: [
          { port: 80, proto: 'TCP', nodePort: 30080 },
          { port: 53, proto: 'UDP', nodePort: 30053 },
        ],
        selector: { app: 'web', tier: 'front' },
        loadBalancerIPs: ['10.1.1.1'],
        partial: true,
      },
      { name: 'db', clusterIPs: ['None'] },
    ]);
    const endpoints =
      'NAME   ENDPOINTS                                            AGE\nweb    10.244.1.2:8080,10.244.2.3:8080 + 3 more...          5d\nnone   <none>                                               5d';
    expect(readFile(kubeTable, 'kubectl get ep', endpoints).of('endpoints-object')).toEqual([
      {
        namespace: 'default',
        service: 'web',
        addresses: [
          { ip: '10.244.1.2', ready: true },
          { ip: '10.244.2.3', ready: true },
        ],
        ports: [{ port: 8080, proto: 'TCP' }],
        partial: true,
      },
      { namespace: 'default', service: 'none', addresses: [], ports: [], partial: true },
    ]);
  });

  test('daemonsets, policies, and an empty list of all policies', () => {
    const daemonsets =
      'NAMESPACE      NAME              DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE\nkube-flannel   kube-flannel-ds   3         3         2       3            2           <none>          5d';
    expect(readFile(kubeTable, 'kubectl get ds -A', daemonsets).of('workload-object')).toEqual([
      { kind: 'DaemonSet', namespace: 'kube-flannel', name: 'kube-flannel-ds', desired: 3, ready: 2, images: [] },
    ]);
    const policies =
      'NAMESPACE   NAME   POD-SELECTOR        AGE\nshop        deny   <none>              5d\nshop        some   app in (a,b)        5d';
    expect(readFile(kubeTable, 'kubectl get netpol -A', policies).of('networkpolicy-object')).toMatchObject([
      { namespace: 'shop', name: 'deny', podSelector: {}, complexSelector: false, partial: true },
      { name: 'some', complexSelector: true },
    ]);
    expect(readFile(kubeTable, 'kubectl get netpol -A', 'No resources found').value('objects.networkpolicies')).toBe(0);
    expect(readFile(kubeTable, 'kubectl get netpol', 'No resources found in default namespace.').facts).toEqual([]);
  });

  test('events are searched like a log', () => {
    const text = `LAST SEEN   TYPE      REASON                   OBJECT      MESSAGE
2m          Warning   FailedCreatePodSandBox   pod/web-1   Failed to create pod sandbox: plugin type="flannel" failed (add): open /run/flannel/subnet.env: no such file
5m          Normal    NodeReady                node/n1     Node n1 status is now: NodeReady`;
    const read = readFile(kubeTable, 'kubectl get events', text, {
      logPatterns: [
        {
          fact: 'log.cni-plugin-failed',
          subject: 'cluster',
          components: ['events'],
          pattern: /plugin type="?[\w-]+"?.*failed/,
        },
      ],
    });
    expect(read.of('event')).toMatchObject([
      { type: 'Warning', reason: 'FailedCreatePodSandBox', about: 'Pod/default/web-1' },
      { about: 'Node/n1', node: 'n1' },
    ]);
    expect(read.value('log.cni-plugin-failed')).toBe(true);
  });

  test('several tables, prefixed names, and a paste that lost its alignment', () => {
    const all =
      'NAME        READY   STATUS    RESTARTS   AGE\npod/web-1   1/1     Running   0          5d\n\nNAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nservice/web   ClusterIP   10.96.1.1    <none>        80/TCP    5d';
    const read = readFile(kubeTable, 'kubectl get all', all);
    expect(read.records.map(({ subject }) => subject)).toEqual(['pod/default/web-1', 'service/default/web']);
    const pasted = readFile(
      kubeTable,
      'kubectl get pods',
      'NAME        READY   STATUS    RESTARTS   AGE\nweb-with-a-long-name  1/1  Running  0  5d',
    );
    expect(pasted.of('pod-object')[0]).toMatchObject({ name: 'web-with-a-long-name', ready: true });
  });

  test('namespaces: their labels where the table shows them', () => {
    const plain = readFile(kubeTable, 'kubectl get ns', 'NAME   STATUS   AGE\nshop   Active   5d\n');
    expect(plain.of('namespace-object')).toEqual([{ name: 'shop', labels: {}, partial: true }]);
    const labelled = readFile(
      kubeTable,
      'kubectl get ns --show-labels',
      'NAME   STATUS   AGE   LABELS\nshop   Active   5d    kubernetes.io/metadata.name=shop,team=a\nbare   Active   5d    <none>\n',
    );
    expect(labelled.of('namespace-object')).toEqual([
      { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', team: 'a' } },
      { name: 'bare', labels: {} },
    ]);
    const other = readFile(kubeTable, 'kubectl get widgets', 'NAME   STATUS   AGE\nw1     Ready    5d\n');
    expect([other.of('namespace-object'), other.problems]).toEqual([[], []]);
  });

  test('loses a malformed row only', () => {
    const read = readFile(kubeTable, 'kubectl get pods -A', PODS.replace('1/1     Running ', 'x       Running '));
    expect(read.problems.map(({ line }) => line)).toEqual([3]);
    expect(read.of('pod-object')).toHaveLength(3);
  });

  test('is told by its command or its heading, and survives damage', () => {
    expectReads(
      kubeTable,
      ['kubectl_get_pods_-A_-o_wide', 'kubectl_get_nodes', 'oc_get_svc'],
      ['kubectl_get_pods_-o_json', 'kubectl_logs_x', 'kubectl_get_pods_-o_yaml'],
    );
    expect(kubeTable.recognises?.(PODS.split('\n'))).toBe(true);
    expect(kubeTable.recognises?.(['NAME        STATUS   VOLUME', 'a           Bound    b'])).toBe(false);
    expectToSurviveDamage(kubeTable, 'kubectl get pods -A', PODS);
  });
});
