import { expect, test } from 'vitest';
import { netfilter } from '../../../src/facts/derive/netfilter.js';
import { derived, flannelCluster } from './bundle-facts.js';

/** The same of Flannel's as nft prints it. */
const FLANNEL_FWD = '\t\tcounter packets 3 bytes 180 jump FLANNEL-FWD\n';

/** kube-proxy's and Flannel's rules as iptables-save prints them on a healthy node. */
const FILTER = (input: string, forward: string, policy = 'ACCEPT') => `*filter
:INPUT ACCEPT [971:552821]
:FORWARD ${policy} [0:0]
:OUTPUT ACCEPT [841:450489]
:FLANNEL-FWD - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -j KUBE-FIREWALL
${input}-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
${forward}-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-SERVICES -d 10.96.7.7/32 -p tcp -m comment --comment "default/idle has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
`;
const FLANNEL = '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD\n';
const DOCKER = `-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
`;
const DOCKER_USER = (rules: string) =>
  rules
    .replace(':KUBE-FIREWALL', ':DOCKER-USER - [0:0]\n:KUBE-FIREWALL')
    .replace('COMMIT', '-A DOCKER-USER -j RETURN\nCOMMIT');

function verdicts(save: string, cluster: Record<string, string> = {}, path = 'nodes/n1/iptables-save') {
  const facts = derived(netfilter, { ...flannelCluster(), [path]: save }, cluster);
  return {
    forward: facts.node('n1', 'netfilter.forward-verdict'),
    by: facts.node('n1', 'netfilter.forward-by'),
    input: facts.node('n1', 'netfilter.input-verdict'),
    tunnel: facts.node('n1', 'netfilter.tunnel-verdict'),
    nodeport: facts.node('n1', 'netfilter.nodeport-verdict'),
    rule: facts.node('n1', 'netfilter.deciding-rule'),
    facts,
  };
}

test('a healthy node accepts what pods need', () => {
  expect(verdicts(FILTER('', FLANNEL))).toMatchObject({
    forward: 'accept',
    by: 'rule',
    input: 'accept',
    tunnel: 'accept',
    nodeport: 'accept',
    rule: undefined,
  });
});

test("Docker's policy of DROP is no fault where the CNI accepts pods, and one where nobody does", () => {
  expect(verdicts(DOCKER_USER(FILTER('', DOCKER + FLANNEL, 'DROP')))).toMatchObject({ forward: 'accept', by: 'rule' });
  expect(verdicts(DOCKER_USER(FILTER('', DOCKER, 'DROP')))).toMatchObject({
    forward: 'drop',
    by: 'policy',
    rule: '-P FORWARD DROP',
    input: 'accept',
  });
});

test('a REJECT at the end of INPUT and FORWARD is named with its line', () => {
  const reject = (chain: string) => `-A ${chain} -m state --state RELATED,ESTABLISHED -j ACCEPT
-A ${chain} -i lo -j ACCEPT
-A ${chain} -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A ${chain} -j REJECT --reject-with icmp-host-prohibited
`;
  const found = verdicts(FILTER(reject('INPUT'), reject('FORWARD')));
  expect(found).toMatchObject({ forward: 'reject', by: 'rule', input: 'reject', tunnel: 'reject' });
  expect(found.rule).toBe('-A FORWARD -j REJECT --reject-with icmp-host-prohibited');
  expect(found.facts.source('n1', 'netfilter.input-verdict')).toBe('nodes/n1/iptables-save:13');
});

test('one direction that is dropped is enough', () => {
  expect(verdicts(FILTER('', '-A FORWARD -i flannel.1 -o cni0 -j DROP\n')).forward).toBe('drop');
});

test('a rule on the tunnel port alone cuts the tunnel and nothing else', () => {
  expect(verdicts(FILTER('-A INPUT -p udp -m udp --dport 8472 -j DROP\n', FLANNEL))).toMatchObject({
    forward: 'accept',
    input: 'accept',
    tunnel: 'drop',
  });
});

