import { roleOfInterface } from '../captures/path/hop-role.js';
import { kindOf, partsOf, type Subject, subjectOf } from '../model.js';
import { type Place, UNNAMED_NODE } from './place.js';

/** `n1/eth0.pcap`, `n1-eth0.pcap`, `eth0.pcap`: the node and the interface that a capture's path names, as far as it does. */
export function whereCaptured(path: string): { node?: string; iface?: string } {
  const parts = path.split('/');
  const stem = parts[parts.length - 1]!.replace(/(?:\.(?:pcap|pcapng|cap|dmp|txt|log|gz))+\d*$/i, '');
  const folder = parts[parts.length - 2];
  const inFolder = folder === undefined || folder === '' || folder === '.' || folder === '..' ? {} : { node: folder };
  if (roleOfInterface(stem) !== undefined || stem === 'any') return { ...inFolder, iface: stem };
  // The interface stands last, whatever joins it to the node's name; a tunnel device has a dot of its own.
  for (let i = 1; i < stem.length - 1; i += 1) {
    if (!/[-_.@+]/.test(stem[i]!)) continue;
    const iface = stem.slice(i + 1);
    if (roleOfInterface(iface) !== undefined) return { node: stem.slice(0, i), iface };
  }
  return { ...inFolder, iface: stem };
}

/** Whose capture a file is: what its place says, else its name. `iface` is what the packet itself names. */
export function captureSubject(path: string, place: Place, iface: string | undefined): Subject {
  const kind = kindOf(place.subject);
  if (kind === 'pod') return place.subject;
  const [node = UNNAMED_NODE, device] = kind === 'cluster' ? [] : partsOf(place.subject);
  if (kind === 'capture') {
    return iface !== undefined && (device === undefined || device === 'any')
      ? subjectOf('capture', node, iface)
      : place.subject;
  }
  const named = whereCaptured(path);
  const name = node === UNNAMED_NODE ? (named.node ?? node) : node;
  return subjectOf('capture', name, iface ?? named.iface ?? 'any');
}
