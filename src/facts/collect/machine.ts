import { existsSync } from 'node:fs';
import type { Machine } from './commands.js';
import { readText } from './read-file.js';
import type { CommandRunner } from './runner.js';

/** Finds out what the choice of commands depends on. */
export async function lookAtMachine(runner: CommandRunner): Promise<Machine> {
  const [devices, netlink, version] = await Promise.all([
    devicesHere(),
    readText('/proc/self/net/netlink'),
    runner.run(['iptables-save', '--version'], { timeoutMs: 5000 }),
  ]);
  const said = version.stdout.toString();
  const iptables = said.includes('nf_tables') ? 'nft' : /legacy| v1\.[0-7]\./.test(said) ? 'legacy' : undefined;
  return {
    devices,
    tracks: existsSync('/proc/sys/net/netfilter/nf_conntrack_count'),
    ipvs: existsSync('/proc/net/ip_vs'),
    xfrm: speaksXfrm(netlink.text ?? ''),
    ...(iptables === undefined ? {} : { iptables }),
  };
}

/** Whether a /proc/net/netlink has a socket of NETLINK_XFRM (6): the kernel's own is there as soon as its module is. */
export function speaksXfrm(text: string): boolean {
  return text.split('\n').some((line) => /^\S+\s+6\s/.test(line));
}

/**
 * Devices of this network namespace, those with a default route first. From /proc/net, which is the reader's own: /sys
 * shows the namespace in which it was mounted.
 */
async function devicesHere(): Promise<string[]> {
  const devices = devicesOf((await readText('/proc/self/net/dev')).text ?? '');
  const routes = ((await readText('/proc/self/net/route')).text ?? '').split('\n');
  const first = routes.map((line) => line.split('\t')).filter((fields) => fields[1] === '00000000');
  return [...new Set([...first.map((fields) => fields[0]!).filter((name) => devices.includes(name)), ...devices])];
}

/** The names in a /proc/net/dev. */
export function devicesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => /^\s*([^\s:|]+):/.exec(line)?.[1] ?? []);
}
