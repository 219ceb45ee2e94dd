import { expect, test } from 'vitest';
import { runtimeInfo } from '../../../src/facts/parsers/runtime-info.js';
import { expectReads } from './parse-output.js';
import { readFile, survivesDamage } from './read-file.js';

const DOCKER = `Client:
 Debug Mode: false

Server:
 Server Version: 20.10.21
 Storage Driver: overlay2
 Cgroup Driver: systemd
WARNING: bridge-nf-call-iptables is disabled
WARNING: bridge-nf-call-ip6tables is disabled
`;
const CRICTL = `{
  "status": {
    "conditions": [
      {"type": "RuntimeReady", "status": true, "reason": "", "message": ""},
      {"type": "NetworkReady", "status": false, "reason": "NetworkPluginNotReady",
       "message": "Network plugin returns error: cni plugin not initialized"}
    ]
  },
  "lastCNILoadStatus": "cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config"
}`;

test('docker info warns of kernel parameters that are off, and says nothing of those that are on', () => {
  const read = readFile(runtimeInfo, 'docker info', DOCKER);
  expect(read.value('sysctl.net.bridge.bridge-nf-call-iptables')).toBe(0);
  expect(read.value('sysctl.net.ipv4.ip_forward')).toBeUndefined();
  expect(read.value('runtime.version')).toBe('20.10.21');
});

test('crictl info says that the network is not ready, and why', () => {
  const read = readFile(runtimeInfo, 'crictl info', CRICTL, {
    logPatterns: [
      {
        fact: 'log.cni-uninitialized',
        subject: 'cluster',
        components: ['containerd'],
        pattern: /no network config found|plugin not initialized/,
      },
    ],
  });
  expect(read.value('node.network-not-ready')).toBe(true);
  expect(read.value('log.cni-uninitialized')).toBe(true);
  expect(readFile(runtimeInfo, 'crictl info', CRICTL.slice(0, 80)).problems).toHaveLength(1);
});

test('is told by its command or its words, and survives damage', () => {
  expectReads(runtimeInfo, ['docker_info', 'crictl_info', 'podman_info'], ['docker_ps', 'crictl_logs_x']);
  expect(runtimeInfo.recognises?.(DOCKER.split('\n'))).toBe(true);
  survivesDamage(runtimeInfo, 'docker info', DOCKER);
  survivesDamage(runtimeInfo, 'crictl info', CRICTL);
});
