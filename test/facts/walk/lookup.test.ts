import { describe, expect, it } from 'vitest';
import { flannelNodes } from './scenarios/flannel-nodes.js';
import { kubeProxySave } from './scenarios/kube-proxy-rules.js';
import { isWalked, type Outputs, walkOver } from './scenarios/scenario.js';

const DNS = {
  name: 'kube-system/kube-dns',
  ip: '10.96.0.10',
  port: 53,
  proto: 'udp' as const,
  endpoints: ['10.244.2.2:53'],
};

const COREDNS = JSON.stringify({
  kind: 'ConfigMapList',
  apiVersion: 'v1',
  items: [
    {
      kind: 'ConfigMap',
      metadata: { name: 'coredns', namespace: 'kube-system' },
      data: { Corefile: '.:53 {\n    kubernetes cluster.local in-addr.arpa\n    forward . 203.0.113.53\n}\n' },
    },
  ],
});

const MASQUERADE = ['-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE'];

/** Two nodes, CoreDNS on the second; `before` stands in front of its FORWARD rules. */
function cluster(before: readonly string[] = []): Outputs {
  const files = flannelNodes({
    services: [DNS],
    save: (n) => kubeProxySave([DNS], { before: { nat: MASQUERADE, filter: n === 2 ? before : [] } }),
  });
  return { ...files, 'cluster/configmaps.json': COREDNS };
}

function looksUp(name: string, files: Outputs) {
  const walked = walkOver(files, { from: 'pod/default/a', to: '10.96.0.10:53/udp', more: { lookup: name } });
  if (!isWalked(walked)) throw new Error(walked.unresolved);
  return walked;
}

const NO_WAY_OUT = ['-A FORWARD -s 10.244.2.0/24 -d 203.0.113.53/32 -j DROP'];

describe('a lookup', () => {
  it("of the cluster's own name ends at the cluster's DNS", () => {
    const walked = looksUp('kubernetes.default.svc.cluster.local', cluster(NO_WAY_OUT));
    expect(walked.verdict).toBe('delivered');
    expect(walked.beyond).not.toBe('outside');
  });

  it('of another name goes on to the servers that CoreDNS forwards to', () => {
    const walked = looksUp('www.example.com', cluster());
    expect(walked).toMatchObject({ verdict: 'delivered', beyond: 'outside' });
  });

  it('of another name ends where the way of CoreDNS to its servers is cut', () => {
    const walked = looksUp('www.example.com', cluster(NO_WAY_OUT));
    expect(walked).toMatchObject({ verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop' });
    expect(walked.steps.map(({ on }) => on)).toContain('pod/default/a');
  });

  it('comes before a connection to a name, which ends with it', () => {
    const files = cluster(['-A FORWARD -d 10.244.2.2/32 -p udp -m udp --dport 53 -j DROP']);
    const walked = walkOver(files, {
      from: 'pod/default/a',
      to: '10.244.2.3:8080',
      more: { resolver: { server: { kind: 'clusterip', ip: '10.96.0.10', port: 53 }, name: 'web.default.svc' } },
    });
    expect(walked).toMatchObject({ verdict: 'dropped', reason: 'netfilter-drop', at: 'node/n2' });
  });
});
