import { withoutWireguardKeys, withoutXfrmKeys } from './network-keys.js';
import { proxySettings } from './proxy-settings.js';

/** A read-only command whose output is a part of a bundle. */
export interface StateCommand {
  argv: readonly string[];
  /** What its file is called, where the whole command line would be too long. */
  name?: string;
  /** Default 10 s. */
  timeoutMs?: number;
  maxBytes?: number;
  /** What it had printed up to its time limit is worth keeping: a log, in which every line says something by itself. */
  partial?: true;
  /** Part of what it has to say stands on standard error, which is put behind the rest. */
  bothStreams?: true;
  /** Leaves out of the output what must not, or need not, be given away. */
  clean?: (text: string) => string;
  /** Why it is not run: running it would make the kernel load what is not loaded. */
  skip?: string;
}

/** What the choice of commands depends on. */
export interface Machine {
  /** Network devices, those with the default route first. */
  devices: readonly string[];
  /** Whether the kernel tracks connections in this network namespace. */
  tracks: boolean;
  /** Whether IPVS is loaded. */
  ipvs: boolean;
  /** Whether the kernel can be asked for IPsec's associations and policies. */
  xfrm: boolean;
  /** Which of the two iptables the plain name is; undefined where it is not known. */
  iptables?: 'nft' | 'legacy';
}

/** Devices of pods and those that have no settings of use. */
const OF_PODS =
  /^(?:lo$|veth|cali[0-9a-f]{3}|lxc|eni[0-9a-f]{8}|azv|gke[0-9a-f]{8}|ucni|nodelocaldns$|kube-ipvs0$|dummy|ifb\d)/;
/** A node with many NICs, VLANs and bridges has enough to say. */
const MOST_DEVICES = 16;

const UNITS = [
  ...['kubelet', 'containerd', 'docker', 'crio', 'k3s', 'k3s-agent', 'rke2-server', 'rke2-agent', 'kube-proxy'],
  ...['firewalld', 'ufw', 'nftables', 'iptables', 'tuned', 'NetworkManager', 'systemd-networkd', 'systemd-resolved'],
  ...['chronyd', 'systemd-timesyncd', 'irqbalance', 'flanneld'],
];
/** Services whose logs tell of the pod network, or of what changed its settings. */
const LOGGED_UNITS = [
  ...['kubelet', 'containerd', 'docker', 'crio', 'k3s', 'k3s-agent', 'rke2-agent', 'tuned', 'NetworkManager'],
  ...['firewalld', 'systemd-sysctl', 'systemd-networkd', 'flanneld'],
];

const LOG = { timeoutMs: 15_000, maxBytes: 16 * 1024 * 1024, partial: true } as const;
const NOT_TRACKED = 'connection tracking is not loaded here, and asking for it would load it';
const NO_IPVS = 'IPVS is not loaded here, and asking for it would load it';
const NO_XFRM = 'no program has used IPsec here, and asking for it would load its module';
/** Services whose proxy is a matter of their own environment. */
const PROXIED_UNITS = ['containerd', 'kubelet', 'docker', 'crio'];

/**
 * What is asked of a node. All of it is read-only, down to what it would leave behind: `nstat` without its history file,
 * `iptables-save` rather than `iptables -L`, which creates a lock file, and nothing that loads a module which hooks itself
 * into the way of packets.
 */
export function nodeCommands(machine: Machine): StateCommand[] {
  const shown = machine.devices.filter((device) => !OF_PODS.test(device)).slice(0, MOST_DEVICES);
  return [
    ...words('ip -d link', 'ip -s link', 'ip addr', 'ip rule', 'ip route', 'ip route show table all'),
    ...words('ip -6 route', 'ip -6 rule', 'ip neigh', 'ip -6 neigh', 'bridge fdb', 'bridge -d link'),
    { argv: ['sysctl', '-a'], timeoutMs: 20_000, clean: networkSettings },
    ...firewallCommands(machine),
    ...['-Ln', '-l --timeout'].map((how) => ({
      argv: ['ipvsadm', ...how.split(' ')],
      ...(machine.ipvs ? {} : { skip: NO_IPVS }),
    })),
    ...encryptionCommands(machine),
    ...words('ss -lntup', 'ss -s', 'netstat -s', 'nstat -azs', 'tc -s qdisc'),
    ...conntrackCommands(machine),
    ...shown.flatMap((device) => [
      { argv: ['ethtool', device] },
      { argv: ['ethtool', '-k', device] },
      { argv: ['ethtool', '-S', device] },
      { argv: ['ethtool', '-i', device] },
      { argv: ['ethtool', '-g', device] },
    ]),
    ...words('uname -a', 'uptime', 'getenforce', 'ls /etc/cni/net.d', 'nmcli device status', 'timedatectl'),
    ...words('chronyc tracking', 'top -bn1 -w 200', 'ntpq -pn', 'iptables --version', 'systemctl --version'),
    ...words('containerd --version', 'kubelet --version', 'ip netns list'),
    // Names alone: arguments may hold secrets.
    { argv: ['ps', '-eo', 'pid,comm'], maxBytes: 4 * 1024 * 1024 },
    { argv: ['systemctl', 'list-units', '--type=service', '--state=running', '--no-pager'] },
    ...PROXIED_UNITS.map((unit) => ({
      argv: ['systemctl', 'show', unit, '-p', 'Environment'],
      clean: proxySettings,
    })),
    {
      argv: ['systemctl', 'status', '--no-pager', '--lines=5', ...UNITS.map((unit) => `${unit}.service`)],
      name: 'systemctl_status',
      bothStreams: true,
    },
    { argv: ['dmesg', '-T'], ...LOG },
    { argv: ['journalctl', '-k', '--no-pager', '-o', 'short-iso', '-n', '4000'], ...LOG },
    ...LOGGED_UNITS.map((unit) => ({
      argv: ['journalctl', '-u', unit, '--no-pager', '-o', 'short-iso', '-n', '3000'],
      ...LOG,
    })),
  ];
}

