import { CLUSTER, nodeSubject, podSubject, type Subject, subjectOf } from '../model.js';
import type { Command } from '../parsers/parser.js';
import { commandOfName, isKnownProgram } from './command.js';

/**
 * What a file is, by its path:
 * - `output`: what a command printed;
 * - `objects`: Kubernetes objects;
 * - `facts`: facts given directly;
 * - `index`: what the other files are;
 * - `log`: a component's log, whose subject is found among the names that the bundle knows (`logSubject`);
 * - `loose`: nothing that the path explains, so the content must tell.
 */
export type FileKind = 'output' | 'objects' | 'facts' | 'index' | 'log' | 'loose';

/** A file of a bundle, by its path. */
export interface FileRole {
  kind: FileKind;
  subject: Subject;
  command: Command;
  /** Logs: the folder below `logs/`. */
  component?: string;
  /** Logs: the file's name without `.log`: a node's, a pod's or neither. */
  owner?: string;
}

const NO_COMMAND: Command = { program: '', args: [], exact: false };

/** Where a loose file was taken, when nothing names a node. */
export const UNNAMED_NODE = 'input';

/**
 * Folders of other layouts, below which `pods`, `nodes` and `logs` mean something else: must-gather's
 * `namespaces/<ns>/pods/`, the `cluster-resources/pods/logs/` of support bundles, sos' own tree.
 */
const FOREIGN_FOLDERS: ReadonlySet<string> = new Set([
  'namespaces',
  'cluster-scoped-resources',
  'cluster-resources',
  'sos_commands',
]);

/** Folders of a file system that sosreports copy: a file below them stands for `cat` of it. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(['proc', 'sys', 'etc', 'var', 'run', 'usr']);

/** The layout's own folders: a file that lies there and does not fit is of no node of that name. */
export const LAYOUT_FOLDERS: ReadonlySet<string> = new Set(['nodes', 'cluster', 'pods', 'captures', 'logs']);

/** Folders that may stand before the layout's own: the name of one of several inputs, and one wrapping. */
const PREFIX_FOLDERS = 2;

/** Tells what a file is by where it lies, wherever the layout's own folders begin. Never fails: what is left is `loose`. */
export function layoutOf(path: string): FileRole {
  const parts = path.split('/');
  const folders = parts.length - 1;
  for (let at = 0; at < folders && at <= PREFIX_FOLDERS; at += 1) {
    if (FOREIGN_FOLDERS.has(parts[at]!)) break;
    const role = roleBelow(parts[at]!, parts.slice(at + 1));
    if (role !== undefined) return role;
  }
  const name = parts[folders]!;
  if (folders <= PREFIX_FOLDERS) {
    if (/^facts\.(?:ya?ml|json)$/.test(name)) return { kind: 'facts', subject: CLUSTER, command: NO_COMMAND };
    if (name === 'index.jsonl') return { kind: 'index', subject: CLUSTER, command: NO_COMMAND };
  }
  return loose(parts);
}

/** What `rest` is below one of the layout's folders; undefined where the folder is none or the path does not fit it. */
function roleBelow(folder: string, rest: readonly string[]): FileRole | undefined {
  const name = rest[rest.length - 1]!;
  switch (folder) {
    case 'nodes':
      if (rest.length < 2) return undefined;
      return { kind: 'output', subject: nodeSubject(rest[0]!), command: commandOfPath(rest.slice(1)) };
    case 'pods':
      if (rest.length < 3) return undefined;
      return { kind: 'output', subject: podSubject(rest[0]!, rest[1]!), command: commandOfPath(rest.slice(2)) };
    case 'cluster':
      return clusterFile(name);
    case 'captures':
      if (rest.length < 2) return undefined;
      return captureFile(rest[0]!, name);
    case 'logs': {
      const owner = name.replace(/\.(?:log|txt)$/i, '');
      const component = rest.length < 2 ? owner : rest[0]!;
      return { kind: 'log', subject: CLUSTER, command: NO_COMMAND, component, owner };
    }
    default:
      return undefined;
  }
}

