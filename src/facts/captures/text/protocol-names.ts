/** Protocols without ports, by what tcpdump prints of them with or without -n. */
const PRINTED: readonly (readonly [RegExp, number])[] = [
  [/^igmp\b/, 2],
  [/^ESP\(/, 50],
  [/^AH\(/, 51],
  [/^EIGRP\b/i, 88],
  [/^OSPFv[23]\b/, 89],
  [/^PIM/, 103],
  [/^VRRPv|^CARPv/, 112],
  [/^L2TPv3\b/, 115],
  [/^sctp\b/, 132],
];
/** Names of /etc/protocols. */
const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  ipencap: 4,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  vrrp: 112,
  sctp: 132,
};
const BARE = /^(?:ip-proto-(\d{1,3})|([a-z][\w-]{0,20}))(?: \(frag .{0,60})?$/;

/** The number of a protocol that stands alone behind the addresses, as that of a later fragment does; else undefined. */
export function bareProtocol(text: string): number | undefined {
  const match = BARE.exec(text);
  if (match === null) return undefined;
  if (match[1] !== undefined) return Number(match[1]);
  return Object.hasOwn(NUMBERS, match[2]!) ? NUMBERS[match[2]!] : undefined;
}

/** The number of a protocol that is not read further, of what is printed of it; undefined where it is not known. */
export function printedProtocol(text: string): number | undefined {
  const numbered = /^ip-proto-(\d{1,3}) \d/.exec(text)?.[1];
  return numbered === undefined ? PRINTED.find(([pattern]) => pattern.test(text))?.[1] : Number(numbered);
}