test('a match that cannot be told leaves a maybe, never a drop', () => {
  const bySet = '-A FORWARD -m set --match-set blocked src -j DROP\n';
  expect(verdicts(FILTER('', bySet + FLANNEL)).forward).toBe('maybe');
  expect(verdicts(FILTER('', '-A FORWARD -j MISSING-CHAIN\n', 'DROP')).forward).toBe('maybe');
});

test('rules for other networks and devices do not touch pods', () => {
  const others = `-A FORWARD -s 172.16.0.0/12 -j DROP
-A FORWARD -i virbr0 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD ! -i eth+ -o virbr0 -j DROP
-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP
`;
  expect(verdicts(FILTER('', others + FLANNEL)).forward).toBe('accept');
});

test("Calico's chains accept by mark, and a drop of its own chains is no firewall's", () => {
  const calico = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:cali-FORWARD - [0:0]
:cali-from-wl-dispatch - [0:0]
:cali-to-wl-dispatch - [0:0]
:cali-fw-cali77a0c2b1d3f - [0:0]
:cali-tw-cali77a0c2b1d3f - [0:0]
:cali-pri-kns.default - [0:0]
-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
-A FORWARD -m comment --comment "cali:S93hcgKJrXEqnTfs" -m mark --mark 0x10000/0x10000 -j ACCEPT
-A cali-FORWARD -m comment --comment "cali:vjrMJCRpqwy5oRoX" -j MARK --set-xmark 0x0/0xe0000
-A cali-FORWARD -i cali+ -m comment --comment "cali:8ZoYfO5HKXWbB3pk" -j cali-from-wl-dispatch
-A cali-FORWARD -o cali+ -m comment --comment "cali:jdEuaPBe14V2hutn" -j cali-to-wl-dispatch
-A cali-from-wl-dispatch -i cali77a0c2b1d3f -m comment --comment "cali:a" -g cali-fw-cali77a0c2b1d3f
-A cali-from-wl-dispatch -m comment --comment "cali:b" -m comment --comment "Unknown interface" -j DROP
-A cali-to-wl-dispatch -o cali77a0c2b1d3f -m comment --comment "cali:c" -g cali-tw-cali77a0c2b1d3f
-A cali-to-wl-dispatch -m comment --comment "cali:d" -m comment --comment "Unknown interface" -j DROP
-A cali-fw-cali77a0c2b1d3f -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A cali-fw-cali77a0c2b1d3f -m conntrack --ctstate INVALID -j DROP
-A cali-fw-cali77a0c2b1d3f -j MARK --set-xmark 0x0/0x10000
-A cali-fw-cali77a0c2b1d3f -p udp -m multiport --dports 4789 -j DROP
-A cali-fw-cali77a0c2b1d3f -j cali-pri-kns.default
-A cali-fw-cali77a0c2b1d3f -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-fw-cali77a0c2b1d3f -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-tw-cali77a0c2b1d3f -j MARK --set-xmark 0x0/0x10000
-A cali-tw-cali77a0c2b1d3f -j cali-pri-kns.default
-A cali-tw-cali77a0c2b1d3f -m mark --mark 0x10000/0x10000 -j RETURN
-A cali-tw-cali77a0c2b1d3f -m comment --comment "Drop if no profiles matched" -j DROP
-A cali-pri-kns.default -j MARK --set-xmark 0x10000/0x10000
COMMIT
`;
  const outputs = (interfaceName: string) => ({
    'nodes/n1/iptables-save': calico,
    'nodes/n1/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP
    inet 10.12.1.17/22 brd 10.12.3.255 scope global eth0
5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN
    inet 172.17.200.64/32 scope global tunl0
9: ${interfaceName}@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1480 qdisc noqueue state UP
`,
    'nodes/n1/ip_route': `default via 10.12.0.1 dev eth0
172.16.206.192/26 via 10.12.2.40 dev tunl0 proto bird onlink
blackhole 172.17.200.64/26 proto bird
172.17.200.71 dev ${interfaceName} scope link
`,
  });
  expect(derived(netfilter, outputs('cali77a0c2b1d3f')).node('n1', 'netfilter.forward-verdict')).toBe('accept');
  expect(derived(netfilter, outputs('cali0000000000a')).node('n1', 'netfilter.forward-verdict')).toBe('maybe');
});

