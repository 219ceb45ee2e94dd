import { expect, it } from 'vitest';
import type { Parser } from '../../../src/facts/parsers/parser.js';
import { PARSERS } from '../../../src/facts/parsers/registry.js';
import { parseOutput } from './parse-output.js';

/** Parsers whose grammars have the beginnings below; `hostile-lines.test.ts` has those of ip, iptables and the like. */
const IDS = new Set(
  (
    'netstat-routes ifconfig arp brctl ipvsadm ss-summary ip-json traceroute tracepath mtr wget fping ifcfg netplan ' +
    'nm-keyfile networkd-network ifupdown top systemctl-status runtime-info cilium-status hubble flannel-subnet ' +
    'network-config-file kubelet-config cni-config cni-config-folder os-release uname lsmod selinux nmcli ' +
    'kubectl-version kube-table kube-describe system-log'
  ).split(' '),
);

const BEGINNINGS = [
  '',
  'eth0: flags=4163<UP',
  'eth0      Link encap:Ethernet ',
  '? (10.0.0.1) at ',
  ' 1  10.0.0.1 (10.0.0.1) ',
  '  1.|-- ',
  'Connecting to ',
  'Mar  1 10:00:00.123: default/a:1 -> ',
  'NAME   READY   STATUS   RESTARTS   AGE ',
  'Name:  a\nEvents:\n  Warning  Unhealthy  ',
  '[connection]\nid=',
  '{"__CURSOR":"',
  'Server Version: version.Info{',
  'network:\n  ethernets:\n    a: ',
];
const PIECES = [
  'a',
  ' ',
  '  ',
  '1 ',
  '1.',
  'a:',
  'a=',
  ' (',
  '| ',
  '{',
  '[',
  '"',
  '\\',
  ', ',
  'A ',
  '-> ',
  '()',
  '&a ',
  '- ',
];

it.each(PARSERS.filter(({ id }) => IDS.has(id)).map((parser): [string, Parser] => [parser.id, parser]))(
  '%s takes linear time on hostile lines',
  (_, parser) => {
    const start = process.cpuUsage().user;
    for (const beginning of BEGINNINGS) {
      for (const piece of PIECES) {
        const text = beginning + piece.repeat(10_000);
        parser.recognises?.(text.split('\n'));
        parseOutput(parser, 'cat /etc/x', text);
      }
    }
    // 266 texts of some 20 kB: a quadratic grammar needs minutes.
    expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(20);
  },
  60_000,
);

it('names parsers that there are', () => {
  expect([...IDS].filter((id) => !PARSERS.some((parser) => parser.id === id))).toEqual([]);
});
