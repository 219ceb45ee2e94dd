import { beforeAll, describe, expect, test } from 'vitest';
import { podnet } from '../cli/podnet.js';
import { answerTo } from './answer.js';
import { type Files, filesOf, HEALTHY } from './bundle-files.js';

let files: Files;

beforeAll(async () => {
  files = await filesOf(HEALTHY);
});

/** The healthy bundle with something else in some files; each must be there. */
function changed(changes: Record<string, (text: string) => string>): Files {
  const result = new Map(files);
  for (const [path, change] of Object.entries(changes)) {
    const before = files.get(path)?.toString();
    if (before === undefined) throw new Error(`no ${path}`);
    const after = change(before);
    if (after === before) throw new Error(`${path} is as it was`);
    result.set(path, Buffer.from(after));
  }
  return result;
}

const append = (more: string) => (text: string) => text + more;
const NODES = ['n1', 'n2', 'n3'];
const onNodes = (command: string, change: (text: string) => string) =>
  Object.fromEntries(NODES.map((node) => [`nodes/${node}/${command}`, change]));

const UNUSED_LINK = [
  '90: eth9: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc mq state DOWN mode DEFAULT group default qlen 1000',
  '    link/ether 52:54:00:00:09:09 brd ff:ff:ff:ff:ff:ff',
  '',
].join('\n');
const DOCKER0 = [
  '91: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default ',
  '    link/ether 02:42:9b:11:22:33 brd ff:ff:ff:ff:ff:ff',
  '    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0',
  '       valid_lft forever preferred_lft forever',
  '',
].join('\n');

describe('the healthy cluster', () => {
  test('is status 0 without a diagnosis, although many pings fail', () => {
    const failing = [...files].filter(([path, bytes]) => /ping/.test(path) && !bytes.includes(' 0% packet loss'));
    expect(failing.length).toBeGreaterThanOrEqual(21);
    const { status, stdout } = podnet(['diagnose', '--format', 'json', HEALTHY.archive]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'healthy', diagnoses: [], unexplained: [], alsoFound: [] });
  });

  test.each<[string, () => Files]>([
    [
      'rp_filter=1 where every path is symmetric',
      () => changed(onNodes('sysctl_-a', (text) => text.replaceAll(/(\.rp_filter = )[02]/g, '$11'))),
    ],
    [
      'rp_filter=2 on one node',
      () => changed({ 'nodes/n2/sysctl_-a': (text) => text.replaceAll(/(\.rp_filter = )[01]/g, '$12') }),
    ],
    [
      'an interface that is not used and has no cable',
      () => changed({ ...onNodes('ip_-d_link', append(UNUSED_LINK)), ...onNodes('ip_addr', append(UNUSED_LINK)) }),
    ],
    [
      "docker0 without a container, and Docker's network routed to it",
      () =>
        changed({
          ...onNodes('ip_addr', append(DOCKER0)),
          ...onNodes(
            'ip_route',
            append('172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown \n'),
          ),
        }),
    ],
    [
      "a blackhole for the node's own block",
      () => changed({ 'nodes/n2/ip_route': append('blackhole 10.244.2.0/26 proto bird \n') }),
    ],
    [
      'an old line in a log about something else',
      () =>
        new Map(files).set(
          'logs/kubelet/n2.log',
          Buffer.from(
            'I0301 02:11:09.114321    1234 kubelet.go:2050] "Starting kubelet main sync loop"\n' +
              'E0301 02:11:19.214321    1234 pod_workers.go:1294] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"job\\" with ImagePullBackOff: \\"Back-off pulling image \\\\\\"registry.example/job:v1\\\\\\"\\"" pod="batch/job-x"\n' +
              'I0301 02:12:11.000321    1234 kubelet_node_status.go:590] "Node became ready"\n',
          ),
        ),
    ],
    [
      'a disk that failed',
      () =>
        new Map(files).set(
          'logs/system/n3.log',
          Buffer.from('Mar  1 02:11:09 n3 kernel: blk_update_request: I/O error, dev sdb, sector 1234 op 0x0:(READ)\n'),
        ),
    ],
    [
      'an unused dummy interface with an address',
      () =>
        changed({
          'nodes/n1/ip_addr': append(
            DOCKER0.replaceAll('docker0', 'dummy0').replace('NO-CARRIER,', '').replace('172.17', '172.31'),
          ),
        }),
    ],
    [
      'a tool that was missing',
      () => new Map(files).set('nodes/n1/ethtool_-S_eth0', Buffer.from('bash: ethtool: command not found\n')),
    ],
    [
      'a comment in the firewall that names a fault',
      () =>
        changed({
          'nodes/n1/iptables-save': (text) => text.replace('--comment "', '--comment "DROP everything, MTU wrong, '),
        }),
    ],
    [
      'sockets that closed, connections that idle',
      () =>
        changed({
          'nodes/n2/conntrack_-L': append(
            'tcp      6 431990 ESTABLISHED src=192.168.10.12 dst=192.168.10.11 sport=51022 dport=6443 src=192.168.10.11 dst=192.168.10.12 sport=6443 dport=51022 [ASSURED] mark=0 use=1\n',
          ),
        }),
    ],
  ])('stays healthy with %s', async (_, make) => {
    const { diagnosis } = await answerTo(make());
    expect(diagnosis.diagnoses.map(({ cause, subjects }) => `${cause} on ${subjects}`)).toEqual([]);
    expect(diagnosis.outcome).toBe('healthy');
    expect(diagnosis.alsoFound).toEqual([]);
  });
});
