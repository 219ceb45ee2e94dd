import { flannelNodes } from './flannel-nodes.js';
import { kubeProxySave, type ProxyOptions } from './kube-proxy-rules.js';
import { lines } from './node-outputs.js';
import type { Outputs, Scenario } from './scenario.js';

/** A cluster in which n2's packet filter has more than kube-proxy's rules. */
const onN2 = (proxy: ProxyOptions): Outputs => flannelNodes({ save: (n) => kubeProxySave([], n === 2 ? proxy : {}) });

/** n2 with a table of nftables beside kube-proxy's rules. */
const nftOnN2 = (ruleset: readonly string[]): Outputs =>
  flannelNodes({
    save: () => kubeProxySave([]),
    more: (n): Outputs => (n === 2 ? { nft_list_ruleset: lines(ruleset) } : {}),
  });

const flow = { from: 'pod/default/a', to: '10.244.2.2:8080' };
const UFW = [
  'ufw-before-forward',
  'ufw-after-forward',
  'ufw-user-forward',
  'ufw-reject-forward',
  'ufw-user-input',
  'ufw-before-input',
];
const ufw = (user: readonly string[] = []): ProxyOptions => ({
  forwardPolicy: 'DROP',
  inputPolicy: 'DROP',
  chains: { filter: UFW },
  after: {
    filter: [
      '-A INPUT -j ufw-before-input',
      '-A INPUT -j ufw-user-input',
      '-A FORWARD -j ufw-before-forward',
      '-A FORWARD -j ufw-after-forward',
      '-A FORWARD -j ufw-reject-forward',
      '-A ufw-before-input -i lo -j ACCEPT',
      '-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT',
      '-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A ufw-before-forward -p icmp -m icmp --icmp-type 8 -j ACCEPT',
      '-A ufw-before-forward -j ufw-user-forward',
      '-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT',
      ...user,
    ],
  },
});
const VXLAN_IN = '-A ufw-user-input -p udp -m udp --dport 8472 -j ACCEPT';

const firewalldForward = (zone: readonly string[]): string[] => [
  'table inet firewalld {',
  '\tchain filter_FORWARD {',
  '\t\ttype filter hook forward priority filter + 10; policy accept;',
  '\t\tct state { established, related } accept',
  '\t\tct status dnat accept',
  '\t\tiifname "lo" accept',
  '\t\tct state invalid drop',
  '\t\tjump filter_FORWARD_ZONES',
  '\t\treject with icmpx admin-prohibited',
  '\t}',
  '\tchain filter_FORWARD_ZONES {',
  '\t\tiifname "eth0" goto filter_FWD_public',
  ...zone,
  '\t}',
  '\tchain filter_FWD_public {',
  '\t\tmeta l4proto { icmp, ipv6-icmp } accept',
  '\t}',
  '}',
];

