import { CLUSTER, nodeSubject, podSubject, subjectOf } from '../model.js';
import { commandOfName } from './command.js';
import { commandOfPath } from './machine-file.js';
import { NO_COMMAND, objectsPlace, type Place } from './place.js';

/** The layout's own folders: a file that lies there and does not fit is of no node of that name. */
export const LAYOUT_FOLDERS: ReadonlySet<string> = new Set(['nodes', 'cluster', 'pods', 'captures', 'logs']);

/** Folders of other layouts, below which `pods`, `nodes` and `logs` mean something else. */
export const FOREIGN_FOLDERS: ReadonlySet<string> = new Set([
  'namespaces',
  'cluster-scoped-resources',
  'cluster-resources',
  'sos_commands',
]);

/** Folders that may stand before the layout's own: the name of one of several inputs, and one wrapping. */
const PREFIX_FOLDERS = 2;

/** What podnet's own collector writes, wherever its folders begin; and facts.yaml, index.jsonl and a saved interview, which may lie anywhere near the top. */
export function podnetLayout(path: string): Place | undefined {
  const parts = path.split('/');
  const folders = parts.length - 1;
  for (let at = 0; at < folders && at <= PREFIX_FOLDERS; at += 1) {
    if (FOREIGN_FOLDERS.has(parts[at]!)) break;
    const place = placeBelow(parts[at]!, parts.slice(at + 1));
    if (place !== undefined) return place;
  }
  const name = parts[folders]!;
  if (folders <= PREFIX_FOLDERS) {
    if (/^facts\.(?:ya?ml|json)$/.test(name)) return { kind: 'facts', subject: CLUSTER, command: NO_COMMAND };
    if (name === 'interview.json' && parts[folders - 1] === 'answers') {
      return { kind: 'interview', subject: CLUSTER, command: NO_COMMAND };
    }
    if (name === 'index.jsonl') return { kind: 'index', subject: CLUSTER, command: NO_COMMAND };
  }
  return undefined;
}

/** What `rest` is below one of the layout's folders; undefined where the folder is none or the path does not fit it. */
function placeBelow(folder: string, rest: readonly string[]): Place | undefined {
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

function clusterFile(name: string): Place {
  const object = /^(.+)\.(json|ya?ml)$/i.exec(name);
  if (object === null) return { kind: 'output', subject: CLUSTER, command: commandOfName(name) };
  return objectsPlace(object[1]!, object[2]!);
}

function captureFile(node: string, name: string): Place {
  const device = name.replace(/\.(?:txt|pcap|pcapng|cap)$/i, '');
  return {
    kind: 'output',
    subject: subjectOf('capture', node, device),
    command: { program: 'tcpdump', args: ['-i', device], exact: false },
  };
}
