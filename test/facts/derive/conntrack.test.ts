import { expect, test } from 'vitest';
import { conntrack } from '../../../src/facts/derive/conntrack.js';
import { derived, endpointsObject, flannelCluster, list, serviceObject } from './bundle-facts.js';

const outputs = (conntrackTable: string) => ({
  ...flannelCluster(),
  'cluster/services.json': list([serviceObject('web', '10.96.10.10', 80, 8080)]),
  'cluster/endpoints.json': list([endpointsObject('web', ['10.244.1.3', '10.244.2.3'])]),
  'nodes/n1/conntrack_-L': conntrackTable,
});
const judge = (table: string) => derived(conntrack, outputs(table)).node('n1', 'conntrack.untranslated-service');

test('a same-node connection that stays unreplied is untranslated, a replied one is not', () => {
  expect(
    judge(
      'tcp      6 57 SYN_RECV src=10.244.1.2 dst=10.96.10.10 sport=48558 dport=80 [UNREPLIED] src=10.244.1.3 dst=10.244.1.2 sport=8080 dport=48558 mark=0 use=1\n',
    ),
  ).toBe(true);
  expect(
    judge(
      'tcp      6 115 TIME_WAIT src=10.244.1.2 dst=10.96.10.10 sport=48558 dport=80 src=10.244.1.3 dst=10.244.1.2 sport=8080 dport=48558 [ASSURED] mark=0 use=1\n',
    ),
  ).toBe(false);
});

test('a pod that reaches itself and gets no reply needs the hairpin: that decides nothing', () => {
  expect(
    judge(
      'tcp      6 57 SYN_SENT src=10.244.1.3 dst=10.96.10.10 sport=48558 dport=80 [UNREPLIED] src=10.244.1.3 dst=10.244.1.3 sport=8080 dport=48558 mark=0 use=1\n',
    ),
  ).toBeUndefined();
});

test('an entry that was never translated is told', () => {
  expect(
    judge(
      'udp      17 25 src=10.244.1.2 dst=10.96.10.10 sport=41699 dport=80 [UNREPLIED] src=10.96.10.10 dst=10.244.1.2 sport=80 dport=41699 mark=0 use=1\n'.replace(
        'udp      17 25',
        'tcp      6 25 SYN_SENT',
      ),
    ),
  ).toBe(true);
});

test('a ping of a Service, a port it does not have and a remote backend decide nothing', () => {
  expect(
    judge(`icmp     1 27 src=10.244.1.2 dst=10.96.10.10 type=8 code=0 id=2 [UNREPLIED] src=10.96.10.10 dst=10.244.1.2 type=0 code=0 id=2 mark=0 use=1
tcp      6 25 SYN_SENT src=10.244.1.2 dst=10.96.10.10 sport=1 dport=81 [UNREPLIED] src=10.96.10.10 dst=10.244.1.2 sport=81 dport=1 mark=0 use=1
tcp      6 25 SYN_SENT src=10.244.1.2 dst=10.96.10.10 sport=2 dport=80 [UNREPLIED] src=10.244.2.3 dst=10.244.1.2 sport=8080 dport=2 mark=0 use=1
`),
  ).toBeUndefined();
});

test('the table is as full as its count over its maximum', () => {
  const fill = (files: Record<string, string>) =>
    derived(conntrack, { ...flannelCluster(), ...files }).node('n1', 'conntrack.fill');
  expect(
    fill({ 'nodes/n1/conntrack_-C': '262144\n', 'nodes/n1/sysctl_-a': 'net.netfilter.nf_conntrack_max = 262144\n' }),
  ).toBe(100);
  expect(
    fill({
      'nodes/n1/sysctl_-a': 'net.netfilter.nf_conntrack_count = 1893\nnet.netfilter.nf_conntrack_max = 262144\n',
    }),
  ).toBe(1);
  expect(fill({ 'nodes/n1/conntrack_-C': '262144\n' })).toBeUndefined();
});

test('drops are those beyond the losers of a race', () => {
  const dropped = (line: string) =>
    derived(conntrack, { ...flannelCluster(), 'nodes/n1/conntrack_-S': line }).node('n1', 'conntrack.dropped');
  expect(dropped('cpu=0 found=0 invalid=12 insert=0 insert_failed=913 drop=913 early_drop=0 error=0\n')).toBe(0);
  expect(dropped('cpu=0 found=0 invalid=12 insert=0 insert_failed=2 drop=5100 early_drop=9 error=0\n')).toBe(5098);
});

test('a UDP entry to an address that is no endpoint of the Service is told', () => {
  const gone = (table: string) =>
    derived(conntrack, {
      ...outputs(table),
      'cluster/services.json': list([
        serviceObject('web', '10.96.10.10', 80, 8080, {
          spec: {
            ports: [
              { port: 80, targetPort: 8080, protocol: 'TCP' },
              { port: 514, targetPort: 5514, protocol: 'UDP' },
            ],
          },
        }),
      ]),
    }).node('n1', 'conntrack.gone-backends');
  const entry = (proto: string, port: number, backend: string) =>
    `${proto} 171 src=10.244.1.2 dst=10.96.10.10 sport=40211 dport=${port} src=${backend} dst=10.244.1.2 sport=5514 dport=40211 [ASSURED] mark=0 use=1\n`;
  expect(gone(entry('udp      17', 514, '10.244.2.99'))).toEqual(['default/web -> 10.244.2.99']);
  expect(gone(entry('udp      17', 514, '10.244.2.3'))).toEqual([]);
  expect(gone(entry('tcp      6', 80, '10.244.2.99'))).toBeUndefined();
});
