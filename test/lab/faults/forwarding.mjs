import { podNetworkOf } from '../layout.mjs';
import { systemLog } from './system-log.mjs';

/** Faults of what a node lets through: kernel parameters, firewalls, policies. */
export const forwarding = [
  {
    id: 'docker-set-forward-drop',
    cause: 'forward-policy-drop',
    variant: 'flannel',
    // Docker was started on a node whose flannel is of the time before it had rules of its own in FORWARD.
    inject: (c) =>
      c.on(
        2,
        `iptables -D FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
        iptables -F FLANNEL-FWD
        iptables -X FLANNEL-FWD
        iptables -P FORWARD DROP
        ${DOCKER_CHAINS}`,
      ),
    breaks: ['ping client api', 'ping api web/1', 'ping web/2 api', 'http client svc/api'],
    spares: ['ping node/2 api', 'ping client web/1', 'ping node/1 node/2'],
  },
  {
    id: 'forward-drop-underlay',
    cause: 'forward-policy-drop',
    variant: 'underlay',
    inject: (c) => c.on(1, 'iptables -P FORWARD DROP'),
    breaks: ['ping client web/1', 'dns client web.default.svc.cluster.local'],
    spares: ['ping client api', 'ping node/1 web/1'],
  },
  {
    id: 'cni0-does-not-forward',
    cause: 'ip-forward-disabled',
    variant: 'flannel',
    inject: (c) => c.on(2, 'sysctl -qw net.ipv4.conf.cni0.forwarding=0'),
    breaks: ['ping api web/1', 'http client svc/api'],
    spares: ['ping web/2 api', 'ping client web/1', 'ping node/2 api'],
  },
  {
    id: 'ip-forward-off-overlay',
    cause: 'ip-forward-disabled',
    alsoAcceptable: ['sysctl-reset-by-tool'],
    variant: 'flannel',
    inject: async (c) => {
      await c.on(3, 'sysctl -qw net.ipv4.ip_forward=0');
      c.log('system', 'node-3', systemLog(c.node(3), SYSCTL_REAPPLIED));
    },
    breaks: ['ping client web/1', 'http client svc/api', 'ping api client'],
    spares: ['ping client web/3', 'ping node/3 client', 'ping api web/1'],
  },
  {
    id: 'bridge-nf-reset-by-hardening',
    cause: 'bridge-nf-call-disabled',
    alsoAcceptable: ['sysctl-reset-by-tool'],
    variant: 'flannel',
    inject: async (c) => {
      await c.on(1, 'sysctl -qw net.bridge.bridge-nf-call-iptables=0');
      c.log('system', 'node-1', systemLog(c.node(1), SYSCTL_REAPPLIED));
    },
    breaks: ['dns web/1 web.default.svc.cluster.local'],
    spares: ['dns client web.default.svc.cluster.local', 'ping web/1 coredns', 'http web/1 svc/api'],
  },
  {
    id: 'firewall-drops-tunnel-port',
    cause: 'host-firewall-drop',
    alsoAcceptable: ['overlay-port-blocked'],
    variant: 'flannel',
    inject: (c) => c.on(3, 'iptables -I INPUT 1 -p udp --dport 8472 -j DROP'),
    breaks: ['ping client web/1', 'ping api client', 'http client svc/api'],
    spares: ['ping node/3 node/1', 'ping client web/3', 'ping api web/1'],
  },
  {
    id: 'firewall-drops-pods-forward',
    cause: 'host-firewall-drop',
    variant: 'flannel',
    inject: (c) => c.on(2, 'iptables -I FORWARD 1 -i cni0 -o flannel.1 -j DROP'),
    breaks: ['ping api web/1', 'http client svc/api'],
    spares: ['ping web/2 api', 'ping node/2 web/1', 'ping client web/1'],
  },
  {
    id: 'iptables-service-rejects',
    cause: 'host-firewall-drop',
    variant: 'flannel',
    // The rules that RHEL's iptables.service ships, loaded over a running node.
    inject: (c) =>
      c.on(
        3,
        `iptables -I INPUT 1 -m state --state RELATED,ESTABLISHED -j ACCEPT
        iptables -I INPUT 2 -p icmp -j ACCEPT
        iptables -I INPUT 3 -i lo -j ACCEPT
        iptables -I INPUT 4 -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
        iptables -I INPUT 5 -j REJECT --reject-with icmp-host-prohibited
        iptables -I FORWARD 1 -j REJECT --reject-with icmp-host-prohibited`,
      ),
    breaks: ['ping client web/1', 'ping client web/3', 'http client svc/api', 'ping api client'],
    spares: ['ping node/1 node/3', 'ping api web/1'],
  },
  {
    id: 'nft-table-drops',
    cause: 'host-firewall-drop',
    alsoAcceptable: ['forward-policy-drop'],
    variant: 'flannel',
    inject: (c) =>
      c.on(
        2,
        `nft -f - <<'END'
table inet hardening {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "docker0" accept
  }
}
END`,
      ),
    breaks: ['ping client api', 'ping api web/1', 'http client svc/api'],
    spares: ['ping node/2 api', 'ping client web/1'],
  },
  {
    id: 'firewall-drops-pods-underlay',
    cause: 'host-firewall-drop',
    variant: 'underlay',
    inject: (c) => c.on(2, `iptables -I FORWARD 1 -s ${podNetworkOf('underlay')} -o ${c.pod('api').veth} -j DROP`),
    breaks: ['ping client api', 'http client svc/api'],
    spares: ['ping client web/2', 'ping node/2 api'],
  },
  {
    id: 'policy-denies-api',
    cause: 'network-policy-deny',
    variant: 'flannel',
    inject: async (c) => {
      c.policies.push({
        name: 'default-deny-ingress',
        namespace: 'default',
        spec: { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Ingress'] },
      });
      const { ip } = c.pod('api');
      const chain = 'KUBE-POD-FW-QNLN3YJGWCB7FH3Q';
      await c.on(
        2,
        `iptables -N KUBE-ROUTER-FORWARD
        iptables -N ${chain}
        iptables -I FORWARD 1 -m comment --comment "kube-router netpol - TEMCG2JMHZYE7H7T" -j KUBE-ROUTER-FORWARD
        iptables -A KUBE-ROUTER-FORWARD -d ${ip}/32 -m comment --comment "rule to jump traffic destined to POD name:api-7b9d6c4f5d-m8t2z namespace: default to chain ${chain}" -j ${chain}
        iptables -A KUBE-ROUTER-FORWARD -d ${ip}/32 -m physdev --physdev-is-bridged -m comment --comment "rule to jump traffic destined to POD name:api-7b9d6c4f5d-m8t2z namespace: default to chain ${chain}" -j ${chain}
        iptables -A ${chain} -m comment --comment "rule for stateful firewall for pod" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables -A ${chain} -m comment --comment "rule to permit the traffic to pods when source is the pod's local node" -m addrtype --src-type LOCAL -j ACCEPT
        iptables -A ${chain} -m comment --comment "rule to REJECT traffic destined for POD name:api-7b9d6c4f5d-m8t2z namespace: default" -j DROP`,
      );
    },
    breaks: ['http client svc/api', 'ping client api', 'http web/2 api'],
    spares: ['ping client web/2', 'ping node/2 api', 'ping api client'],
  },
  {
    id: 'legacy-rules-beside-nft',
    cause: 'iptables-backend-mismatch',
    alsoAcceptable: ['forward-policy-drop', 'host-firewall-drop'],
    variant: 'flannel',
    // A Docker of the legacy backend, on a node whose kube-proxy and flannel write nft rules.
    inject: (c) =>
      c.on(
        2,
        `iptables-legacy -P FORWARD DROP
        iptables-legacy -N DOCKER
        iptables-legacy -A FORWARD -o docker0 -j DOCKER
        iptables-legacy -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables-legacy -A FORWARD -i docker0 ! -o docker0 -j ACCEPT`,
      ),
    breaks: ['ping client api', 'ping api web/1'],
    spares: ['ping node/2 api', 'ping client web/1'],
  },
];

export const DOCKER_CHAINS = `ip link add docker0 type bridge
ip addr add 172.17.0.1/16 brd + dev docker0
ip link set docker0 up
iptables -N DOCKER
iptables -N DOCKER-ISOLATION-STAGE-1
iptables -N DOCKER-ISOLATION-STAGE-2
iptables -N DOCKER-USER
iptables -A FORWARD -j DOCKER-USER
iptables -A FORWARD -j DOCKER-ISOLATION-STAGE-1
iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A FORWARD -o docker0 -j DOCKER
iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables -A FORWARD -i docker0 -o docker0 -j ACCEPT
iptables -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
iptables -A DOCKER-ISOLATION-STAGE-1 -j RETURN
iptables -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
iptables -A DOCKER-ISOLATION-STAGE-2 -j RETURN
iptables -A DOCKER-USER -j RETURN
iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE`;

const SYSCTL_REAPPLIED = [
  'systemd[1]: Starting Apply Kernel Variables...',
  "systemd-sysctl[8123]: Overwriting earlier assignment of net/ipv4/tcp_syncookies in file '/etc/sysctl.d/99-baseline.conf'.",
  'systemd[1]: Started Apply Kernel Variables.',
];
