import { arping } from './arping.js';
import { bgpSessions } from './bgp-sessions.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeLink } from './bridge-link.js';
import { calicoctl } from './calicoctl.js';
import { componentLog } from './component-log.js';
import { conntrack } from './conntrack.js';
import { curl } from './curl.js';
import { dig } from './dig.js';
import { ethtool } from './ethtool.js';
import { factsFile } from './facts-file.js';
import { ipAddr } from './ip-addr.js';
import { ipLink } from './ip-link.js';
import { ipNeigh } from './ip-neigh.js';
import { ipRoute } from './ip-route.js';
import { ipRouteGet } from './ip-route-get.js';
import { ipRule } from './ip-rule.js';
import { iptablesList } from './iptables-list.js';
import { iptablesSave } from './iptables-save.js';
import { kubeObjects } from './kube-objects.js';
import { netcat } from './netcat.js';
import { netstatInterfaces } from './netstat-interfaces.js';
import { netstatSockets } from './netstat-sockets.js';
import { netstatStatistics } from './netstat-statistics.js';
import { nftRuleset } from './nft-ruleset.js';
import { nslookup } from './nslookup.js';
import { nstat } from './nstat.js';
import type { Parser } from './parser.js';
import { ping } from './ping.js';
import { resolvConf } from './resolv-conf.js';
import { ss } from './ss.js';
import { sysctl } from './sysctl.js';
import { systemLog } from './system-log.js';
import { tcpdumpText } from './tcpdump-text.js';
import { uptime } from './uptime.js';

/**
 * Every parser, in the order in which they are asked. For a file that its name explains the order does not matter, only
 * one reads a command; for content that several could recognise, the narrower format stands first.
 */
export const PARSERS: readonly Parser[] = [
  ipAddr,
  ipLink,
  ipRouteGet,
  ipRoute,
  ipRule,
  ipNeigh,
  bridgeFdb,
  bridgeLink,
  sysctl,
  iptablesSave,
  iptablesList,
  nftRuleset,
  ss,
  netstatSockets,
  netstatInterfaces,
  netstatStatistics,
  nstat,
  conntrack,
  ethtool,
  uptime,
  ping,
  arping,
  curl,
  dig,
  nslookup,
  netcat,
  tcpdumpText,
  resolvConf,
  calicoctl,
  bgpSessions,
  kubeObjects,
  factsFile,
  systemLog,
  componentLog,
];