test('iptables-save is preferred to the listing, and a listing without interfaces decides nothing', () => {
  const listing = `Chain INPUT (policy ACCEPT)
target     prot opt source               destination

Chain FORWARD (policy ACCEPT)
target     prot opt source               destination
DROP       all  --  0.0.0.0/0            0.0.0.0/0
`;
  expect(verdicts(listing, {}, 'nodes/n1/iptables_-nL').forward).toBe('maybe');
  const both = derived(netfilter, {
    ...flannelCluster(),
    'nodes/n1/iptables-save': FILTER('', FLANNEL),
    'nodes/n1/iptables_-nL': listing,
  });
  expect(both.node('n1', 'netfilter.forward-verdict')).toBe('accept');
});

test('no rules known, no verdict', () => {
  const facts = derived(netfilter, flannelCluster());
  expect(facts.node('n1', 'netfilter.forward-verdict')).toBeUndefined();
  expect(facts.node('n1', 'netfilter.pods-masqueraded')).toBeUndefined();
});

const NAT = (postrouting: string) => `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-POSTROUTING - [0:0]
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
${postrouting}COMMIT
`;

test('an older KUBE-POSTROUTING keeps the mark, a newer one clears it', () => {
  const older = `-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark 0x4000/0x4000 -j MASQUERADE\n`;
  const newer = `-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
`;
  const keeps = (rules: string) => verdicts(NAT(rules)).facts.node('n1', 'netfilter.masquerade-keeps-mark');
  expect(keeps(older)).toBe(true);
  expect(keeps(newer)).toBe(false);
  expect(keeps('')).toBeUndefined();
});

test('pods that leave the pod network are masqueraded or not', () => {
  const masquerade = `-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN
-A POSTROUTING -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE
`;
  const value = (rules: string, cluster: Record<string, string> = {}) =>
    verdicts(NAT(rules), cluster).facts.node('n1', 'netfilter.pods-masqueraded');
  expect(value(masquerade)).toBe(true);
  expect(value('')).toBe(false);
  expect(value(masquerade.replaceAll('10.244', '10.99'))).toBe(false);
  expect(
    value(
      '-A POSTROUTING -m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE\n',
    ),
  ).toBe(true);
  expect(value('', { cni: 'cilium' })).toBeUndefined();
});

test('a native table that drops in its base chain counts, one of kube-proxy does not', () => {
  const native = (body: string) => `table inet hardening {
	chain forward {
		type filter hook forward priority filter; policy accept;
${body}	}
}
`;
  const verdict = (ruleset: string) =>
    derived(netfilter, { ...flannelCluster(), 'nodes/n1/nft_list_ruleset': ruleset }).node(
      'n1',
      'netfilter.forward-verdict',
    );
  expect(verdict(native('		ct state established,related accept\n		counter packets 9 bytes 540 drop\n'))).toBe(
    'drop',
  );
  expect(verdict(native('		ip saddr 10.0.0.0/8 accept\n		drop\n'))).toBeUndefined();
  expect(verdict(native('		ip saddr 10.66.0.0/16 accept\n		drop\n'))).toBe('drop');
  expect(verdict(native('		ip saddr 10.66.0.0/16 drop\n'))).toBeUndefined();
  expect(verdict(native('		drop\n').replace('hardening', 'kube-proxy'))).toBeUndefined();
});

test('rules of both backends stand side by side', () => {
  const rules = FILTER('', FLANNEL);
  const empty = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\nCOMMIT\n';
  const both = (legacy: string, nft: string) =>
    derived(netfilter, {
      ...flannelCluster(),
      'nodes/n1/iptables-legacy-save': legacy,
      'nodes/n1/iptables-nft-save': nft,
    }).node('n1', 'netfilter.both-backends');
  expect(both(rules, rules)).toBe(true);
  expect(both(rules, empty)).toBe(false);
});

test('chains that jump to each other end', () => {
  const loop =
    '*filter\n:FORWARD ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n-A FORWARD -j A\n-A A -j B\n-A A -j B\n-A B -j A\n-A B -j A\nCOMMIT\n';
  expect(verdicts(loop).forward).toBe('maybe');
});

