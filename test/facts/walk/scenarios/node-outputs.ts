import type { Outputs } from './scenario.js';

/** A device of a node or pod, as `ip -d addr` prints it. */
export interface Device {
  name: string;
  index: number;
  mac?: string;
  mtu?: number;
  /** With their prefix: `192.168.10.11/24`. */
  addresses?: readonly string[];
  master?: string;
  /** The index of a veth's other end. */
  peer?: number;
  down?: boolean;
  /** The line of `ip -d link` that tells its kind: `vxlan id 1 local 192.168.10.11 dev eth0 …`. */
  kind?: string;
}

const LOOPBACK: Device = { name: 'lo', index: 1, mtu: 65_536, addresses: ['127.0.0.1/8'] };

/** `ip addr`, the loopback included. */
export function ipAddr(devices: readonly Device[]): string {
  return [LOOPBACK, ...devices].map((device) => listed(device, true)).join('');
}

/** `ip -d link`, the loopback included. */
export function ipLink(devices: readonly Device[]): string {
  return [LOOPBACK, ...devices].map((device) => listed(device, false)).join('');
}

function listed(device: Device, withAddresses: boolean): string {
  const { name, index, mac, mtu, addresses, master, peer, down, kind } = device;
  const loopback = name === 'lo';
  const flags = loopback ? 'LOOPBACK,UP,LOWER_UP' : down ? 'BROADCAST,MULTICAST' : 'BROADCAST,MULTICAST,UP,LOWER_UP';
  const title = peer === undefined ? name : `${name}@if${peer}`;
  const state = loopback ? 'UNKNOWN' : down ? 'DOWN' : 'UP';
  const lines = [
    `${index}: ${title}: <${flags}> mtu ${mtu ?? 1500} qdisc noqueue ${master === undefined ? '' : `master ${master} `}state ${state} group default qlen 1000`,
    loopback
      ? '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00'
      : `    link/ether ${mac ?? macOf(index)} brd ff:ff:ff:ff:ff:ff${peer === undefined ? '' : ' link-netnsid 0'}`,
  ];
  if (!withAddresses && kind !== undefined) lines.push(`    ${kind}`);
  if (!withAddresses && master !== undefined)
    lines.push('    bridge_slave state forwarding priority 32 cost 2 hairpin on guard off');
  if (withAddresses)
    for (const address of addresses ?? [])
      lines.push(
        `    inet ${address} scope ${loopback ? 'host' : 'global'} ${name}`,
        '       valid_lft forever preferred_lft forever',
      );
  return `${lines.join('\n')}\n`;
}

export function macOf(index: number): string {
  return `0a:58:0a:00:00:${(index & 0xff).toString(16).padStart(2, '0')}`;
}

/** `sysctl -a`, as far as packets meet it. */
export function sysctls(values: Record<string, number | string>): string {
  const all: Record<string, number | string> = {
    'net.bridge.bridge-nf-call-iptables': 1,
    'net.ipv4.conf.all.forwarding': 1,
    'net.ipv4.conf.all.proxy_arp': 0,
    'net.ipv4.conf.all.rp_filter': 0,
    'net.ipv4.conf.default.rp_filter': 0,
    'net.ipv4.ip_forward': 1,
    ...values,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

/** The rules that every namespace begins with, and others. */
export function ipRules(more: readonly string[] = []): string {
  return [...more, '0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default']
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((line) => `${line} \n`)
    .join('');
}

export interface Machine {
  devices: readonly Device[];
  /** Lines of `ip route`. */
  routes: readonly string[];
  rules?: readonly string[];
  sysctls?: Record<string, number | string>;
  iptables?: string;
  neighbours?: readonly string[];
  fdb?: readonly string[];
  more?: Outputs;
}

/** The outputs of a node, one file a command. */
export function nodeFiles(name: string, machine: Machine): Outputs {
  const at = `nodes/${name}`;
  const { devices, routes, rules, iptables, neighbours, fdb, more } = machine;
  const rp: Record<string, number> = {};
  for (const device of devices) {
    rp[`net.ipv4.conf.${device.name}.rp_filter`] = 0;
    rp[`net.ipv4.conf.${device.name}.proxy_arp`] = 0;
    rp[`net.ipv4.conf.${device.name}.forwarding`] = 1;
  }
  const files: Outputs = {
    [`${at}/ip_addr`]: ipAddr(devices),
    [`${at}/ip_-d_link`]: ipLink(devices),
    [`${at}/ip_route`]: lines(routes),
    [`${at}/ip_rule`]: ipRules(rules),
    [`${at}/sysctl_-a`]: sysctls({ ...rp, ...machine.sysctls }),
  };
  if (iptables !== undefined) files[`${at}/iptables-save`] = iptables;
  if (neighbours !== undefined) files[`${at}/ip_neigh`] = lines(neighbours);
  if (fdb !== undefined) files[`${at}/bridge_fdb_show`] = lines(fdb);
  for (const [command, text] of Object.entries(more ?? {})) files[`${at}/${command}`] = text;
  return files;
}

/** The outputs of a pod's own namespace. */
export function podFiles(
  namespace: string,
  name: string,
  devices: readonly Device[],
  routes: readonly string[],
): Outputs {
  const at = `pods/${namespace}/${name}`;
  return { [`${at}/ip_addr`]: ipAddr(devices), [`${at}/ip_route`]: lines(routes) };
}

export function lines(each: readonly string[]): string {
  return each.map((line) => `${line}\n`).join('');
}
