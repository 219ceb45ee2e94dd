/** NodeLocal DNSCache's own addresses are link-local; 169.254.169.0/24 are the clouds' metadata and DNS servers. */
const NODE_LOCAL = /^169\.254\.(?!169\.)\d{1,3}\.\d{1,3}$/;

/** Whether an address is one that NodeLocal DNSCache is given, on each node the same. */
export function isNodeLocalAddress(ip: string): boolean {
  return NODE_LOCAL.test(ip);
}