test('whether an engine that enforces NetworkPolicies is there is told by its chains, for CNIs that use iptables', () => {
  const engine = (save: string, cni: string | undefined) =>
    derived(netfilter, { ...flannelCluster(), 'nodes/n1/iptables-save': save }, cni === undefined ? {} : { cni }).node(
      'n1',
      'netfilter.policy-engine',
    );
  const plain = FILTER('', FLANNEL);
  expect(engine(plain, 'flannel')).toBe(false);
  expect(engine(plain.replace(':KUBE-FORWARD', ':KUBE-ROUTER-FORWARD - [0:0]\n:KUBE-FORWARD'), 'flannel')).toBe(true);
  expect(engine(plain, 'cilium')).toBeUndefined();
  expect(engine(plain, undefined)).toBeUndefined();
});

test('a rule against ping alone is told from one that drops all, and from one that drops other ICMP', () => {
  const drops = (input: string) => verdicts(FILTER(input, FLANNEL)).facts.node('n1', 'netfilter.drops-ping-alone');
  expect(drops('-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP\n')).toBe(true);
  expect(drops('-A INPUT -p icmp -j REJECT --reject-with icmp-host-prohibited\n')).toBe(true);
  expect(drops('-A INPUT -p icmp -m icmp --icmp-type 13 -j DROP\n')).toBe(false);
  expect(drops('-A INPUT ! -i lo -j REJECT --reject-with icmp-host-prohibited\n')).toBe(false);
  expect(drops('-A INPUT -s 10.244.0.0/16 -p icmp -m icmp --icmp-type 8 -j DROP\n')).toBe(false);
  expect(drops('')).toBe(false);
});

test('kube-proxy marks for a rule that masquerades, which may be missing', () => {
  const rules = (postrouting: string) =>
    verdicts(NAT(`:KUBE-SEP-23NJSXDYUSXY5E7Q - [0:0]\n${postrouting}`)).facts.node(
      'n1',
      'netfilter.services-masqueraded',
    );
  expect(rules('-A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE\n')).toBe(true);
  expect(rules('')).toBe(false);
  // Without kube-proxy's own chains nothing is marked.
  expect(verdicts(NAT('')).facts.node('n1', 'netfilter.services-masqueraded')).toBeUndefined();
});

test('a rule for one direction without a state cuts the flows whose requests or replies go there', () => {
  const { facts } = verdicts(FILTER('', `-A FORWARD -i cni0 -o flannel.1 -j DROP\n${FLANNEL}`));
  expect(facts.node('n1', 'netfilter.pods-to-peers')).toBe('drop');
  expect(facts.node('n1', 'netfilter.peers-to-pods')).toBe('accept');
  expect(facts.node('n1', 'netfilter.pods-outside')).toBe('accept');
  // Where nothing that is known comes first, the replies to peers are dropped as well.
  const first = FILTER('', FLANNEL).replace('-A FORWARD', '-A FORWARD -i cni0 -o flannel.1 -j DROP\n-A FORWARD');
  expect(verdicts(first).facts.node('n1', 'netfilter.peers-to-pods')).toBe('drop');
});

test('a rule for the first packet of connections is met by what begins one', () => {
  const raw = (match: string) =>
    `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp -m tcp --dport 30000:32767 ${match} -j DROP\nCOMMIT\n`;
  const nodeport = (match: string) => verdicts(raw(match) + FILTER('', FLANNEL)).nodeport;
  expect(nodeport('--tcp-flags FIN,SYN,RST,ACK SYN')).toBe('drop');
  expect(nodeport('! --tcp-flags FIN,SYN,RST,ACK SYN')).toBe('accept');
});

test('a native table that accepts other devices alone and denies the rest drops', () => {
  const ruleset = `table inet hardening {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "docker0" accept
	}
}
`;
  const judge = (text: string) =>
    derived(netfilter, {
      ...flannelCluster(),
      'nodes/n1/iptables-save': FILTER('', FLANNEL),
      'nodes/n1/nft_list_ruleset': text,
    });
  expect(judge(ruleset).node('n1', 'netfilter.forward-verdict')).toBe('drop');
  expect(judge(ruleset).node('n1', 'netfilter.forward-by')).toBe('rule');
  // Pods are let out, and nobody in.
  const out = judge(ruleset.replace('"docker0"', '"cni0"'));
  expect([out.node('n1', 'netfilter.pods-to-peers'), out.node('n1', 'netfilter.peers-to-pods')]).toEqual([
    'accept',
    'drop',
  ]);
});

