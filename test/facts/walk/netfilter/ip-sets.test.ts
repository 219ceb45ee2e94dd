import { expect, it } from 'vitest';
import { parseNetwork } from '../../../../src/facts/derive/ipv4.js';
import type { Packet } from '../../../../src/facts/walk/packet.js';
import { chainAt, ENVIRONMENT, filterOf, packet, words } from './node-filter.js';

const SETS = `create blocked hash:ip family inet hashsize 1024 maxelem 65536 timeout 3600
add blocked 203.0.113.7 timeout 3599
create nets hash:net family inet hashsize 1024 maxelem 65536
add nets 10.244.0.0/16
add nets 192.0.2.1
add nets 10.244.9.0/24 nomatch
create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536 comment
add KUBE-CLUSTER-IP 10.96.0.10,udp:53 comment "kube-system/kube-dns:dns"
create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add KUBE-LOOP-BACK 10.244.1.5,tcp:80,10.244.1.5
create netport hash:net,port family inet hashsize 1024 maxelem 65536
add netport 10.1.0.0/16,tcp:22
create KUBE-LB-SRC hash:ip,port,net family inet hashsize 1024 maxelem 65536
add KUBE-LB-SRC 10.0.0.9,tcp:80,192.168.0.0/16
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
add KUBE-NODE-PORT-TCP 30080
create dev hash:net,iface family inet hashsize 1024 maxelem 65536
add dev 10.0.0.0/8,eth0
create six hash:net family inet6 hashsize 1024 maxelem 65536
add six fd00::/64
create masked hash:ip family inet hashsize 1024 maxelem 65536 netmask 24
add masked 10.1.2.0
create marks hash:ip,mark family inet hashsize 1024 maxelem 65536
create pings hash:ip,port family inet hashsize 1024 maxelem 65536
add pings 10.96.0.10,icmp:echo-request
create empty hash:ip family inet hashsize 1024 maxelem 65536
create any list:set size 8
add any blocked
add any nets
create circle list:set size 8
add circle circle
`;
type Sent = Parameters<typeof packet>[0];

function dropped(match: string, properties: Sent): string {
  const save = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m set ${match} -j DROP
COMMIT
`;
  const sent: Packet = packet(properties);
  if (properties?.dst?.includes('/')) sent.dst = parseNetwork(properties.dst);
  const filter = filterOf({ 'iptables-save': save, ipset_save: SETS });
  return words(chainAt(filter, 'forward', 'filter FORWARD').evaluate(sent, ENVIRONMENT));
}

it.each<[match: string, properties: Sent, expected: string]>([
  ['--match-set blocked src', { src: '203.0.113.7' }, 'drop'],
  ['--match-set blocked src', { src: '203.0.113.8' }, 'accept'],
  ['--match-set blocked dst', { src: '203.0.113.7' }, 'accept'],
  ['! --match-set blocked src', { src: '203.0.113.7' }, 'accept'],
  ['! --match-set blocked src', { src: '203.0.113.8' }, 'drop'],
  ['--match-set nets dst', { dst: '10.244.1.5' }, 'drop'],
  ['--match-set nets dst', { dst: '10.244.9.5' }, 'accept'],
  ['--match-set nets dst', { dst: '192.0.2.1' }, 'drop'],
  ['--match-set nets dst', { dst: '192.0.2.2' }, 'accept'],
  ['--match-set KUBE-CLUSTER-IP dst,dst', { dst: '10.96.0.10', proto: 'udp', dport: 53 }, 'drop'],
  ['--match-set KUBE-CLUSTER-IP dst,dst', { dst: '10.96.0.10', proto: 'tcp', dport: 53 }, 'accept'],
  ['--match-set KUBE-CLUSTER-IP dst,src', { dst: '10.96.0.10', proto: 'udp', dport: 53 }, 'accept'],
  ['--match-set KUBE-LOOP-BACK dst,dst,src', { src: '10.244.1.5' }, 'drop'],
  ['--match-set KUBE-LOOP-BACK dst,dst,src', { src: '10.244.1.6' }, 'accept'],
  ['--match-set netport dst,dst', { dst: '10.1.2.3', dport: 22 }, 'drop'],
  ['--match-set netport dst,dst', { dst: '10.2.2.3', dport: 22 }, 'accept'],
  ['--match-set KUBE-LB-SRC dst,dst,src', { dst: '10.0.0.9', src: '192.168.7.7' }, 'drop'],
  ['--match-set KUBE-LB-SRC dst,dst,src', { dst: '10.0.0.9', src: '192.169.7.7' }, 'accept'],
  ['--match-set KUBE-NODE-PORT-TCP dst', { dport: 30080 }, 'drop'],
  ['--match-set KUBE-NODE-PORT-TCP dst', { dport: 30081 }, 'accept'],
  ['--match-set KUBE-NODE-PORT-TCP dst', { proto: 'icmp' }, 'accept'],
  ['--match-set KUBE-CLUSTER-IP dst,dst', { dst: '10.96.0.10', proto: 'icmp' }, 'accept'],
  ['--match-set pings dst,dst', { dst: '10.96.0.10', proto: 'icmp' }, 'doubt: accept/drop'],
  ['--match-set pings dst,dst', { dst: '10.96.0.10', proto: 'gre' }, 'accept'],
  ['--match-set dev src,src', {}, 'drop'],
  ['--match-set dev src,src', { in: 'eth1' }, 'accept'],
  ['--match-set six src', {}, 'accept'],
  ['--match-set empty src', {}, 'accept'],
  ['--match-set any dst', { dst: '10.244.1.5' }, 'drop'],
  ['--match-set any dst', { dst: '203.0.113.7' }, 'drop'],
  ['--match-set any dst', { dst: '203.0.113.8' }, 'accept'],
  ['--match-set masked dst', { dst: '10.1.2.3' }, 'doubt: accept/drop'],
  ['--match-set marks dst,dst', {}, 'doubt: accept/drop'],
  ['--match-set circle dst', {}, 'doubt: accept/drop'],
  ['--match-set absent dst', {}, 'doubt: accept/drop'],
  ['--match-set nets dst', { dst: '10.244.0.0/15' }, 'doubt: accept/drop'],
])('%s of %o: %s', (match, properties, expected) => {
  expect(dropped(match, properties)).toBe(expected);
});
