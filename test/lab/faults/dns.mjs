/** Faults of name resolution. */
export const dns = [
  {
    id: 'coredns-crashes',
    cause: 'coredns-down',
    variant: 'flannel',
    inject: async (c) => {
      await stopDns(c, 'back-off 5m0s restarting failed container=coredns');
      c.extraDnsLog = ['plugin/forward: not an IP address or file: "10.0.0.2.53"'];
    },
    breaks: ['dns client web.default.svc.cluster.local', 'dns client www.example.com'],
    spares: ['http client svc/api', 'ping client coredns'],
  },
  {
    id: 'upstream-silent',
    cause: 'coredns-upstream-unreachable',
    variant: 'flannel',
    beyond: true,
    inject: (c) => c.on('fabric', 'iptables -A INPUT -d 203.0.113.53 -p udp --dport 53 -j DROP'),
    breaks: ['dns client www.example.com'],
    spares: ['dns client web.default.svc.cluster.local', 'http client svc/api', 'http client outside'],
  },
  {
    id: 'upstream-refuses',
    cause: 'coredns-upstream-unreachable',
    variant: 'underlay',
    beyond: true,
    inject: (c) =>
      c.on(
        'fabric',
        'iptables -A INPUT -d 203.0.113.53 -p udp --dport 53 -j REJECT --reject-with icmp-port-unreachable',
      ),
    breaks: ['dns client www.example.com'],
    spares: ['dns client web.default.svc.cluster.local', 'http client svc/api'],
  },
  {
    id: 'resolv-conf-points-back',
    cause: 'coredns-loop',
    variant: 'flannel',
    inject: async (c) => {
      await c.on(1, 'echo nameserver 127.0.0.53 > /etc/resolv.conf');
      await stopDns(c, 'back-off 5m0s restarting failed container=coredns');
      c.extraDnsLog = [
        '[FATAL] plugin/loop: Loop (127.0.0.1:55953 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 4547991504243258144.3688648895315093531."',
      ];
    },
    breaks: ['dns client web.default.svc.cluster.local'],
    spares: ['http client svc/api'],
  },
  {
    id: 'node-cannot-reach-dns',
    cause: 'dns-unreachable-from-pod',
    alsoAcceptable: ['host-firewall-drop'],
    variant: 'flannel',
    inject: (c) =>
      c.on(
        3,
        `iptables -I FORWARD 1 -i cni0 -p udp --dport 53 -j DROP
        iptables -I FORWARD 2 -i cni0 -p tcp --dport 53 -j DROP`,
      ),
    breaks: ['dns client web.default.svc.cluster.local', 'dns client www.example.com'],
    spares: ['dns api web.default.svc.cluster.local', 'ping client coredns', 'http client svc/api'],
  },
  {
    id: 'pod-asks-nodes-resolver',
    cause: 'pod-dns-config-wrong',
    variant: 'flannel',
    inject: (c) => {
      const client = c.pod('client');
      client.dnsPolicy = 'Default';
      c.writeResolvConf(client);
      c.ask(client, 'dig +time=2 +tries=1 web.default.svc.cluster.local');
      c.ask(client, 'curl -sv -m 4 http://api.default.svc.cluster.local');
    },
    breaks: ['dns client web.default.svc.cluster.local'],
    spares: ['dns client www.example.com', 'http client svc/api', 'dns api web.default.svc.cluster.local'],
  },
  {
    id: 'kubelet-has-wrong-cluster-dns',
    cause: 'pod-dns-config-wrong',
    variant: 'flannel',
    inject: (c) => {
      for (const pod of c.lab.pods.filter(({ node }) => node === 'node-3')) c.writeResolvConf(pod, '10.96.0.53');
    },
    breaks: ['dns client web.default.svc.cluster.local', 'dns client www.example.com'],
    spares: ['dns api web.default.svc.cluster.local', 'http client svc/api'],
  },
];

/** CoreDNS crashes and is not ready: it has no endpoint and answers nobody. */
async function stopDns(c, message) {
  const pod = c.pod('coredns');
  await c.signalApp(pod, 'KILL');
  pod.ready = false;
  pod.waiting = { reason: 'CrashLoopBackOff', message };
  c.events.push({
    name: pod.name,
    namespace: pod.namespace,
    node: pod.node,
    reason: 'BackOff',
    message: 'Back-off restarting failed container',
    count: 81,
  });
  await c.syncProxy();
}
