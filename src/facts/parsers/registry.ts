import { arp } from './arp.js';
import { arping } from './arping.js';
import { bgpSessions } from './bgp-sessions.js';
import { bonding } from './bonding.js';
import { brctl } from './brctl.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeLink } from './bridge-link.js';
import { calicoctl } from './calicoctl.js';
import { ciliumEncrypt } from './cilium-encrypt.js';
import { ciliumMetrics } from './cilium-metrics.js';
import { ciliumStatus } from './cilium-status.js';
import { cniConfig } from './cni-config.js';
import { cniConfigFolder } from './cni-config-folder.js';
import { componentLog } from './component-log.js';
import { conntrack } from './conntrack.js';
import { corednsMetrics } from './coredns-metrics.js';
import { cpuStat } from './cpu-stat.js';
import { curl } from './curl.js';
import { dig } from './dig.js';
import { ethtool } from './ethtool.js';
import { factsFile } from './facts-file.js';
import { flannelSubnet } from './flannel-subnet.js';
import { fping } from './fping.js';
import { hubble } from './hubble.js';
import { ifcfg } from './ifcfg.js';
import { ifconfig } from './ifconfig.js';
import { ifupdown } from './ifupdown.js';
import { ipAddr } from './ip-addr.js';
import { ipJson } from './ip-json.js';
import { ipLink } from './ip-link.js';
import { ipNeigh } from './ip-neigh.js';
import { ipRoute } from './ip-route.js';
import { ipRouteGet } from './ip-route-get.js';
import { ipRule } from './ip-rule.js';
import { ipXfrm } from './ip-xfrm.js';
import { ipset } from './ipset.js';
import { iptablesList } from './iptables-list.js';
import { iptablesSave } from './iptables-save.js';
import { ipvsTimeout } from './ipvs-timeout.js';
import { ipvsadm } from './ipvsadm.js';
import { kubeDescribe } from './kube-describe.js';
import { kubeObjects } from './kube-objects.js';
import { kubeTable } from './kube-table.js';
import { kubectlVersion } from './kubectl-version.js';
import { kubeletConfig } from './kubelet-config.js';
import { lbHealth } from './lb-health.js';
import { lsmod } from './lsmod.js';
import { mtr } from './mtr.js';
import { netcat } from './netcat.js';
import { netnsList } from './netns-list.js';
import { netplan } from './netplan.js';
import { netstatInterfaces } from './netstat-interfaces.js';
import { netstatRoutes } from './netstat-routes.js';
import { netstatSockets } from './netstat-sockets.js';
import { netstatStatistics } from './netstat-statistics.js';
import { networkConfigFile } from './network-config-file.js';
import { networkdNetwork } from './networkd-network.js';
import { nfnetlinkQueue } from './nfnetlink-queue.js';
import { nftJson } from './nft-json.js';
import { nftRuleset } from './nft-ruleset.js';
import { nmKeyfile } from './nm-keyfile.js';
import { nmcli } from './nmcli.js';
import { nslookup } from './nslookup.js';
import { nstat } from './nstat.js';
import { openssl } from './openssl.js';
import { osRelease } from './os-release.js';
import { packageList } from './package-list.js';
import type { Parser } from './parser.js';
import { ping } from './ping.js';
import { podnetProbe } from './podnet-probe.js';
import { processList } from './process-list.js';
import { programVersion } from './program-version.js';
import { proxyVariables } from './proxy-variables.js';
import { resolvConf } from './resolv-conf.js';
import { runtimeInfo } from './runtime-info.js';
import { selinux } from './selinux.js';
import { softnetStat } from './softnet-stat.js';
import { ss } from './ss.js';
import { ssSummary } from './ss-summary.js';
import { sysctl } from './sysctl.js';
import { systemLog } from './system-log.js';
import { systemctlStatus } from './systemctl-status.js';
import { systemctlUnits } from './systemctl-units.js';
import { tc } from './tc.js';
import { tcpdumpText } from './tcpdump-text.js';
import { timeSync } from './time-sync.js';
import { top } from './top.js';
import { tracepath } from './tracepath.js';
import { traceroute } from './traceroute.js';
import { uname } from './uname.js';
import { uptime } from './uptime.js';
import { wg } from './wg.js';
import { wget } from './wget.js';
import { xfrmStat } from './xfrm-stat.js';

/**
 * Every parser, in the order in which they are asked. For a file that its name explains the order does not matter, only
 * one reads a command; for content that several could recognise, the narrower format stands first.
 */
export const PARSERS: readonly Parser[] = [
  ipJson,
  ipAddr,
  ipLink,
  ipRouteGet,
  ipRoute,
  ipRule,
  ipNeigh,
  ipXfrm,
  bridgeFdb,
  bridgeLink,
  brctl,
  sysctl,
  iptablesSave,
  iptablesList,
  nftJson,
  nftRuleset,
  ipset,
  ipvsTimeout,
  ipvsadm,
  ssSummary,
  ss,
  netstatRoutes,
  netstatSockets,
  netstatInterfaces,
  netstatStatistics,
  ifconfig,
  arp,
  nstat,
  xfrmStat,
  nfnetlinkQueue,
  wg,
  conntrack,
  ethtool,
  tc,
  bonding,
  softnetStat,
  uptime,
  top,
  processList,
  cpuStat,
  lsmod,
  uname,
  programVersion,
  packageList,
  osRelease,
  selinux,
  nmcli,
  netnsList,
  timeSync,
  systemctlStatus,
  systemctlUnits,
  podnetProbe,
  ping,
  fping,
  traceroute,
  tracepath,
  mtr,
  arping,
  corednsMetrics,
  curl,
  openssl,
  wget,
  dig,
  nslookup,
  netcat,
  tcpdumpText,
  ifcfg,
  netplan,
  nmKeyfile,
  networkdNetwork,
  ifupdown,
  flannelSubnet,
  cniConfig,
  cniConfigFolder,
  kubeletConfig,
  networkConfigFile,
  proxyVariables,
  resolvConf,
  runtimeInfo,
  ciliumStatus,
  ciliumEncrypt,
  ciliumMetrics,
  hubble,
  kubectlVersion,
  lbHealth,
  calicoctl,
  bgpSessions,
  kubeTable,
  kubeDescribe,
  kubeObjects,
  factsFile,
  systemLog,
  componentLog,
];
