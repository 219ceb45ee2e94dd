import { describe, expect, test } from 'vitest';
import { chooseLooks, type LookAt } from '../../../src/engine/asking/choose-looks.js';
import { Look, Partition } from '../../../src/engine/asking/partition.js';
import { wholeCommands } from '../../../src/engine/asking/whole-command.js';

/** Three causes of which one is at work. */
const SETS = [0.5, 0.3, 0.2].map((probability, index) => ({ members: [index], probability }));

interface Named extends LookAt {
  name: string;
}

/** A look that shows one cause nearly always, and hardly ever without it. */
function lookAt(name: string, cause: number, fields: Partial<LookAt> = {}): Named {
  const shown = [{ shows: new Map([[cause, 0.95]]), elsewhere: 0.005 }];
  return { name, tells: name, shown, proves: new Map(), answerable: 0.9, cost: 1, ...fields };
}

function chosen(items: readonly Named[], suspects: ReadonlyMap<number, number> = new Map()): string[] {
  return chooseLooks(SETS, items, suspects, 3, 0.02).map(({ item }) => item.name);
}

describe('what to look at', () => {
  test('a second look for the same comes after one for another cause', () => {
    expect(chosen([lookAt('first', 0), lookAt('same', 0), lookAt('other', 1)])).toEqual(['first', 'other', 'same']);
  });

  test('what would be told in the same words is asked for once', () => {
    const items = [lookAt('first', 0), lookAt('same', 0, { tells: 'first' }), lookAt('other', 1)];
    expect(chosen(items)).toEqual(['first', 'other']);
  });

  test('proofs of the suspects come first, the likeliest before the others', () => {
    const proof = (name: string, cause: number) => lookAt(name, cause, { proves: new Map([[cause, 0.3]]) });
    const items = [lookAt('tells most', 0), proof('of the second', 1), proof('of the first', 0)];
    const suspects = new Map([
      [0, 0.5],
      [1, 0.3],
    ]);
    expect(chosen(items, suspects).slice(0, 2)).toEqual(['of the first', 'of the second']);
  });

  test('one command that proves two suspects is asked for before two that prove one', () => {
    const both = {
      ...lookAt('both', 0),
      proves: new Map([
        [1, 0.7],
        [2, 0.7],
      ]),
    };
    const items = [lookAt('one', 1, { proves: new Map([[1, 0.7]]) }), both];
    const suspects = new Map([
      [1, 0.3],
      [2, 0.2],
    ]);
    expect(chosen(items, suspects)[0]).toBe('both');
  });

  test('what was tried in vain, or costs more, comes later', () => {
    const items = [lookAt('in vain', 0, { answerable: 0.2 }), lookAt('dear', 1, { cost: 5 }), lookAt('easy', 2)];
    expect(chosen(items)[0]).toBe('easy');
  });

  test('what tells nothing is not asked for', () => {
    expect(chosen([lookAt('of none', 7)])).toEqual([]);
  });
});

describe('a partition', () => {
  test('looks that are told apart tell as much together as one after the other', () => {
    const known = Partition.of(SETS);
    const look = new Look(SETS, new Map([[0, 1]]), 0);
    expect(known.gain(look)).toBeCloseTo(1);
    expect(known.with(look).gain(look)).toBeCloseTo(0);
    expect(known.with(look).gain(new Look(SETS, new Map([[1, 1]]), 0))).toBeCloseTo(0.5 * 0.971, 3);
  });

  test('of no sets nothing can be learnt', () => {
    expect(Partition.of([]).gain(new Look([], new Map(), 0.5))).toBe(0);
  });
});

describe('a command as a whole', () => {
  test.each([
    ['dmesg -T | grep -i link', ['dmesg -T']],
    [
      'iptables-save -t nat | grep KUBE-SEP; kubectl get endpointslices -A',
      ['iptables-save', 'kubectl get endpointslices -A -o yaml'],
    ],
    ["sysctl -ar '\\.rp_filter'; ip route; ip rule", ['ip route show table all', 'ip rule', 'sysctl -a']],
    ['nstat -az IpFragFails', ['nstat -az']],
    ['kubectl get pods -A -o wide --field-selector spec.nodeName=NODE', ['kubectl get pods -A -o yaml']],
    ['ip route show table all', ['ip route show table all']],
    [
      "kubectl exec POD -- sh -c 'time nslookup kubernetes.default'",
      ["kubectl -n NAMESPACE exec POD -- sh -c 'time nslookup kubernetes.default'"],
    ],
    ['journalctl -k | grep -i denied', ['dmesg -T']],
    ['journalctl -u kubelet -u containerd -n 500 --no-pager', ['journalctl -u containerd', 'journalctl -u kubelet']],
    ['ip -s link; ip addr show cni0', ['ip -d -s addr']],
    ['ip xfrm state (on both nodes)', ['ip xfrm state']],
    ["tcpdump -c 200 -ni NIC 'tcp[tcpflags] & tcp-syn != 0'; tcpdump -ni NIC arp", ['tcpdump -ni NIC']],
    ['kubectl -n NAMESPACE get svc SERVICE -o yaml | grep TrafficPolicy', ['kubectl get services -A -o yaml']],
    ['kubectl get cm kube-proxy -o yaml', ['kubectl get cm kube-proxy -o yaml']],
    ['kubectl -n NAMESPACE describe pod POD', ['kubectl get events -A -o yaml', 'kubectl get pods -A -o yaml']],
    ['kubectl -n kube-flannel logs AGENT | grep -i bgp', ['kubectl -n NAMESPACE logs AGENT_POD']],
    ['kubectl logs CLIENT_POD --tail=200', ['kubectl -n NAMESPACE logs POD']],
    [
      'kubectl -n kube-system logs -l k8s-app=kube-dns --previous | grep -i loop',
      ['kubectl -n NAMESPACE logs -l k8s-app=kube-dns --previous'],
    ],
    ["sh -c 'ip rule; ip route'", ["sh -c 'ip rule; ip route'"]],
    ['', []],
  ])('%s', (collect, wholes) => {
    expect(wholeCommands(collect)).toEqual(wholes);
  });
});