/** What is asked in the network namespace of a pod. */
export function podCommands(machine: Pick<Machine, 'tracks'>): StateCommand[] {
  void machine;
  return [
    ...words('ip addr', 'ip -d link', 'ip -s link', 'ip route', 'ip -6 route', 'ip rule', 'ip neigh'),
    ...words('ss -lntup', 'ss -s', 'nstat -azs', 'tc -s qdisc', 'ethtool -k eth0'),
    { argv: ['ss', '-tan'], maxBytes: 4 * 1024 * 1024 },
    { argv: ['sysctl', '-a'], clean: networkSettings },
  ];
}

function words(...lines: readonly string[]): StateCommand[] {
  return lines.map((line) => ({ argv: line.split(' ') }));
}

/**
 * All tables with their counters. Where the plain name is one of the two kinds, the other kind is asked as well: rules of
 * both are in force, and each shows only its own.
 */
function firewallCommands({ iptables }: Machine): StateCommand[] {
  const long = { timeoutMs: 20_000, maxBytes: 64 * 1024 * 1024 };
  const other = iptables === 'nft' ? 'legacy' : iptables === 'legacy' ? 'nft' : undefined;
  return [
    { argv: ['iptables-save', '-c'], ...long },
    { argv: ['ip6tables-save', '-c'], ...long },
    ...(other === undefined
      ? []
      : [
          { argv: [`iptables-${other}-save`, '-c'], ...long },
          { argv: [`ip6tables-${other}-save`, '-c'], ...long },
        ]),
    { argv: ['nft', 'list', 'ruleset'], ...long },
    // The sets that rules name; Calico's and kube-proxy's rules are hardly more than names of sets.
    { argv: ['ipset', 'save'], ...long },
  ];
}

/** Whom this node encrypts for. Keys are not asked for where that can be said, and are left out in any case. */
function encryptionCommands({ xfrm }: Machine): StateCommand[] {
  const skip = xfrm ? {} : { skip: NO_XFRM };
  return [
    { argv: ['wg', 'show', 'all'], clean: withoutWireguardKeys },
    { argv: ['ip', 'xfrm', 'state'], clean: withoutXfrmKeys, ...skip },
    { argv: ['ip', 'xfrm', 'policy'], ...skip },
  ];
}

function conntrackCommands({ tracks }: Machine): StateCommand[] {
  const skip = tracks ? {} : { skip: NOT_TRACKED };
  return [
    { argv: ['conntrack', '-L'], timeoutMs: 15_000, maxBytes: 64 * 1024 * 1024, ...skip },
    { argv: ['conntrack', '-S'], ...skip },
    { argv: ['conntrack', '-C'], ...skip },
  ];
}

const SETTINGS = /^(?:net\.|kernel\.(?:hostname|osrelease|version|pid_max|threads-max) |fs\.(?:file-|inotify\.))/;
/** Keys of the kernel's own cryptography. */
const SECRET_SETTINGS = /^net\.\S*(?:fastopen_key|stable_secret|rss_key)\S* =/;

/** The settings of the network and a few that limit it; a first line says that the rest was left out. */
export function networkSettings(text: string): string {
  const kept = text.split('\n').filter((line) => SETTINGS.test(line) && !SECRET_SETTINGS.test(line));
  if (kept.length === 0) return text.length < 2000 ? text : '';
  return `# podnet: net.* and a few of kernel.* and fs.*; keys left out\n${kept.join('\n')}\n`;
}
