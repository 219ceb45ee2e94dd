/** The matches of iptables 1.8, IPv6's among them (`iptables -m NAME -h`). */
const KNOWN: ReadonlySet<string> = new Set(
  (
    'addrtype ah bpf cgroup cluster comment connbytes connlabel connlimit connmark conntrack cpu dccp devgroup dscp dst ' +
    'ecn esp eui64 frag hashlimit hbh helper hl icmp icmp6 ipcomp iprange ipv6header ipvs length limit mac mark mh ' +
    'multiport nfacct osf owner physdev pkttype policy quota rateest realm recent rpfilter rt sctp set socket srh ' +
    'standard state statistic string tcp tcpmss time tos ttl u32 udp udplite unclean'
  ).split(' '),
);

/** Whether iptables has the match, so that what its options mean is settled. */
export function isKnownMatch(module: string): boolean {
  return KNOWN.has(module);
}

/** Matches that ask for nothing where no option of theirs is given: `-p tcp -m tcp`. */
export const KEEPS_PACKETS_WHOLE: ReadonlySet<string> = new Set(
  'tcp udp udplite sctp dccp icmp icmp6 ah esp comment standard'.split(' '),
);

/** Options whose value may look like an option itself: iptables-save quotes `-v` nowhere. */
export const TAKES_ANY_WORD: ReadonlySet<string> = new Set([
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--ulog-prefix',
  '--string',
  '--hex-string',
  '--name',
  '--match-set',
]);
