import { beforeAll, describe, expect, it } from 'vitest';
import type { WalkRequest } from '../../../src/facts/walk/request.js';
import type { DropReason, WalkVerdict } from '../../../src/facts/walk/result.js';
import { Walker } from '../../../src/facts/walk/walk.js';
import { list, nodeObject, podObject } from '../derive/bundle-facts.js';
import { playAll, type Scene, type SceneOutcome, whyNoScenes } from './kernel-scene.js';

const PLACES = { n: 'nodes/n1', m: 'nodes/n2', a: 'pods/default/a', b: 'pods/default/b', c: 'pods/default/c' };

const OBJECTS = {
  'cluster/nodes.json': list([
    nodeObject('n1', '192.168.1.1', '10.244.1.0/24'),
    nodeObject('n2', '192.168.1.2', '10.244.2.0/24'),
  ]),
  'cluster/pods.json': list([
    podObject('default', 'a', 'n1', { ip: '10.244.1.2' }),
    podObject('default', 'b', 'n1', { ip: '10.244.1.3' }),
    podObject('default', 'c', 'n2', { ip: '10.244.2.2' }),
  ]),
};

const pod = (name: string, node: string, port: string, address: string, gateway: string): string => `
veth ${name} eth0 ${node} ${port}
on ${node} ip link set ${port} master cni0
on ${name} ip addr add ${address}/24 dev eth0
on ${name} ip route add default via ${gateway}`;

const node = (name: string, net: number): string => `
on ${name} ip -batch - <<'END'
addr add 192.168.1.${net}/24 dev eth0
link add cni0 type bridge
link set cni0 up
addr add 10.244.${net}.1/24 dev cni0
END
on ${name} sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1`;

/** Flannel's device: neighbours and forwarding entries are static, nothing is learnt. */
const vtep = (name: string, own: number, peer: number): string => `
on ${name} ip -batch - <<'END'
link add flannel.1 address 02:00:00:00:00:0${own} type vxlan id 1 dstport 8472 dev eth0 local 192.168.1.${own} nolearning
addr add 10.244.${own}.0/32 dev flannel.1
link set flannel.1 up
neigh add 10.244.${peer}.0 lladdr 02:00:00:00:00:0${peer} dev flannel.1 nud permanent
route add 10.244.${peer}.0/24 via 10.244.${peer}.0 dev flannel.1 onlink
END
on ${name} bridge fdb add 02:00:00:00:00:0${peer} dev flannel.1 dst 192.168.1.${peer} self permanent`;

/**
 * Two nodes, n1 (`n`) and n2 (`m`), each with the bridge cni0 and a VXLAN device; pods `a` and `b` on the first by the ports
 * va and vb, `c` on the second by vc.
 */
const WIRING = [
  'veth n eth0 m eth0',
  node('n', 1),
  node('m', 2),
  pod('a', 'n', 'va', '10.244.1.2', '10.244.1.1'),
  pod('b', 'n', 'vb', '10.244.1.3', '10.244.1.1'),
  pod('c', 'm', 'vc', '10.244.2.2', '10.244.2.1'),
  vtep('n', 1, 2),
  vtep('m', 2, 1),
].join('\n');

export const ADDRESS = { a: '10.244.1.2', b: '10.244.1.3', c: '10.244.2.2', service: '10.96.0.1' };

/** What pod `a` sends to another pod or to the address of a Service. */
export interface ClusterRow {
  name: string;
  /** Commands on top of the wiring. */
  with?: string;
  to: keyof typeof ADDRESS;
  /** Bytes at IP level. */
  size?: number;
  dontFragment?: boolean;
  /** What becomes of it and its answer, as the walk tells it. */
  expected: 'delivered' | 'unknown' | DropReason;
  /** What really happens, where the expected word does not tell. */
  passes?: boolean;
}

function sendOf({ to, size, dontFragment }: ClusterRow): string {
  const bytes = size === undefined ? '' : ` -s ${size - 28}`;
  const fragment = dontFragment === undefined ? '' : ` -M ${dontFragment ? 'do' : 'dont'}`;
  // An answer of somebody who was not asked is none, though ping counts it.
  return `on a ping -n -c 1 -W 1${bytes}${fragment} ${ADDRESS[to]} | grep -F ' bytes from ${ADDRESS[to]}:'`;
}

function requestOf({ to, size, dontFragment }: ClusterRow): WalkRequest {
  const target: WalkRequest['to'] =
    to === 'service'
      ? { kind: 'external', ip: ADDRESS.service }
      : { kind: 'pod', subject: `pod/default/${to}`, ip: ADDRESS[to] };
  return {
    from: { kind: 'pod', subject: 'pod/default/a', ip: ADDRESS.a },
    to: target,
    proto: 'icmp',
    ...(size === undefined ? {} : { size }),
    ...(dontFragment === undefined ? {} : { dontFragment }),
  };
}

const reason = whyNoScenes();
const isRequired = process.env.PODNET_REQUIRE === 'all';

/** Plays each row on the kernel, and holds both it and the walk over the collected state against what is expected. */
export function holdAgainstKernel(title: string, rows: readonly ClusterRow[]): void {
  describe.skipIf(reason !== undefined && !isRequired)(title, () => {
    let outcomes: SceneOutcome[] = [];
    beforeAll(async () => {
      expect(reason).toBeUndefined();
      outcomes = await playAll(
        rows.map(
          (row): Scene => ({
            places: PLACES,
            setup: `${WIRING}\n${row.with ?? ''}`,
            sends: [sendOf(row)],
            files: OBJECTS,
          }),
        ),
      );
    }, 60_000);

    it.each(rows.map((row, i) => [row.name, i] as const))('%s', (_, i) => {
      const row = rows[i]!;
      const { store, topology, passed } = outcomes[i]!;
      const result = new Walker(store, topology).walk(requestOf(row));
      const walk: WalkVerdict | DropReason = result.reason ?? result.verdict;
      const { by, missing } = result;
      expect({ passed: passed[0], walk, by, missing }).toMatchObject({
        passed: row.passes ?? row.expected === 'delivered',
        walk: row.expected,
      });
    });
  });
}
