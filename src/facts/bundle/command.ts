import type { Command } from '../parsers/parser.js';

/**
 * Programs whose output podnet's parsers read: a file named after one of them holds its output and nothing else, and a
 * wrapped command line (`nsenter -t 1 -n ss`) is looked through for them.
 */
const PROGRAMS: ReadonlySet<string> = new Set([
  ...['ip', 'bridge', 'brctl', 'ifconfig', 'route', 'arp', 'ethtool', 'sysctl', 'ss', 'netstat', 'nstat', 'conntrack'],
  ...['iptables', 'iptables-save', 'iptables-nft', 'iptables-nft-save', 'iptables-legacy', 'iptables-legacy-save'],
  ...[
    'ip6tables',
    'ip6tables-save',
    'ip6tables-nft',
    'ip6tables-nft-save',
    'ip6tables-legacy',
    'ip6tables-legacy-save',
  ],
  ...['nft', 'ipvsadm', 'ipvsadm-save', 'ipset', 'tc', 'uptime', 'top', 'dmesg', 'journalctl', 'systemctl', 'tcpdump'],
  ...['uname', 'lsmod', 'getenforce', 'sestatus', 'nmcli'],
  ...['ping', 'ping6', 'arping', 'curl', 'wget', 'dig', 'nslookup', 'host', 'nc', 'ncat', 'netcat', 'telnet'],
  ...['fping', 'fping6', 'traceroute', 'traceroute6', 'tracepath', 'tracepath6', 'mtr'],
  ...['kubectl', 'oc', 'calicoctl', 'cilium', 'cilium-dbg', 'cilium-health', 'hubble', 'birdcl', 'birdc', 'gobgp'],
]);

/** Programs that run another one: the command is the one they run. */
const WRAPPERS: ReadonlySet<string> = new Set([
  ...['sudo', 'timeout', 'nsenter', 'chroot', 'env', 'nice', 'stdbuf', 'sh', 'bash', 'docker', 'crictl', 'nerdctl'],
]);

/** Whether a file of that command holds what its name says, so that its content need not be looked at to tell. */
export function isKnownProgram(program: string): boolean {
  return PROGRAMS.has(program);
}

/** Whether a command asks the cluster rather than the machine it runs on. */
export function isClusterCommand({ program, args }: Command): boolean {
  return program === 'kubectl' || program === 'oc' || (program === 'calicoctl' && !args.includes('node'));
}

/** A command as argv, wrappers taken off: `nsenter -t 42 -n /usr/sbin/ss -lnt` is `ss -lnt`. */
export function commandOfArgv(argv: readonly string[]): Command {
  return unwrapped(argv, true);
}

/**
 * A command by the file that holds its output, named as sos names it: blanks are `_`, slashes `.`. After `cat` the rest
 * is one path, `cat_.proc.sys.net.ipv4.ip_forward`, whose own underscores must stay: it is kept as one argument.
 */
export function commandOfName(name: string): Command {
  if (name.startsWith('cat_')) return { program: 'cat', args: [name.slice('cat_'.length)], exact: false };
  const words = name.split('_');
  // A suffix that an editor or a collector adds to any text; a URL may well end so itself.
  if (words[0] !== 'curl' && words[0] !== 'wget') {
    words[words.length - 1] = words[words.length - 1]!.replace(/(?<=.)\.(?:txt|out|log)$/i, '');
  }
  return unwrapped(
    words.filter((word) => word !== ''),
    false,
  );
}

function unwrapped(words: readonly string[], exact: boolean): Command {
  const program = withoutFolder(words[0] ?? '', exact);
  let from = 0;
  if (WRAPPERS.has(program)) {
    from = words.findIndex((word, i) => i > 0 && PROGRAMS.has(withoutFolder(word, exact)));
  } else if (words[1] === 'netns' && words[2] === 'exec') {
    from = 4;
  } else if ((program === 'kubectl' || program === 'oc') && words.includes('exec') && words.includes('--')) {
    from = words.indexOf('--') + 1;
  }
  if (from < 0 || from >= words.length) from = 0;
  return { program: withoutFolder(words[from] ?? '', exact), args: words.slice(from + 1), exact };
}

/** `/usr/sbin/ip` is `ip`; mangled, it is `.usr.sbin.ip`. */
function withoutFolder(word: string, exact: boolean): string {
  if (word.includes('/')) return word.slice(word.lastIndexOf('/') + 1);
  return !exact && /^\.(?:usr\.)?(?:local\.)?s?bin\./.test(word) ? word.slice(word.lastIndexOf('.') + 1) : word;
}