test('jumps of a native table are followed, as those of firewalld', () => {
  const firewalld = (zone: string) => `table inet firewalld {
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		iifname "lo" accept
		jump filter_INPUT_ZONES
		ct state invalid drop
		reject with icmpx admin-prohibited
	}
	chain filter_INPUT_ZONES {
${zone}		iifname "eth0" goto filter_IN_public
		goto filter_IN_public
	}
	chain filter_IN_trusted {
		accept
	}
	chain filter_IN_public {
		tcp dport 22 ct state { new, untracked } accept
		meta l4proto { icmp, ipv6-icmp } accept
	}
}
`;
  const judged = (zone: string) => {
    const facts = derived(netfilter, {
      ...flannelCluster(),
      'nodes/n1/iptables-save': FILTER('', FLANNEL),
      'nodes/n1/nft_list_ruleset': firewalld(zone),
    });
    return ['input-verdict', 'tunnel-verdict', 'deciding-rule'].map((name) => facts.node('n1', `netfilter.${name}`));
  };
  const rejecting = 'inet firewalld filter_INPUT: reject with icmpx admin-prohibited';
  expect(judged('')).toEqual(['reject', 'reject', rejecting]);
  // What other nodes send through the tunnel has no pod's address on the outside.
  expect(judged('		ip saddr 10.244.0.0/16 goto filter_IN_trusted\n')).toEqual(['accept', 'reject', rejecting]);
});

test("iptables-nft's tables are judged by what nft prints of them where no iptables-save is there", () => {
  const ruleset = (rule: string, forward = FLANNEL_FWD) => `table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
${rule}		counter packets 9 bytes 540 jump KUBE-FIREWALL
	}
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
${forward}	}
	chain FLANNEL-FWD {
		ip saddr 10.244.0.0/16 counter packets 182 bytes 89407 accept
		ip daddr 10.244.0.0/16 counter packets 0 bytes 0 accept
	}
	chain KUBE-FIREWALL {
	}
}
`;
  const judged = (printed: string, more: Record<string, string> = {}) => {
    const facts = derived(netfilter, {
      ...flannelCluster(),
      'nodes/n1/nft_list_ruleset': printed,
      ...more,
    });
    return ['input-verdict', 'forward-verdict', 'forward-by'].map((name) => facts.node('n1', `netfilter.${name}`));
  };
  const drop = '		ip saddr 10.244.0.0/16 counter packets 111 bytes 7504 drop\n';
  expect(judged(ruleset(''))).toEqual(['accept', 'accept', 'rule']);
  expect(judged(ruleset(drop))).toEqual(['drop', 'accept', 'rule']);
  expect(judged(ruleset('', ''))).toEqual(['accept', 'drop', 'policy']);
  // What iptables-save shows in full is not judged a second time.
  expect(judged(ruleset(drop), { 'nodes/n1/iptables-save': FILTER('', FLANNEL) })[0]).toBe('accept');
});

test('a filter with too much in doubt to follow is a maybe', () => {
  const doubts = '-A FORWARD -m string --string x --algo bm -j MARK --set-xmark 0x1/0x0\n'.repeat(2000);
  expect(verdicts(FILTER('', `${doubts}${FLANNEL}`)).forward).toBe('maybe');
});

test('a set that holds the pods decides as an address would', () => {
  const forward = '-A FORWARD -m set --match-set pods src -j DROP\n-A FORWARD -j ACCEPT\n';
  const sets = (network: string) =>
    derived(netfilter, {
      ...flannelCluster(),
      'nodes/n1/iptables-save': FILTER('', forward),
      'nodes/n1/ipset_save': `create pods hash:net family inet\nadd pods ${network}\n`,
    }).node('n1', 'netfilter.forward-verdict');
  expect(sets('10.244.0.0/16')).toBe('drop');
  expect(verdicts(FILTER('', forward)).forward).toBe('maybe');
});
