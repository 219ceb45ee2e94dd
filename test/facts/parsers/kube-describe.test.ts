import { describe, expect, test } from 'vitest';
import { kubeDescribe } from '../../../src/facts/parsers/kube-describe.js';
import { expectReads, expectToSurviveDamage } from './parse-output.js';
import { readFile } from './read-file.js';

const NODE = `Name:               n1
Roles:              control-plane
Labels:             beta.kubernetes.io/os=linux
                    kubernetes.io/hostname=n1
Annotations:        flannel.alpha.coreos.com/backend-type: vxlan
                    flannel.alpha.coreos.com/public-ip: 10.0.2.15
CreationTimestamp:  Mon, 05 Feb 2024 10:00:00 +0800
Taints:             <none>
Unschedulable:      false
Conditions:
  Type                 Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message
  ----                 ------  -----------------                 ------------------                ------                       -------
  NetworkUnavailable   False   Mon, 05 Feb 2024 10:01:00 +0800   Mon, 05 Feb 2024 10:01:00 +0800   FlannelIsUp                  Flannel is running on this node
  Ready                False   Mon, 05 Feb 2024 10:01:00 +0800   Mon, 05 Feb 2024 10:01:00 +0800   KubeletNotReady              container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady
Addresses:
  InternalIP:  192.168.10.11
  Hostname:    n1
System Info:
  Kernel Version:             5.15.0-91-generic
  OS Image:                   Ubuntu 22.04.4 LTS
  Container Runtime Version:  containerd://1.7.2
  Kubelet Version:            v1.28.2
PodCIDR:                      10.244.0.0/24
PodCIDRs:                     10.244.0.0/24
Events:                       <none>
`;
const POD = `Name:             web-1
Namespace:        shop
Priority:         0
Service Account:  default
Node:             n1/192.168.10.11
Labels:           app=web
                  tier=front
Annotations:      <none>
Status:           Running
IP:               10.244.0.5
IPs:
  IP:           10.244.0.5
Controlled By:  ReplicaSet/web
Containers:
  main:
    Container ID:   containerd://123
    Image:          nginx:1.25
    Port:           8080/TCP
    Host Port:      0/TCP
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
    Ready:          False
    Restart Count:  7
Conditions:
  Type              Status
  Initialized       True 
  Ready             False 
Events:
  Type     Reason     Age                  From     Message
  ----     ------     ----                 ----     -------
  Warning  Unhealthy  5m (x7 over 10m)     kubelet  Readiness probe failed: Get "http://10.244.0.5:8080/": dial tcp 10.244.0.5:8080: connect: connection refused
`;
const SERVICE = `Name:                     web
Namespace:                shop
Labels:                   <none>
Annotations:              <none>
Selector:                 app=web,tier=front
Type:                     NodePort
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.96.10.10
IPs:                      10.96.10.10
Port:                     http  80/TCP
TargetPort:               8080/TCP
NodePort:                 http  30080/TCP
Endpoints:                10.244.0.5:8080,10.244.1.6:8080
Port:                     dns  53/UDP
TargetPort:               dns/UDP
NodePort:                 dns  30053/UDP
Endpoints:                10.244.0.5:5353
Session Affinity:         None
External Traffic Policy:  Local
Events:                   <none>
`;
const ENDPOINTS = `Name:         web
Namespace:    shop
Labels:       <none>
Annotations:  <none>
Subsets:
  Addresses:          10.244.0.5,10.244.1.6
  NotReadyAddresses:  10.244.1.7
  Ports:
    Name     Port  Protocol
    ----     ----  --------
    http     8080  TCP
    <unset>  9090  TCP

Events:  <none>
`;

