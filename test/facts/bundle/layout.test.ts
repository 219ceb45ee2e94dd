import { describe, expect, test } from 'vitest';
import { commandOfArgv, commandOfName } from '../../../src/facts/bundle/command.js';
import { layoutOf } from '../../../src/facts/bundle/layout.js';
import { logSubject, type Names } from '../../../src/facts/bundle/log-subject.js';

const shortly = (path: string) => {
  const { kind, subject, command } = layoutOf(path);
  return [kind, subject, [command.program, ...command.args].join(' ').trim()];
};

describe('the path of a file', () => {
  test.each([
    ['nodes/n1/ip_route', 'output', 'node/n1', 'ip route'],
    ['nodes/n1/cat_.proc.sys.net.ipv4.ip_forward', 'output', 'node/n1', 'cat .proc.sys.net.ipv4.ip_forward'],
    ['nodes/n1/sos_commands/networking/ip_-d_address', 'output', 'node/n1', 'ip -d address'],
    ['nodes/n1/proc/sys/net/ipv4/ip_forward', 'output', 'node/n1', 'cat /proc/sys/net/ipv4/ip_forward'],
    ['nodes/n1/etc/resolv.conf', 'output', 'node/n1', 'cat /etc/resolv.conf'],
    ['pods/default/web-0/ping_-c_2_10.244.1.3', 'output', 'pod/default/web-0', 'ping -c 2 10.244.1.3'],
    ['cluster/nodes.json', 'objects', 'cluster', 'kubectl get nodes -A -o json'],
    ['cluster/kubectl_get_pods_-o_wide', 'output', 'cluster', 'kubectl get pods -o wide'],
    ['captures/n1/eth0.txt', 'output', 'capture/n1/eth0', 'tcpdump -i eth0'],
    ['captures/n1/flannel.1.pcap', 'output', 'capture/n1/flannel.1', 'tcpdump -i flannel.1'],
    ['facts.yaml', 'facts', 'cluster', ''],
    ['index.jsonl', 'index', 'cluster', ''],
    ['logs/kubelet/n1.log', 'log', 'cluster', ''],
  ])('%s is %s of %s: %s', (path, kind, subject, command) => {
    expect(shortly(path)).toEqual([kind, subject, command]);
    expect(shortly(`dump-7/${path}`)).toEqual([kind, subject, command]);
  });

  test.each([
    ['ip_route', 'node/input', 'ip route'],
    ['notes.txt', 'node/input', ''],
    ['worker-1/ip_route.txt', 'node/worker-1', 'ip route'],
    ['worker-1/net/ip_route', 'node/worker-1', 'ip route'],
    ['sos_commands/networking/ip_route', 'node/input', 'ip route'],
    ['etc/resolv.conf', 'node/input', 'cat /etc/resolv.conf'],
    ['nodes/ip_route', 'node/input', 'ip route'],
  ])('%s is loose: of %s, %s', (path, subject, command) => {
    expect(shortly(path)).toEqual(['loose', subject, command]);
  });

  test.each([
    'namespaces/openshift-dns/pods/dns-default-x/notes/current.log',
    'cluster-resources/pods/logs/kube-system/coredns-x/coredns.log',
    'a/b/c/nodes/n1/ip_route',
  ])('%s is of another layout: its pods, nodes and logs are not taken for ours', (path) => {
    expect(layoutOf(path).kind).toBe('loose');
  });

  test('a slash that a name stood for cannot forge a subject', () => {
    expect(layoutOf('nodes/a%2Fb/ip_route').subject).toBe('node/a%252Fb');
  });
});

describe('a command', () => {
  test.each([
    [['nsenter', '-t', '42', '-n', '/usr/sbin/ss', '-lnt'], 'ss', ['-lnt']],
    [['kubectl', 'exec', '-n', 'x', 'p', '--', 'ping', '-c', '1', '10.0.0.1'], 'ping', ['-c', '1', '10.0.0.1']],
    [['ip', 'netns', 'exec', 'blue', 'ip', 'addr'], 'ip', ['addr']],
    [['sudo', 'true'], 'sudo', ['true']],
    [['/sbin/ip', 'route'], 'ip', ['route']],
    [[], '', []],
  ])('%j runs %s', (argv, program, args) => {
    expect(commandOfArgv(argv)).toEqual({ program, args, exact: true });
  });

  test.each([
    ['iptables_-t_nat_-nvL', 'iptables', ['-t', 'nat', '-nvL']],
    ['.usr.sbin.ip_addr', 'ip', ['addr']],
    ['ip_addr.txt', 'ip', ['addr']],
    ['curl_-sv_http:..10.0.0.1.a.txt', 'curl', ['-sv', 'http:..10.0.0.1.a.txt']],
    ['timeout_5_ping_10.0.0.1', 'ping', ['10.0.0.1']],
    ['_', '', []],
  ])('the file %s holds the output of %s', (name, program, args) => {
    expect(commandOfName(name)).toEqual({ program, args, exact: false });
  });
});

describe('whose a log is', () => {
  const names: Names = {
    isNode: (name) => name === 'worker-1',
    namespacesOf: (pod) => (pod === 'web-0' ? ['a', 'b'] : pod === 'coredns-565d847f94-8k2vq' ? ['kube-system'] : []),
  };
  test.each([
    ['calico-node', 'worker-1', 'node/worker-1'],
    ['coredns', 'coredns-565d847f94-8k2vq', 'pod/kube-system/coredns-565d847f94-8k2vq'],
    ['x', 'web-0_prod_web-0123abcd', 'pod/prod/web-0'],
    ['kubelet', 'unlisted', 'node/unlisted'],
    // In two namespaces, in none that is known, no owner at all: not guessed.
    ['web', 'web-0', 'cluster'],
    ['calico-node', 'calico-node-w4h7c', 'cluster'],
    ['kubelet', 'kubelet', 'cluster'],
    ['bench', 'run1', 'cluster'],
  ])('logs/%s/%s.log is of %s', (component, owner, subject) => {
    expect(logSubject(component, owner, names)).toBe(subject);
  });
});
