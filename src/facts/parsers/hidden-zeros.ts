/**
 * Counters that every kernel since 3.2 has and that rules ask for. `nstat -a` and `netstat -s` leave out counters that
 * are zero, so that where a listing is whole, one that is missing is known to be zero.
 */
export const IP_COUNTERS: readonly string[] = [
  'IpInHdrErrors',
  'IpInAddrErrors',
  'IpOutNoRoutes',
  'IpReasmFails',
  'IpFragFails',
  'IpFragCreates',
];
export const UDP_COUNTERS: readonly string[] = ['UdpNoPorts', 'UdpInErrors', 'UdpRcvbufErrors'];
export const TCP_EXT_COUNTERS: readonly string[] = [
  'TcpExtIPReversePathFilter',
  'TcpExtListenOverflows',
  'TcpExtListenDrops',
  'TcpExtTCPTimeouts',
];