describe('kubectl describe', () => {
  test('a node: addresses, conditions, podCIDR', () => {
    const read = readFile(kubeDescribe, 'kubectl describe node n1', NODE);
    expect(read.of('node-object')).toHaveLength(1);
    expect(read.of('node-object')[0]).toMatchObject({
      name: 'n1',
      ips: ['192.168.10.11'],
      podCIDRs: ['10.244.0.0/24'],
      annotations: { 'flannel.alpha.coreos.com/public-ip': '10.0.2.15' },
      labels: { 'kubernetes.io/hostname': 'n1' },
      conditions: { Ready: { status: 'False', reason: 'KubeletNotReady' }, NetworkUnavailable: { status: 'False' } },
      kubelet: 'v1.28.2',
    });
    expect(read.of('node-object')[0]?.conditions.Ready?.message).toContain('NetworkPluginNotReady');
  });

  test('a pod: its containers, and its events as a log', () => {
    const read = readFile(kubeDescribe, 'kubectl describe pod web-1', POD);
    expect(read.of('pod-object')).toEqual([
      {
        namespace: 'shop',
        name: 'web-1',
        ips: ['10.244.0.5'],
        hostNetwork: false,
        labels: { app: 'web', tier: 'front' },
        containers: [
          {
            name: 'main',
            image: 'nginx:1.25',
            ports: [{ port: 8080, proto: 'TCP' }],
            reason: 'CrashLoopBackOff',
            ready: false,
            restarts: 7,
          },
        ],
        portNamesUnknown: true,
        ready: false,
        node: 'n1',
        hostIP: '192.168.10.11',
        phase: 'Running',
        owner: 'ReplicaSet/web',
      },
    ]);
    expect(read.of('event')).toMatchObject([{ reason: 'Unhealthy', about: 'Pod/shop/web-1', node: 'n1', count: 7 }]);
    expect(read.of('probe')).toMatchObject([
      { from: { kind: 'node', node: 'n1' }, to: { ip: '10.244.0.5', port: 8080 }, error: 'refused' },
    ]);
    const onHost = POD.replace(/10\.244\.0\.5/g, '192.168.10.11');
    expect(readFile(kubeDescribe, 'kubectl describe pod', onHost).of('pod-object')[0]?.hostNetwork).toBe(true);
  });

  test('a Service with its ready endpoints, and Endpoints with those that are not', () => {
    const read = readFile(kubeDescribe, 'kubectl describe svc,ep', `${SERVICE}\n\n${ENDPOINTS}`);
    expect(read.of('service-object')).toMatchObject([
      {
        clusterIPs: ['10.96.10.10'],
        selector: { app: 'web', tier: 'front' },
        ports: [
          { name: 'http', port: 80, proto: 'TCP', targetPort: 8080, nodePort: 30080 },
          { name: 'dns', port: 53, proto: 'UDP', targetPort: 'dns', nodePort: 30053 },
        ],
        externalTrafficPolicy: 'Local',
      },
    ]);
    expect(read.of('endpoints-object').map(({ addresses, partial }) => [addresses.length, partial])).toEqual([
      [2, true],
      [3, undefined],
    ]);
    expect(read.of('endpoints-object')[1]).toMatchObject({
      addresses: [{ ip: '10.244.0.5', ready: true }, {}, { ip: '10.244.1.7', ready: false }],
      ports: [
        { name: 'http', port: 8080, proto: 'TCP' },
        { port: 9090, proto: 'TCP' },
      ],
    });
  });

  test('other kinds are passed over, and damage is survived', () => {
    expect(readFile(kubeDescribe, 'kubectl describe cm', 'Name:  a\nNamespace:  b\nData\n====\nx:\n').records).toEqual(
      [],
    );
    expectReads(kubeDescribe, ['kubectl_describe_node', 'oc_describe_pod_web-1'], ['kubectl_get_nodes']);
    for (const text of [NODE, POD, SERVICE, ENDPOINTS]) {
      expect(kubeDescribe.recognises?.(text.split('\n').slice(0, 20))).toBe(true);
      expectToSurviveDamage(kubeDescribe, 'kubectl describe', text);
    }
  });
});
