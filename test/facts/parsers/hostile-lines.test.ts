import { expect, it } from 'vitest';
import { bridgeFdb } from '../../../src/facts/parsers/bridge-fdb.js';
import { bridgeLink } from '../../../src/facts/parsers/bridge-link.js';
import { conntrack } from '../../../src/facts/parsers/conntrack.js';
import { ethtool } from '../../../src/facts/parsers/ethtool.js';
import { ipAddr } from '../../../src/facts/parsers/ip-addr.js';
import { ipLink } from '../../../src/facts/parsers/ip-link.js';
import { ipNeigh } from '../../../src/facts/parsers/ip-neigh.js';
import { ipRoute } from '../../../src/facts/parsers/ip-route.js';
import { ipRouteGet } from '../../../src/facts/parsers/ip-route-get.js';
import { ipRule } from '../../../src/facts/parsers/ip-rule.js';
import { ipset } from '../../../src/facts/parsers/ipset.js';
import { iptablesList } from '../../../src/facts/parsers/iptables-list.js';
import { iptablesSave } from '../../../src/facts/parsers/iptables-save.js';
import { netstatInterfaces } from '../../../src/facts/parsers/netstat-interfaces.js';
import { netstatSockets } from '../../../src/facts/parsers/netstat-sockets.js';
import { netstatStatistics } from '../../../src/facts/parsers/netstat-statistics.js';
import { nftRuleset } from '../../../src/facts/parsers/nft-ruleset.js';
import { nstat } from '../../../src/facts/parsers/nstat.js';
import { ss } from '../../../src/facts/parsers/ss.js';
import { sysctl } from '../../../src/facts/parsers/sysctl.js';
import { uptime } from '../../../src/facts/parsers/uptime.js';
import { parseOutput } from './parse-output.js';

const PARSERS = [
  bridgeFdb,
  bridgeLink,
  conntrack,
  ethtool,
  ipAddr,
  ipLink,
  ipNeigh,
  ipRoute,
  ipRouteGet,
  ipRule,
  ipset,
  iptablesList,
  iptablesSave,
  netstatInterfaces,
  netstatSockets,
  netstatStatistics,
  nftRuleset,
  nstat,
  ss,
  sysctl,
  uptime,
];

/** Beginnings that lead deep into each grammar, then a piece repeated a hundred thousand times. */
const BEGINNINGS = [
  '',
  '2: eth0: <UP> mtu 1500 ',
  'create x hash:ip ',
  '-A X -m comment --comment "',
  'Chain X (policy ',
  '0: from all ',
  'tcp 6 1 ESTABLISHED src=',
  'type filter hook input ',
  'up load average: ',
  'net.ipv4.a',
  'tcp LISTEN 0 1 ',
];
const PIECES = [
  'a',
  ' ',
  '1 ',
  '1.',
  'a:',
  ' up ',
  '/proc/sys/',
  'src=',
  ' dst=',
  '{ ',
  '"',
  '\\',
  '! ',
  '-m x ',
  'priority ',
  '<',
  'users:(("',
  '0.0.0.0/0 ',
  '[1:1] ',
  'policy ',
  '> mtu 1 master ',
];

it.each(PARSERS.map((parser) => [parser.id, parser] as const))(
  '%s takes linear time on hostile lines',
  (_, parser) => {
    const command = parser === ethtool ? 'ethtool -S eth0' : 'cat /proc/sys/net/x';
    const start = process.cpuUsage().user;
    for (const beginning of BEGINNINGS) {
      for (const piece of PIECES) {
        const line = beginning + piece.repeat(20_000);
        parser.recognises?.([line]);
        parseOutput(
          parser,
          command,
          `*filter\ntable ip x {\nchain y {\nChain X (1 references)\nIp:\nIface MTU RX-OK\n${line}`,
        );
      }
    }
    // 210 lines of some 100 kB: a quadratic grammar needs minutes.
    expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(20);
  },
  60_000,
);
