import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../src/facts/bundle/layout.js';
import { readFiles } from './layouts/kernel-case.js';

const TIMEOUT = 'dial tcp 10.96.0.1:443: i/o timeout';
const KLOG = `E0501 10:00:00.000001       1 reflector.go:153] Failed to list *v1.Pod: Get "https://10.96.0.1:443/api/v1/pods": ${TIMEOUT}\n`;

describe('a log in a folder of any name', () => {
  test.each([
    ['kubelet.log', 'kubelet', 'kubelet'],
    ['collected/kubelet-worker1.log', 'kubelet', 'worker1'],
    ['worker1/kube-proxy.log', 'kube-proxy', 'worker1'],
    ['x/coredns-565d847f94-8k2vq.log', 'coredns', 'coredns-565d847f94-8k2vq'],
    ['x/messages', 'messages', 'x'],
    ['x/calico-node_worker2.txt', 'calico-node', 'worker2'],
  ])('%s is %s’s, of %s', (path, component, owner) => {
    expect(layoutOf(path)).toMatchObject({ kind: 'log', component, owner });
  });

  test.each([
    ['kind/worker/pods/kube-system_coredns-abc_0123-4567/coredns/0.log', 'pod/kube-system/coredns-abc'],
    ['x/containers/web-1_shop_web-0123456789abcdef.log', 'pod/shop/web-1'],
  ])('%s is of %s', (path, subject) => expect(layoutOf(path)).toMatchObject({ kind: 'log', subject }));

  test.each(['journalctl_-u_kubelet', 'kubelet.conf', 'coredns.yaml', 'systemd.txt', 'messages-api.json'])(
    '%s is none',
    (path) => expect(layoutOf(path).kind).not.toBe('log'),
  );

  test('that no name tells is known by its lines', () => {
    const { facts, input } = readFiles({ 'output-7': KLOG.repeat(3), prose: 'nothing of the kind\n' });
    expect(input.byParser).toEqual({ 'component-log': 1 });
    expect(facts.some((fact) => fact.includes('10.96.0.1'))).toBe(true);
    expect(input.unrecognised).toEqual([{ path: 'prose' }]);
  });
});

describe('a session in the complaint of a facts.yaml', () => {
  test('is read, with the lines of that file; prose is not', () => {
    const text =
      'version: 1\ncomplaint: |\n  It fails since Monday. ip_forward = 1?\n  [root@n1 ~]# sysctl net.ipv4.ip_forward\n  net.ipv4.ip_forward = 0\n';
    const read = readFiles({ 'facts.yaml': text });
    expect(read.sources).toContain('node/n1 sysctl.net.ipv4.ip_forward facts.yaml:5');
    expect(read.input).toMatchObject({ files: 1, recognised: 1, byParser: { 'facts-file': 1, sysctl: 1 } });
  });

  test('is left where its lines cannot be told', () => {
    const complaint = '[root@n1 ~]# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0';
    const read = readFiles({ 'facts.json': JSON.stringify({ version: 1, complaint }) });
    expect(read.sources).toEqual(['cluster complaint facts.json:1']);
  });
});