export const firewalls: readonly Scenario[] = [
  {
    name: 'ufw drops the tunnel that no rule lets in',
    files: onN2(ufw()),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /INPUT policy DROP/ },
  },
  {
    name: 'ufw that lets the tunnel in drops what is forwarded',
    files: onN2(ufw([VXLAN_IN])),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /FORWARD policy DROP/ },
  },
  {
    name: 'ufw lets a ping through that is forwarded',
    files: onN2(ufw([VXLAN_IN])),
    from: 'pod/default/a',
    to: '10.244.2.2/icmp',
    expect: { verdict: 'delivered' },
  },
  {
    name: "ufw with a rule for the pods' network lets them through",
    files: onN2(ufw([VXLAN_IN, '-A ufw-user-forward -s 10.244.0.0/16 -d 10.244.0.0/16 -j ACCEPT'])),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'firewalld rejects what a device without a zone forwards',
    files: nftOnN2(firewalldForward([])),
    unhinted: ['nodes/n2/nft_list_ruleset'],
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-reject', by: /admin-prohibited/ },
  },
  {
    name: "firewalld with the pods' devices in the trusted zone lets them through",
    files: nftOnN2(firewalldForward(['\t\tiifname "flannel.1" accept', '\t\tiifname "cni0" accept'])),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'an accept of iptables does not save what firewalld rejects after it',
    files: flannelNodes({
      save: (n) => kubeProxySave([], n === 2 ? { before: { filter: ['-A FORWARD -s 10.244.0.0/16 -j ACCEPT'] } } : {}),
      more: (n): Outputs => (n === 2 ? { nft_list_ruleset: lines(firewalldForward([])) } : {}),
    }),
    unhinted: ['nodes/n2/nft_list_ruleset'],
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-reject' },
  },
  {
    name: "Docker's FORWARD policy drops what no rule of flannel accepts",
    files: onN2({
      forwardPolicy: 'DROP',
      chains: { filter: ['DOCKER', 'DOCKER-USER', 'DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2'] },
      after: {
        filter: [
          '-A FORWARD -j DOCKER-USER',
          '-A FORWARD -j DOCKER-ISOLATION-STAGE-1',
          '-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
          '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
          '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
          '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
          '-A DOCKER-USER -j RETURN',
        ],
      },
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /FORWARD policy DROP/ },
  },
  {
    name: "Docker's FORWARD policy spares what FLANNEL-FWD accepts",
    files: onN2({
      forwardPolicy: 'DROP',
      chains: { filter: ['FLANNEL-FWD'] },
      after: {
        filter: [
          '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
          '-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
          '-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
        ],
      },
    }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'a drop behind a match that is not known may drop, and names the rule',
    files: onN2({ before: { filter: ['-A FORWARD -d 10.244.2.2/32 -m geoip --source-country ZZ -j DROP'] } }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2', by: /geoip/ },
  },
  {
    name: 'a drop behind a match that is not known spares another address',
    files: onN2({ before: { filter: ['-A FORWARD -d 10.244.2.3/32 -m geoip --source-country ZZ -j DROP'] } }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'a drop behind a limit may drop',
    files: onN2({ before: { filter: ['-A FORWARD -d 10.244.2.2/32 -m limit --limit 5/min -j DROP'] } }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2', by: /limit/ },
  },
  {
    name: 'a log behind a limit decides nothing',
    files: onN2({ before: { filter: ['-A FORWARD -m limit --limit 5/min -j LOG --log-prefix "x DROP "'] } }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'an accept that may match before a policy that drops leaves it open',
    files: onN2({
      forwardPolicy: 'DROP',
      after: { filter: ['-A FORWARD -s 10.244.0.0/16 -m time --timestart 08:00:00 --timestop 18:00:00 -j ACCEPT'] },
    }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2', by: /timestart/ },
  },
  {
    name: 'an accept that may match before a drop of all leaves the drop of another address certain',
    files: onN2({
      forwardPolicy: 'DROP',
      after: { filter: ['-A FORWARD -s 10.245.0.0/16 -m time --timestart 08:00:00 --timestop 18:00:00 -j ACCEPT'] },
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop' },
  },
  {
    name: 'a jump to a chain that the output lacks leaves it open',
    files: onN2({ before: { filter: ['-A FORWARD -j SITE-RULES'] } }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2', by: /SITE-RULES/ },
  },
  {
    name: 'a rule that half of the packets meet and that drops varies',
    files: onN2({
      before: { filter: ['-A FORWARD -d 10.244.2.2/32 -m statistic --mode random --probability 0.5 -j DROP'] },
    }),
    ...flow,
    expect: { verdict: 'varies', at: 'node/n2' },
  },
  {
    name: 'a drop that is drawn and may match besides is no certain one',
    files: onN2({
      chains: { filter: ['DRAWN'] },
      before: {
        filter: [
          '-A FORWARD -m statistic --mode random --probability 0.5 -j DRAWN',
          '-A DRAWN -m geoip --source-country ZZ -j DROP',
        ],
      },
    }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2' },
  },
  {
    name: 'what a legacy table drops is dropped whatever the other one accepts',
    files: flannelNodes({
      save: (n) => (n === 2 ? null : kubeProxySave([])),
      more: (n): Outputs =>
        n === 2
          ? {
              'iptables-nft-save': kubeProxySave([]),
              'iptables-legacy-save': lines([
                '*filter',
                ':INPUT ACCEPT [0:0]',
                ':FORWARD DROP [0:0]',
                ':OUTPUT ACCEPT [0:0]',
                'COMMIT',
              ]),
            }
          : {},
    }),
    unhinted: ['nodes/n2/iptables-legacy-save'],
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /FORWARD policy DROP/ },
  },
  {
    name: 'same-node traffic meets a FORWARD policy that drops where bridges call iptables',
    files: flannelNodes({ save: () => kubeProxySave([], { forwardPolicy: 'DROP' }) }),
    from: 'pod/default/a',
    to: '10.244.1.3:8080',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'netfilter-drop' },
  },
  {
    name: 'same-node traffic passes a FORWARD policy that drops where bridges do not call iptables',
    files: flannelNodes({
      save: () => kubeProxySave([], { forwardPolicy: 'DROP' }),
      sysctls: () => ({ 'net.bridge.bridge-nf-call-iptables': 0 }),
    }),
    from: 'pod/default/a',
    to: '10.244.1.3:8080',
    expect: { verdict: 'delivered' },
  },
];
