/** LINKTYPE_ numbers (libpcap) of the links whose packets are decoded. */
export const LINK_NULL = 0;
export const LINK_ETHERNET = 1;
export const LINK_RAW = 101;
/** DLT_RAW of BSDs, which some programs write into files as it is. */
export const LINK_RAW_BSD = 12;
export const LINK_RAW_OPENBSD = 14;
export const LINK_LOOP = 108;
export const LINK_SLL = 113;
export const LINK_IPV4 = 228;
export const LINK_IPV6 = 229;
export const LINK_SLL2 = 276;

const NAMES: ReadonlyMap<number, string> = new Map([
  [LINK_NULL, 'NULL'],
  [LINK_ETHERNET, 'EN10MB'],
  [6, 'IEEE802'],
  [8, 'SLIP'],
  [9, 'PPP'],
  [10, 'FDDI'],
  [LINK_RAW_BSD, 'RAW'],
  [LINK_RAW_OPENBSD, 'RAW'],
  [50, 'PPP_SERIAL'],
  [51, 'PPP_ETHER'],
  [LINK_RAW, 'RAW'],
  [104, 'C_HDLC'],
  [105, 'IEEE802_11'],
  [107, 'FRELAY'],
  [LINK_LOOP, 'LOOP'],
  [LINK_SLL, 'LINUX_SLL'],
  [117, 'PFLOG'],
  [127, 'IEEE802_11_RADIO'],
  [189, 'USB_LINUX'],
  [192, 'PPI'],
  [220, 'USB_LINUX_MMAPPED'],
  [LINK_IPV4, 'IPV4'],
  [LINK_IPV6, 'IPV6'],
  [239, 'NFLOG'],
  [247, 'INFINIBAND'],
  [253, 'NETLINK'],
  [LINK_SLL2, 'LINUX_SLL2'],
]);

const DECODED: ReadonlySet<number> = new Set([
  LINK_NULL,
  LINK_ETHERNET,
  LINK_RAW,
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
  LINK_LOOP,
  LINK_SLL,
  LINK_IPV4,
  LINK_IPV6,
  LINK_SLL2,
]);

/** The name that tcpdump prints for a LINKTYPE_ number (`EN10MB`, `LINUX_SLL2`), or the number where it has none here. */
export function linkTypeName(linkType: number): string {
  return NAMES.get(linkType) ?? String(linkType);
}

/** Whether packets of this LINKTYPE_ number are decoded at all. */
export function isDecodedLinkType(linkType: number): boolean {
  return DECODED.has(linkType);
}
