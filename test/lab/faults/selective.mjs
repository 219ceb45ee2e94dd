import { OUTSIDE } from '../layout.mjs';
import { podsOf } from './network.mjs';

/** Faults that let some of the traffic through: a share of the connections, so much a second, the cluster alone. */
export const selective = [
  {
    id: 'shaper-left-on-nic',
    cause: 'qdisc-shaping-drop',
    variant: 'flannel',
    // A bandwidth test of long ago.
    inject: (c) => c.on(2, 'tc qdisc add dev eth0 root tbf rate 256kbit burst 4kb latency 10ms'),
    breaks: ['big client api'],
    spares: ['ping client api', 'big client web/3', 'big client web/1'],
  },
  {
    id: 'one-of-two-uplinks-dead',
    cause: 'partial-path-loss',
    variant: 'underlay',
    beyond: true,
    // The ports of a connection choose the member of the aggregated link, and one of the two is dead.
    inject: (c) =>
      c.on(
        'fabric',
        `nft add table ip uplinks
        nft add chain ip uplinks forward '{ type filter hook forward priority 0; }'
        nft 'add rule ip uplinks forward oifname "pn-node-2" tcp sport != 0 jhash ip saddr . tcp sport . tcp dport mod 2 == 0 drop'`,
      ),
    breaks: [],
    spares: ['ping client api', 'http client web/1', 'http api web/2'],
  },
  {
    id: 'no-nat-for-pods',
    cause: 'cloud-nat-missing',
    alsoAcceptable: ['masquerade-missing'],
    variant: 'underlay',
    beyond: true,
    // The network carries pods' addresses, and nothing translates them on their way out.
    inject: (c) =>
      c.on(
        'fabric',
        [1, 2, 3]
          .flatMap((node) => podsOf(c, node))
          .flatMap(({ ip }) => Object.values({ web: OUTSIDE.web, resolver: OUTSIDE.resolver }).map((to) => [ip, to]))
          .map(([ip, to]) => `iptables -A INPUT -s ${ip} -d ${to} -j DROP`)
          .join('\n'),
      ),
    breaks: ['ping client outside', 'http client outside'],
    spares: ['ping node/3 outside', 'ping client api', 'http client svc/api'],
  },
  {
    id: 'agent-queue-without-listener',
    cause: 'security-agent-interferes',
    alsoAcceptable: ['host-firewall-drop'],
    variant: 'flannel',
    // A host security agent inspects forwarded packets in user space, and has died: the kernel drops what nobody takes.
    inject: (c) => c.on(2, 'iptables -I FORWARD 1 -j NFQUEUE --queue-num 17'),
    breaks: ['ping client api', 'http client svc/api'],
    spares: ['ping node/3 node/2', 'ping client web/1', 'ping node/2 api'],
  },
];
