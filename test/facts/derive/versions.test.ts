import { expect, test } from 'vitest';
import { versions } from '../../../src/facts/derive/versions.js';
import { derived, flannelCluster, list, nodeObject } from './bundle-facts.js';

function node(name: string, ip: string, nodeInfo: object): object {
  const object = nodeObject(name, ip) as { status: object };
  return { ...object, status: { ...object.status, nodeInfo } };
}

function agent(namespace: string, name: string, nodeName: string, image: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: { nodeName, hostNetwork: true, containers: [{ name: 'main', image }] },
    status: { phase: 'Running' },
  };
}

const INFO = {
  kernelVersion: '4.18.0-477.10.1.el8_8.x86_64',
  osImage: 'Rocky Linux 8.8 (Green Obsidian)',
  kubeletVersion: 'v1.26.5',
  containerRuntimeVersion: 'containerd://1.6.21',
};

test('node objects tell kernel, system, kubelet and containerd', () => {
  const facts = derived(versions, { 'cluster/nodes.json': list([node('n1', '10.0.0.1', INFO)]) });
  const told = ['kernel', 'os', 'kubelet', 'containerd'].map((name) => facts.node('n1', `version.${name}`));
  expect(told).toEqual(['4.18.0-477.10.1.el8_8.x86_64', 'Rocky Linux 8.8 (Green Obsidian)', 'v1.26.5', '1.6.21']);
});

test('what the node prints beats its object', () => {
  const facts = derived(versions, {
    'cluster/nodes.json': list([node('n1', '10.0.0.1', INFO)]),
    'nodes/n1/uname_-r': '5.14.0-284.el9\n',
  });
  expect(facts.node('n1', 'version.kernel')).toBe('5.14.0-284.el9');
});

test("the reporter's kernel holds for nodes that say none, if it is one", () => {
  const told = (kernel: string) => derived(versions, flannelCluster(), { kernel }).node('n1', 'version.kernel');
  expect(told('Linux 3.10.0-957.el7')).toBe('3.10.0-957.el7');
  expect(told('3.10 on the workers, 5.4 on the masters')).toBeUndefined();
});

test("the CNI's version is the tag that most of its agents run, whatever the registry", () => {
  const facts = derived(
    versions,
    {
      'cluster/pods.json': list([
        agent('kube-system', 'calico-node-aaaaa', 'n1', 'docker.io/calico/node:v3.26.1'),
        agent('kube-system', 'calico-node-bbbbb', 'n2', 'mirror.local:5000/calico/node:v3.27.0@sha256:00aa'),
        agent('kube-system', 'calico-node-ccccc', 'n3', 'mirror.local:5000/calico/node:v3.27.0'),
        agent('shop', 'node-1', 'n3', 'node:20.1'),
        agent('kube-system', 'coredns-1', 'n3', 'registry.k8s.io/coredns/coredns:v1.9.3'),
        agent('kube-system', 'kube-proxy-1', 'n3', 'registry.k8s.io/kube-proxy:v1.27.4'),
      ]),
    },
    { cni: 'calico' },
  );
  expect(facts.cluster('version.cni')).toBe('v3.27.0');
  expect(facts.cluster('version.coredns')).toBe('v1.9.3');
  expect(facts.node('n3', 'version.kube-proxy')).toBe('v1.27.4');
});

test('a tag that is no release tells nothing', () => {
  const facts = derived(
    versions,
    { 'cluster/pods.json': list([agent('kube-system', 'cilium-aaaaa', 'n1', 'quay.io/cilium/cilium:latest')]) },
    { cni: 'cilium' },
  );
  expect(facts.cluster('version.cni')).toBeUndefined();
});

test('programs and lists of packages tell iptables and systemd', () => {
  const facts = derived(versions, {
    'nodes/n1/iptables_--version': 'iptables v1.8.7 (nf_tables)\n',
    'nodes/n1/systemctl_--version': 'systemd 249 (249.11-0ubuntu3.12)\n+PAM +AUDIT\n',
    'nodes/n2/rpm_-qa': 'systemd-219-78.el7_9.7.x86_64\niptables-1.4.21-35.el7.x86_64\n',
    'nodes/n3/dpkg_-l': 'ii  iptables  1:1.8.4-3ubuntu2  amd64  tools\nrc  systemd  1  amd64  remains\n',
  });
  expect(facts.node('n1', 'version.iptables')).toBe('1.8.7');
  expect(facts.node('n1', 'iptables.backend')).toBe('nf_tables');
  expect(facts.node('n1', 'version.systemd')).toBe('249');
  expect(facts.node('n2', 'version.systemd')).toBe('219-78.el7_9.7');
  expect(facts.node('n2', 'version.iptables')).toBe('1.4.21-35.el7');
  expect(facts.node('n3', 'version.iptables')).toBe('1.8.4-3ubuntu2');
  expect(facts.node('n3', 'version.systemd')).toBeUndefined();
});
