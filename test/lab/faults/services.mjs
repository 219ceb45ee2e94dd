import { cloud } from './network.mjs';
import { componentLine } from './system-log.mjs';

/** Faults of applications and of the way through a Service. */
export const services = [
  {
    id: 'api-process-died',
    cause: 'app-not-listening',
    variant: 'flannel',
    inject: (c) => c.signalApp(c.pod('api'), 'KILL'),
    breaks: ['http client api', 'http client svc/api', 'http web/2 api'],
    spares: ['ping client api', 'http client web/2'],
  },
  {
    id: 'api-listens-on-loopback',
    cause: 'app-listens-on-loopback',
    variant: 'cilium',
    inject: async (c) => {
      await c.signalApp(c.pod('api'), 'KILL');
      await c.startApp(c.pod('api'), { listen: '127.0.0.1' });
    },
    breaks: ['http client api', 'http client svc/api'],
    spares: ['ping client api', 'http client web/2'],
  },
  {
    id: 'target-port-80-app-8080',
    cause: 'target-port-mismatch',
    variant: 'flannel',
    inject: async (c) => {
      c.service('api').ports[0].targetPort = 80;
      await c.syncProxy();
    },
    breaks: ['http client svc/api', 'http node/1 nodeport/1/api'],
    spares: ['http client api', 'http client svc/web'],
  },
  {
    id: 'selector-has-a-typo',
    cause: 'service-no-endpoints',
    variant: 'flannel',
    inject: async (c) => {
      c.service('api').selector = { app: 'api-server' };
      await c.syncProxy();
      c.ask(c.pod('client'), 'curl -sv -m 4 http://10.96.20.20');
    },
    breaks: ['http client svc/api'],
    spares: ['http client api', 'http client svc/web'],
  },
  {
    id: 'api-never-ready',
    cause: 'readiness-failing',
    variant: 'underlay',
    inject: async (c) => {
      const api = c.pod('api');
      api.ready = false;
      api.readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, failureThreshold: 3 };
      await c.syncProxy();
      c.events.push({
        name: api.name,
        namespace: api.namespace,
        node: api.node,
        reason: 'Unhealthy',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        count: 233,
      });
    },
    breaks: ['http client svc/api'],
    spares: ['http client api', 'http client svc/web'],
  },
  {
    id: 'bridge-port-without-hairpin',
    cause: 'hairpin-disabled',
    variant: 'flannel',
    inject: (c) => c.on(2, `ip link set ${c.pod('api').veth} type bridge_slave hairpin off`),
    breaks: ['http api svc/api'],
    spares: ['http client svc/api', 'http web/2 svc/api', 'http api web/2'],
  },
  {
    id: 'node-filters-nodeports',
    cause: 'nodeport-blocked',
    alsoAcceptable: ['host-firewall-drop'],
    variant: 'flannel',
    inject: (c) => c.on(1, 'iptables -t raw -A PREROUTING -i eth0 -p tcp --syn --dport 30000:32767 -j DROP'),
    breaks: ['http node/2 nodeport/1/web', 'http node/2 nodeport/1/api'],
    spares: ['http node/1 nodeport/2/web', 'http client svc/api', 'ping node/2 node/1'],
  },
  {
    id: 'cloud-filters-nodeports',
    cause: 'nodeport-blocked',
    alsoAcceptable: ['security-group-blocks'],
    variant: 'cilium',
    beyond: true,
    inject: (c) => cloud(c, 'tcp dport 30000-32767 tcp flags & (syn | ack) == syn drop'),
    breaks: ['http node/2 nodeport/1/web', 'http node/1 nodeport/2/api'],
    spares: ['http node/1 nodeport/1/api', 'http client svc/api', 'ping node/2 node/1'],
  },
  {
    id: 'external-policy-local',
    cause: 'external-traffic-policy-local',
    variant: 'flannel',
    inject: async (c) => {
      c.service('api').externalTrafficPolicy = 'Local';
      await c.syncProxy();
      // What the person who reports it tried.
      c.ask(2, `curl -sv -m 4 http://${c.node(1).ip}:30081`);
      c.ask(2, `curl -sv -m 4 http://${c.node(3).ip}:30081`);
    },
    breaks: ['http node/2 nodeport/1/api', 'http node/2 nodeport/3/api'],
    spares: ['http node/1 nodeport/2/api', 'http client svc/api', 'http node/2 nodeport/1/web'],
  },
  {
    id: 'internal-policy-local',
    cause: 'external-traffic-policy-local',
    variant: 'flannel',
    inject: async (c) => {
      c.service('api').internalTrafficPolicy = 'Local';
      await c.syncProxy();
      c.ask(c.pod('client'), 'curl -sv -m 4 http://10.96.20.20');
    },
    breaks: ['http client svc/api', 'http web/1 svc/api'],
    spares: ['http web/2 svc/api', 'http client api'],
  },
  {
    id: 'accept-queue-full',
    cause: 'listen-queue-overflow',
    variant: 'flannel',
    inject: async (c) => {
      const api = c.pod('api');
      await c.signalApp(api, 'KILL');
      await c.startApp(api, { backlog: 4 });
      await c.signalApp(api, 'STOP');
      await c.start(c.pod('web', 2), 'hold-connections.mjs', { host: api.ip, port: 8080, count: 12 });
    },
    breaks: ['http client api', 'http client svc/api'],
    spares: ['ping client api', 'http client web/2'],
  },
  {
    id: 'client-has-no-ports-left',
    cause: 'ephemeral-ports-exhausted',
    variant: 'flannel',
    inject: async (c) => {
      const client = c.pod('client');
      await c.on(client, 'echo 40000 40019 > /proc/sys/net/ipv4/ip_local_port_range');
      await c.start(client, 'hold-connections.mjs', { host: '10.96.20.20', port: 80, count: 20 });
      c.ask(client, 'curl -sv -m 4 http://10.96.20.20');
    },
    breaks: ['http client svc/api'],
    spares: ['ping client api', 'http web/1 svc/api', 'http client web/1'],
  },
  {
    id: 'entry-to-gone-dns-pod',
    cause: 'stale-conntrack',
    variant: 'flannel',
    // A resolver that keeps its source port goes on being sent to the DNS pod that was.
    inject: async (c) => {
      const client = c.pod('client');
      await c.on(
        3,
        `conntrack -I -p udp -s ${client.ip} -d 10.96.0.10 --sport 35353 --dport 53 --reply-src 10.244.1.77 --reply-dst ${client.ip} --reply-port-src 53 --reply-port-dst 35353 -t 3000 --status SEEN_REPLY,ASSURED,CONFIRMED,SRC_NAT_DONE,DST_NAT,DST_NAT_DONE || conntrack -I -p udp -s ${client.ip} -d 10.96.0.10 --sport 35353 --dport 53 --dst-nat 10.244.1.77 -t 3000`,
      );
      c.ask(client, `dig -b ${client.ip}#35353 +time=2 +tries=2 @10.96.0.10 web.default.svc.cluster.local`);
    },
    breaks: ['dnsport client web.default.svc.cluster.local'],
    spares: ['dns client web.default.svc.cluster.local', 'http client svc/api'],
  },
  {
    id: 'kube-proxy-crashes',
    cause: 'kube-proxy-down',
    variant: 'flannel',
    // kube-proxy of node 3 ended days ago; the api pod was since made anew with another address.
    inject: async (c) => {
      const node = c.node(3);
      await c.on(3, `kill ${node.proxyPid}`);
      node.broken = {
        'kube-proxy': { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=kube-proxy' },
      };
      c.log('kube-proxy', 'node-3', [
        componentLine('E', 'server.go:495', 'Error running ProxyServer: unable to load in-cluster configuration'),
        componentLine('F', 'server.go:495', 'unable to create proxier: kube-proxy requires iptables in PATH'),
      ]);
      await moveApi(c, '10.244.2.9', [1, 2]);
    },
    breaks: ['http client svc/api'],
    spares: ['http web/1 svc/api', 'http client api'],
  },
  {
    id: 'firewalld-flushed-nat',
    cause: 'service-rules-missing',
    variant: 'flannel',
    inject: (c) => c.on(3, 'iptables -t nat -F KUBE-SERVICES'),
    breaks: ['http client svc/api', 'dns client web.default.svc.cluster.local'],
    spares: ['http web/1 svc/api', 'http client api'],
  },
  {
    id: 'rules-have-old-endpoint',
    cause: 'service-rules-missing',
    alsoAcceptable: ['kube-proxy-down'],
    variant: 'cilium',
    inject: async (c) => {
      c.log('kube-proxy', 'node-3', [
        componentLine(
          'E',
          'proxier.go:1575',
          'Failed to execute iptables-restore: exit status 4 (Another app is currently holding the xtables lock. Perhaps you want to use the -w option?)',
        ),
        componentLine('I', 'proxier.go:853', 'Sync failed; retrying in 30s'),
      ]);
      c.service('api').clusterIP = '10.96.20.21';
      await c.syncProxy(c.node(1));
      await c.syncProxy(c.node(2));
    },
    breaks: ['http client svc/api'],
    spares: ['http web/1 svc/api', 'http client api', 'http client svc/web'],
  },
  {
    id: 'ip-masq-lost',
    cause: 'masquerade-missing',
    variant: 'flannel',
    inject: (c) =>
      c.on(
        3,
        `iptables -t nat -D POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
        iptables -t nat -F FLANNEL-POSTRTG
        iptables -t nat -X FLANNEL-POSTRTG`,
      ),
    breaks: ['http client outside', 'ping client outside'],
    spares: ['ping client web/1', 'ping node/3 outside', 'http client svc/api', 'ping api outside'],
  },
];

/** Gives the api pod another address; kube-proxy of the given nodes notices. */
async function moveApi(c, ip, indices) {
  const api = c.pod('api');
  await c.on(
    api,
    `ip addr flush dev eth0
    ip addr add ${ip}/24 brd + dev eth0
    ip route add 10.244.0.0/16 via 10.244.2.1
    ip route add default via 10.244.2.1`,
  );
  api.ip = ip;
  for (const index of indices) await c.syncProxy(c.node(index));
}
