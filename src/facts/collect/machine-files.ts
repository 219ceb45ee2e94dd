import { proxySettings } from './proxy-settings.js';
import { namesIn } from './read-file.js';
import { scrubText } from './without-secrets.js';

/** A file of a node whose text is a part of a bundle. */
export interface MachineFile {
  path: string;
  clean: (text: string) => string;
}

const asItIs = (text: string): string => text;

/** A line that sets something: `psk=x` of keyfiles, `KEY1=x` of ifcfg files, `password: x` of netplan. */
const SETTING = /^\s*(?:- )?["']?([\w.-]+)["']?\s*[=:]/;
/** Settings that are secrets by their names: Wi-Fi, 802.1X, VPN, modems. */
const SECRET = /psk|passw|pwd|secret|private[-_]?key|preshared|wep[-_]?key|token|^key\d?$|^pin$/i;

/** Without lines that set a secret, and without whatever else looks like one. */
export function withoutSecretLines(text: string): string {
  return scrubText(
    text
      .split('\n')
      .filter((line) => !SECRET.test(SETTING.exec(line)?.[1] ?? ''))
      .join('\n'),
  );
}

const PLAIN = [
  ...['/etc/os-release', '/etc/resolv.conf', '/run/systemd/resolve/resolv.conf', '/proc/modules'],
  ...['/run/flannel/subnet.env'],
  ...['/proc/net/xfrm_stat', '/proc/net/softnet_stat', '/proc/net/netfilter/nfnetlink_queue'],
];
const SCRUBBED = ['/var/lib/kubelet/config.yaml', '/etc/network/interfaces'];

/** Folders of configuration, and the files in them that are read: those with credentials have other names. */
const FOLDERS: readonly (readonly [string, RegExp])[] = [
  ['/etc/cni/net.d', /\.(?:conf|conflist|json)$/],
  ['/etc/sysconfig/network-scripts', /^ifcfg-[\w.:-]+$/],
  ['/etc/netplan', /\.ya?ml$/],
  ['/etc/NetworkManager/system-connections', /\.nmconnection$/],
  ['/run/NetworkManager/system-connections', /\.nmconnection$/],
  ['/etc/systemd/network', /\.network$/],
  ['/run/systemd/network', /\.network$/],
  ['/etc/network/interfaces.d', /^[\w.-]+$/],
  ['/proc/net/bonding', /^[\w.@-]+$/],
];
/** Files of one folder. */
const MOST = 40;

/** The files of this node that are read: what is always asked for, and what there is in folders of configuration. */
export async function machineFiles(): Promise<MachineFile[]> {
  const files: MachineFile[] = PLAIN.map((path) => ({ path, clean: asItIs }));
  files.push({ path: '/etc/environment', clean: proxySettings });
  for (const path of SCRUBBED) files.push({ path, clean: withoutSecretLines });
  for (const [folder, pattern] of FOLDERS) {
    const names = (await namesIn(folder)).filter((name) => pattern.test(name) && !name.startsWith('.'));
    for (const name of names.slice(0, MOST)) files.push({ path: `${folder}/${name}`, clean: withoutSecretLines });
  }
  return files;
}
