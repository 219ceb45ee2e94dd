import { nodeSubject } from '../model.js';
import type { Command } from '../parsers/parser.js';
import { commandOfName } from './command.js';
import { containerLogPlace, logPlace, type Place, unreadPlace } from './place.js';

/** Folders of a machine's file system that dumps copy: a file below them stands for `cat` of it. */
export const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(['proc', 'sys', 'etc', 'var', 'run', 'usr']);

/** The command of a file below a node's or pod's folder: by its name, or `cat` for a file that was copied as it was. */
export function commandOfPath(parts: readonly string[]): Command {
  const at = parts.slice(0, -1).findIndex((part) => SYSTEM_FOLDERS.has(part));
  // Below sos_commands/ a folder `etc` or `sys` would be a plugin's.
  if (at < 0 || parts.slice(0, at).includes('sos_commands')) return commandOfName(parts[parts.length - 1]!);
  return { program: 'cat', args: [`/${parts.slice(at).join('/')}`], exact: true };
}

/** Whether a command is a copy of a file, whose path alone says what it is: what is configured is not what is so. */
export function isCopy({ program, args, exact }: Command): boolean {
  return program === 'cat' && exact && args[0]?.startsWith('/') === true;
}

/** Logs of the machine itself; rotated ones (`messages-20240501`, `syslog.1`) alike. */
const SYSTEM_LOG = /^(?:messages|syslog|kern\.log|dmesg|journal)(?:[-.]\d{1,8})?(?:\.log|\.txt)?$/;

/** Logs of the kubelet, container runtimes and CNIs that write files of their own. */
const DAEMON_LOG =
  /^((?:kubelet|kube-proxy|containerd|docker|crio|calico|cilium|flannel|antrea)[a-z-]*)[-.\d]*(?:\.log)?$/;

/** A file below `/var/log` of a node: whose log it is, or undefined where the name does not tell. */
export function nodeLog(node: string, path: readonly string[]): Place | undefined {
  const [folder, ...rest] = path;
  if (folder === undefined) return undefined;
  const name = path[path.length - 1]!;
  if (folder === 'pods' || folder === 'containers') {
    return rest.length === 0 ? undefined : podLogOfKubelet(rest);
  }
  if (SYSTEM_LOG.test(name)) return logPlace(nodeSubject(node), 'messages');
  const daemon = DAEMON_LOG.exec(name) ?? DAEMON_LOG.exec(folder);
  if (daemon !== null) return logPlace(nodeSubject(node), daemon[1]!);
  return undefined;
}

/**
 * Names as the kubelet gives them: `pods/<namespace>_<pod>_<uid>/<container>/<count>.log` and
 * `containers/<pod>_<namespace>_<container>-<id>.log`. `path` is below `pods/` or `containers/`.
 */
export function podLogOfKubelet(path: readonly string[]): Place | undefined {
  const parts = path[0]!.split('_');
  if (parts.length < 3) return undefined;
  if (path.length === 3) return containerLogPlace(parts[0]!, parts[1]!, path[1]!);
  if (path.length === 1)
    return containerLogPlace(parts[1]!, parts[0]!, parts[2]!.replace(/-[0-9a-f]{12,64}\.log$/, ''));
  return undefined;
}

/** Files of /proc and /sys of which a dump may hold tens of thousands, and none tells of the pod network. */
const NOTHING_THERE =
  /^(?:proc\/(?:\d+|irq|fs|scsi|bus|driver|acpi|asound)|sys\/(?:bus|devices|module|firmware|kernel|block|class\/(?!net\/)|fs))\//;

/** A copy of a file of the machine that need not be opened: it is none that tells of the pod network. */
export function withoutUse(path: string): Place | undefined {
  return NOTHING_THERE.test(path)
    ? unreadPlace('a file of the machine that tells nothing of the pod network')
    : undefined;
}
