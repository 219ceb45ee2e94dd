import { expect, test } from 'vitest';
import { packageList } from '../../../src/facts/parsers/package-list.js';
import { programVersion } from '../../../src/facts/parsers/program-version.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

test('only questions for the version of a known program are read', () => {
  expectReads(
    programVersion,
    [
      'iptables_--version',
      'iptables_-V',
      'systemctl_--version',
      'calicoctl_version',
      'cilium_version',
      'containerd_--version',
    ],
    [
      'iptables_-L_-v',
      'iptables_-vnL',
      'systemctl_status',
      'calicoctl_node_status',
      'kubectl_version',
      'curl_--version',
    ],
  );
});

test("the cluster's Calico is not calicoctl's own", () => {
  const text =
    'Client Version:    v3.20.0\nGit commit:        38b00edd\nCluster Version:   v3.26.1\nCluster Type:      k8s,bgp\n';
  expect(parseOutput(programVersion, 'calicoctl version', text).facts).toEqual({ 'cni.version': '3.26.1' });
});

test('the running Cilium is told by its agent and by the tool', () => {
  const agent =
    'Client: 1.14.5 85db28be 2023-12-11T14:30:29+01:00 go version go1.20.12 linux/amd64\nDaemon: 1.13.9 85db28be 2023\n';
  const tool =
    'cilium-cli: v0.15.8 compiled with go1.21.1 on linux/amd64\ncilium image (default): v1.14.2\ncilium image (running): 1.14.2\n';
  expect(parseOutput(programVersion, 'cilium version', agent).facts).toEqual({ 'cni.version': '1.13.9' });
  expect(parseOutput(programVersion, 'cilium version', tool).facts).toEqual({ 'cni.version': '1.14.2' });
});

test('an iptables without a backend tells its version alone', () => {
  expect(parseOutput(programVersion, 'iptables --version', 'iptables v1.4.21').facts).toEqual({
    'iptables.version': '1.4.21',
  });
});

test('kubelet and containerd name themselves', () => {
  expect(parseOutput(programVersion, 'kubelet --version', 'Kubernetes v1.28.2').facts).toEqual({
    'kubelet.version': '1.28.2',
  });
  const text = 'containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957';
  expect(parseOutput(programVersion, 'containerd --version', text).facts).toEqual({ 'containerd.version': '1.6.33' });
});

test('both survive damage', () => {
  expectToSurviveDamage(programVersion, 'iptables --version', 'iptables v1.8.7 (nf_tables)\n');
  expectToSurviveDamage(packageList, 'rpm -qa', 'systemd-219-78.el7_9.7.x86_64\niptables-1.4.21-35.el7.x86_64\n');
});
