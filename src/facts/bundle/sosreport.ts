import { CLUSTER, nodeSubject, podSubject } from '../model.js';
import type { Command } from '../parsers/parser.js';
import { commandOfName, isClusterCommand } from './command.js';
import { commandOfPath, nodeLog, SYSTEM_FOLDERS, withoutUse } from './machine-file.js';
import { NO_COMMAND, type Place, type Surroundings, UNNAMED_NAMESPACE, unreadPlace } from './place.js';

/** The folder that every sosreport has. */
export const SOS_COMMANDS = 'sos_commands';

/** Files of a sosreport that hold the name of its host, the best first. */
export const HOSTNAME_FILES: readonly string[] = ['sos_commands/host/hostname', 'hostname', 'etc/hostname'];

/**
 * A sosreport (github.com/sosreport/sos): `sos_commands/<plugin>/<command>` with the outputs, the name of a command having
 * blanks as `_` and slashes as `.`, and copies of the machine's files at their own paths. All of it is of one node.
 */
export function sosreport(path: string, around: Surroundings): Place | undefined {
  const root = around.rootOf(SOS_COMMANDS, path);
  // Below podnet's own nodes/<node>/ lie outputs of its own as well.
  if (root === undefined || /(?:^|\/)nodes\/[^/]+\/$/.test(root)) return undefined;
  const node = around.hostOf(root);
  const below = path.slice(root.length);
  const parts = below.split('/');
  if (parts[0] === SOS_COMMANDS) return commandOutput(node, parts);
  if (!SYSTEM_FOLDERS.has(parts[0]!)) {
    // Links at the top to what sos thinks is read most (`ip_addr`, `route`, `uptime`): the files stand below as well.
    return unreadPlace('a link at the top of a sosreport, or what sos says of itself');
  }
  if (parts[0] === 'var' && parts[1] === 'log') {
    const log = nodeLog(node, parts.slice(2));
    if (log !== undefined) return log;
  }
  return withoutUse(below) ?? { kind: 'output', subject: nodeSubject(node), command: commandOfPath(parts) };
}

/** Network namespaces as CNIs and CRI-O name those of pods: `cni-<uuid>`, or the uuid alone. */
const POD_NAMESPACE = /^(?:cni-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const IN_NAMESPACE =
  /^ip_netns_exec_([\w.-]+?)_(?=(?:ip|ss|netstat|iptables|ip6tables|ethtool|nft|route|arp|sysctl)(?:6?tables)?(?:-save)?_)/;

function commandOutput(node: string, parts: readonly string[]): Place {
  const name = parts[parts.length - 1]!;
  const netns = IN_NAMESPACE.exec(name);
  if (netns !== null) {
    const namespace = netns[1]!;
    if (!POD_NAMESPACE.test(namespace)) return unreadPlace('of a network namespace that is no pod’s');
    return {
      kind: 'output',
      subject: podSubject(UNNAMED_NAMESPACE, namespace),
      command: commandOfName(name.slice(netns[0].length)),
      node,
    };
  }
  const command: Command = parts.length < 3 ? NO_COMMAND : commandOfName(name);
  return { kind: 'output', subject: isClusterCommand(command) ? CLUSTER : nodeSubject(node), command, named: true };
}

/** Names of archives and folders: `sosreport-<host>[-<label>]-2024-05-01-abcdefg`, older `sosreport-<host>-20190501120000`. */
const DATED = /^(?:[.-]\d{4,})?-(?:\d{4}-\d{2}-\d{2}-\w+|\d{14}(?:-\w+)?)$/;

/** The host that the name of a sosreport's folder tells. */
export function hostOfName(folder: string): string | undefined {
  if (!folder.startsWith('sosreport-')) return undefined;
  const name = folder.slice('sosreport-'.length);
  for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) {
    if (DATED.test(name.slice(at))) return name.slice(0, at);
  }
  return name === '' ? undefined : name;
}
