/** Names of /etc/services that tools print in place of numbers where nobody asked for `-n`. */
const PORTS: Readonly<Record<string, number>> = {
  ssh: 22,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  http: 80,
  sunrpc: 111,
  ntp: 123,
  snmp: 161,
  bgp: 179,
  https: 443,
  'microsoft-ds': 445,
  syslog: 514,
  'dhcpv6-client': 546,
  'dhcpv6-server': 547,
  ldap: 389,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  mdns: 5353,
  hostmon: 5355,
  llmnr: 5355,
  vxlan: 4789,
  'http-alt': 8080,
  webcache: 8080,
  otv: 8472,
};

/** A port by its number or a well-known name; undefined where it is neither. */
export function portNumber(text: string): number | undefined {
  if (/^\d{1,5}$/.test(text)) {
    const port = Number(text);
    return port <= 65_535 ? port : undefined;
  }
  return Object.hasOwn(PORTS, text) ? PORTS[text] : undefined;
}