function clusterFile(name: string): FileRole {
  const object = /^(.+)\.(json|ya?ml)$/i.exec(name);
  if (object === null) return { kind: 'output', subject: CLUSTER, command: commandOfName(name) };
  const args = ['get', object[1]!, '-A', '-o', object[2]!.toLowerCase() === 'json' ? 'json' : 'yaml'];
  return { kind: 'objects', subject: CLUSTER, command: { program: 'kubectl', args, exact: false } };
}

function captureFile(node: string, name: string): FileRole {
  const device = name.replace(/\.(?:txt|pcap|pcapng|cap)$/i, '');
  return {
    kind: 'output',
    subject: subjectOf('capture', node, device),
    command: { program: 'tcpdump', args: ['-i', device], exact: false },
  };
}

/** The command of a file below a node's or pod's folder: by its name, or `cat` for a file that was copied as it was. */
function commandOfPath(parts: readonly string[]): Command {
  const at = parts.slice(0, -1).findIndex((part) => SYSTEM_FOLDERS.has(part));
  // Below sos_commands/ a folder `etc` or `sys` would be a plugin's.
  if (at < 0 || parts.slice(0, at).includes('sos_commands')) return commandOfName(parts[parts.length - 1]!);
  return { program: 'cat', args: [`/${parts.slice(at).join('/')}`], exact: true };
}

/**
 * A file that the layout does not explain. Its first folder, where it has one, is taken for the node it is from (folders
 * of outputs, one a node), so that the outputs of two nodes are never mixed into one.
 */
function loose(parts: readonly string[]): FileRole {
  const top = parts[0]!;
  const named = parts.length > 1 && ![SYSTEM_FOLDERS, FOREIGN_FOLDERS, LAYOUT_FOLDERS].some((set) => set.has(top));
  const subject = nodeSubject(named ? top : UNNAMED_NODE);
  const command = commandOfPath(named ? parts.slice(1) : parts);
  const tells = isKnownProgram(command.program) || command.program === 'cat';
  return { kind: 'loose', subject, command: tells ? command : NO_COMMAND };
}

/** Names that the bundle knows, to tell whose a log is. */
export interface KnownNames {
  isNode(name: string): boolean;
  /** Namespaces in which a pod of that name is known. */
  namespacesOf(pod: string): readonly string[];
}

/** Components of which each node runs one, outside pods or in a DaemonSet: their logs are a node's. */
const NODE_COMPONENT =
  /^(?:system|messages|dmesg|journal|kernel|syslog|kubelet|kube-proxy|containerd|cri-?o|docker|dockerd|kube-flannel|flannel|calico-node|cilium|weave|antrea-agent|ovn|aws-node|terway|multus)/i;

/** A pod of a ReplicaSet or DaemonSet: its name ends in five characters of Kubernetes' own alphabet (apimachinery rand.go). */
const GENERATED_NAME = /-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** Names as the kubelet gives them to container logs: `<pod>_<namespace>_<container>-<id>`. */
const CONTAINER_LOG = /^([a-z0-9][a-z0-9.-]*)_([a-z0-9][a-z0-9-]*)_/;

/**
 * Whose a log is: a node's, a pod's, or `cluster` where the name tells neither (a pod whose namespace is not known is
 * not given one).
 */
export function logSubject(component: string, owner: string, names: KnownNames): Subject {
  if (names.isNode(owner)) return nodeSubject(owner);
  const namespaces = names.namespacesOf(owner);
  if (namespaces.length === 1) return podSubject(namespaces[0]!, owner);
  const container = CONTAINER_LOG.exec(owner);
  if (container !== null) return podSubject(container[2]!, container[1]!);
  const perNode = NODE_COMPONENT.test(component) && owner !== component && !GENERATED_NAME.test(owner);
  return perNode && namespaces.length === 0 ? nodeSubject(owner) : CLUSTER;
}
