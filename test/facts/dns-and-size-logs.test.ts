import { expect, test } from 'vitest';
import { loadRulebookFolder } from '../../src/engine/rulebook/load.js';
import { logPatternsOf } from '../../src/engine/rulebook/log-patterns.js';

const rulebook = loadRulebookFolder('rules').rulebook!;
const patterns = new Map(logPatternsOf(rulebook).map((pattern) => [pattern.fact, pattern.pattern]));

/** Lines as the programs write them. */
const SAID: readonly [string, string][] = [
  ['log.dns-corefile-error', "/etc/coredns/Corefile:10 - Error during parsing: Unknown directive 'proxy'"],
  ['log.dns-corefile-error', "plugin/kubernetes: unknown property 'upstream'"],
  ['log.dns-port-denied', 'Listen: listen tcp :53: bind: permission denied'],
  [
    'log.dns-forbidden',
    'E0312 09:01:02.1 1 reflector.go:153] Failed to list *v1.EndpointSlice: endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:kube-system:coredns" cannot list resource "endpointslices"',
  ],
  ['log.dns-not-synced', '[INFO] plugin/ready: Still waiting on: "kubernetes"'],
  ['log.dns-not-synced', '[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API'],
  ['log.dns-out-of-memory', 'Memory cgroup out of memory: Killed process 2217 (coredns) total-vm:746292kB'],
  ['log.dns-answer-too-large', '[ERROR] plugin/errors: 2 big.example. A: dns: overflowing header size'],
  [
    'log.resolved-degraded',
    'systemd-resolved[712]: Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 10.0.0.2.',
  ],
  [
    'log.dns-search-limit',
    'Warning DNSConfigForming pod/a Search Line limits were exceeded, some search paths have been omitted, the applied search line is: a.svc.cluster.local',
  ],
  [
    'log.dns-nameserver-limit',
    'Warning DNSConfigForming pod/a Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.0.0.2',
  ],
  [
    'log.dns-search-expanded',
    '[INFO] 10.1.4.2:46702 - 5081 "AAAA IN hooks.example.com.ns.svc.cluster.local. udp 58 false 512" NXDOMAIN qr,aa,rd 151 0.0001s',
  ],
  [
    'log.dns-wildcard-answered',
    '[INFO] 10.1.4.2:46702 - 5081 "A IN hooks.example.com.corp.brightmill.io. udp 58 false 512" NOERROR qr,rd,ra 151 0.01s',
  ],
  ['log.node-local-dns-cannot-bind', 'Listen: listen udp 169.254.20.10:53: bind: cannot assign requested address'],
  [
    'log.node-local-dns-setup-failed',
    "[ERROR] Error checking/adding iptables rule {raw PREROUTING [-p tcp -d 169.254.20.10 --dport 53 -j NOTRACK]}, error - iptables: can't initialize iptables table `raw': Table does not exist",
  ],
  [
    'log.node-local-dns-loop',
    '[FATAL] plugin/loop: Loop (169.254.20.10:41121 -> 169.254.20.10:53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting',
  ],
  [
    'log.node-local-dns-upstream-timeout',
    '[ERROR] plugin/errors: 2 web.d.svc.cluster.local. A: dial tcp 10.96.123.4:53: i/o timeout',
  ],
  ['log.node-local-dns-corefile-error', "plugin/forward: not an IP address or file: '__PILLAR__CLUSTER__DNS__'"],
  ['log.node-local-dns-out-of-memory', 'Memory cgroup out of memory: Killed process 48211 (node-cache) total-vm:7kB'],
  [
    'log.node-local-dns-probe-failed',
    'Liveness probe failed: Get "http://169.254.20.10:8080/health": dial tcp 169.254.20.10:8080: connect: connection refused',
  ],
  [
    'log.node-local-dns-refuses',
    'dial tcp: lookup web.d on 169.254.20.10:53: read udp 10.1.0.4:4031->169.254.20.10:53: read: connection refused',
  ],
  ['log.hw-csum-failure', '[  812.1] eth0: hw csum failure'],
  ['log.bad-segmentation', '[91233.1] net eth0: bad gso: type: 1, size: 1398'],
  ['log.bad-segmentation', 'TCP: eth0: Driver has suspect GRO implementation, TCP performance may be compromised.'],
  ['log.over-mtu-dropped', 'openvswitch: ovs-system: dropped over-mtu packet: 1508 > 1500'],
  ['log.tls-handshake-timeout', 'Get "https://a.example/": net/http: TLS handshake timeout'],
];

test.each(SAID)('%s is found in the line that tells it', (fact, line) => {
  expect(patterns.get(fact)?.test(line)).toBe(true);
});

/** Lines of health, and of other faults, that look like it. */
const NOT: readonly [string, string][] = [
  ['log.dns-port-denied', 'Listen: listen tcp :8080: bind: address already in use'],
  [
    'log.dns-search-expanded',
    '[INFO] 10.1.4.2:4 - 8 "A IN web.d.svc.cluster.local. udp 41 false 512" NXDOMAIN qr 1 0s',
  ],
  [
    'log.dns-wildcard-answered',
    '[INFO] 10.1.4.2:4 - 8 "A IN www.sina.com.cn. udp 33 false 512" NOERROR qr,rd,ra 151 0.01s',
  ],
  [
    'log.dns-wildcard-answered',
    '[INFO] 10.1.4.2:4 - 8 "A IN hooks.example.com. udp 33 false 512" NOERROR qr,rd,ra 151 0.01s',
  ],
  ['log.node-local-dns-refuses', 'lookup metadata on 169.254.169.254:53: read: connection refused'],
  ['log.dns-nameserver-limit', 'Search Line limits were exceeded, some search paths have been omitted'],
];

test.each(NOT)('%s is not found in a line of something else', (fact, line) => {
  expect(patterns.get(fact)?.test(line)).toBe(false);
});
