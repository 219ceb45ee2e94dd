import { expect, test } from 'vitest';
import { cniConfig } from '../../../src/facts/parsers/cni-config.js';
import { cniConfigFolder } from '../../../src/facts/parsers/cni-config-folder.js';
import { flannelSubnet } from '../../../src/facts/parsers/flannel-subnet.js';
import { kubectlVersion } from '../../../src/facts/parsers/kubectl-version.js';
import { kubeletConfig } from '../../../src/facts/parsers/kubelet-config.js';
import { networkConfigFile } from '../../../src/facts/parsers/network-config-file.js';
import { commandOf, expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const CONFLIST = `{
  "name": "cbr0",
  "cniVersion": "0.3.1",
  "plugins": [
    {"type": "flannel", "delegate": {"hairpinMode": true}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}`;

test('a CNI configuration tells its plugins, subnet and MTU', () => {
  const path = 'cat /etc/cni/net.d/10-flannel.conflist';
  expect(parseOutput(cniConfig, path, CONFLIST).records('cni-config')).toEqual([
    { file: '10-flannel.conflist', name: 'cbr0', plugins: ['flannel', 'portmap'] },
  ]);
  const single =
    '{"cniVersion":"0.4.0","name":"mynet","type":"bridge","mtu":1400,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.22.0.0/16"}]]}}';
  expect(parseOutput(cniConfig, 'cat /etc/cni/net.d/87-bridge.conf', single).records('cni-config')).toEqual([
    { file: '87-bridge.conf', name: 'mynet', plugins: ['bridge'], subnet: '10.22.0.0/16', mtu: 1400 },
  ]);
  expect(parseOutput(cniConfig, path, CONFLIST.slice(0, 60)).problems).toHaveLength(1);
  expect(cniConfig.recognises?.(CONFLIST.split('\n'))).toBe(true);
  expectToSurviveDamage(cniConfig, path, CONFLIST);
});

test('a listing of the folder names what a runtime loads; an empty one is an answer', () => {
  const long = `total 12
drwx------ 2 root root 4096 Jan  5 10:00 .
-rw-r--r-- 1 root root  292 Jan  5 10:00 10-flannel.conflist
-rw-r--r-- 1 root root  292 Jan  5 10:00 05-cilium.conf.bak
lrwxrwxrwx 1 root root   20 Jan  5 10:00 00-multus.conf -> /opt/multus.conf`;
  const files = (command: string, text: string) =>
    parseOutput(cniConfigFolder, command, text).facts['cni.config-files'];
  expect(files('ls -la /etc/cni/net.d', long)).toEqual(['00-multus.conf', '10-flannel.conflist']);
  expect(files('ls /etc/cni/net.d', '10-calico.conflist\ncalico-kubeconfig')).toEqual(['10-calico.conflist']);
  expect(files('ls /etc/cni/net.d', '')).toEqual([]);
  expectReads(cniConfigFolder, ['ls_-l_.etc.cni.net.d', 'ls_.etc.cni.net.d.'], ['ls_.opt.cni.bin']);
  expectToSurviveDamage(cniConfigFolder, 'ls -la /etc/cni/net.d', long);
});

test('subnet.env tells Flannel’s networks and MTU', () => {
  const text =
    'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\nnonsense\n';
  const parsed = parseOutput(flannelSubnet, 'cat /run/flannel/subnet.env', text);
  expect(parsed.facts).toEqual({
    'flannel.network': '10.244.0.0/16',
    'flannel.subnet': '10.244.1.1/24',
    'flannel.mtu': 1450,
    'flannel.ip-masq': true,
  });
  expect(parsed.problems.map(({ line }) => line)).toEqual([5]);
  expectToSurviveDamage(flannelSubnet, 'cat /run/flannel/subnet.env', text);
});

test.each([
  ['cat /etc/coredns/Corefile', '.:53 {\n    errors\n    forward . /etc/resolv.conf\n}\n', 'coredns', 'Corefile'],
  [
    'cat /var/lib/kube-proxy/config.conf',
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n',
    'kube-proxy',
    'config.conf',
  ],
  [
    'cat /etc/kube-flannel/net-conf.json',
    '{"Network": "10.244.0.0/16",\n "Backend": {"Type": "vxlan"}}',
    'kube-flannel-cfg',
    'net-conf.json',
  ],
])('%s stands for the ConfigMap that it is mounted from', (command, text, name, key) => {
  const [record] = parseOutput(networkConfigFile, command, text).records('configmap-object');
  expect([record?.name, record?.data[key]]).toEqual([name, text.replace(/\n$/, '')]);
  expect(networkConfigFile.reads(commandOf(command, true))).toBe(true);
  expect(networkConfigFile.recognises?.(text.split('\n'))).toBe(true);
});

test('kubelet’s configuration tells what it hands to pods', () => {
  const text = `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
clusterDNS:
- 10.96.0.10
- "169.254.20.10"
clusterDomain: cluster.local
kind: KubeletConfiguration
resolvConf: /run/systemd/resolve/resolv.conf
`;
  const parsed = parseOutput(kubeletConfig, 'cat /var/lib/kubelet/config.yaml', text);
  expect(parsed.facts).toEqual({
    'kubelet.cluster-dns': ['10.96.0.10', '169.254.20.10'],
    'kubelet.cluster-domain': 'cluster.local',
    'kubelet.resolv-conf': '/run/systemd/resolve/resolv.conf',
  });
  expect(parseOutput(kubeletConfig, 'cat /var/lib/kubelet/config.yaml', 'clusterDNS: [10.96.0.10]').facts).toEqual({
    'kubelet.cluster-dns': ['10.96.0.10'],
  });
  expect(kubeletConfig.recognises?.(text.split('\n'))).toBe(true);
  expectToSurviveDamage(kubeletConfig, 'cat /var/lib/kubelet/config.yaml', text);
});

test.each([
  ['1.28', 'Client Version: v1.29.1\nKustomize Version: v5.0.4\nServer Version: v1.28.2', 'v1.28.2'],
  [
    '1.20',
    'Client Version: version.Info{Major:"1", Minor:"20", GitVersion:"v1.20.9"}\nServer Version: version.Info{Major:"1", Minor:"20", GitVersion:"v1.20.4", GitCommit:"e87"}',
    'v1.20.4',
  ],
  [
    'JSON',
    '{\n  "clientVersion": {"gitVersion": "v1.29.1"},\n  "serverVersion": {\n    "major": "1",\n    "gitVersion": "v1.28.2"\n  }\n}',
    'v1.28.2',
  ],
])('kubectl version, %s: the server’s', (_form, text, version) => {
  expect(parseOutput(kubectlVersion, 'kubectl version', text).facts).toEqual({ kubernetesVersion: version });
  expectToSurviveDamage(kubectlVersion, 'kubectl version', text);
});
