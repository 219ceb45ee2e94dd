import type { BundleEntry } from './entry.js';
import { type Surroundings, UNNAMED_NODE } from './place.js';
import { HOSTNAME_FILES, hostOfName, SOS_COMMANDS } from './sosreport.js';
import { CLUSTER_RESOURCES } from './support-bundle.js';

/** Folders by which a tree of a kind is known, wherever it begins. */
const TREES: readonly string[] = [SOS_COMMANDS, CLUSTER_RESOURCES];

/** Longest name of a host (RFC 1035); what is longer in a file named `hostname` is something else. */
const HOSTNAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** Looks over a bundle once, for what layouts must know before they can tell what a path means. */
export function surroundingsOf(entries: readonly BundleEntry[]): Surroundings {
  const byPath = new Map<string, BundleEntry>();
  const roots = new Map<string, Set<string>>(TREES.map((tree) => [tree, new Set()]));
  for (const entry of entries) {
    byPath.set(entry.path, entry);
    for (const [tree, found] of roots) {
      const at = `/${entry.path}`.indexOf(`/${tree}/`);
      if (at >= 0) found.add(entry.path.slice(0, at));
    }
  }
  const hosts = new Map<string, string>();
  return {
    has: (path) => byPath.has(path),
    rootOf: (tree, path) => rootIn(roots.get(tree), path),
    hostOf(root) {
      let host = hosts.get(root);
      if (host === undefined) {
        host = hostBelow(root, byPath);
        hosts.set(root, host);
      }
      return host;
    },
  };
}

/** The innermost of some folders in which a path lies. */
function rootIn(roots: Set<string> | undefined, path: string): string | undefined {
  if (roots === undefined || roots.size === 0) return undefined;
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash + 1);
    if (roots.has(folder)) return folder;
  }
  return roots.has('') ? '' : undefined;
}

function hostBelow(root: string, byPath: ReadonlyMap<string, BundleEntry>): string {
  for (const file of HOSTNAME_FILES) {
    const host = hostnameIn(byPath.get(root + file));
    if (host !== undefined) return host;
  }
  const folders = root.split('/').slice(0, -1);
  for (const folder of folders.reverse()) {
    const host = hostOfName(folder);
    if (host !== undefined) return host;
  }
  return folders[0] ?? UNNAMED_NODE;
}

function hostnameIn(entry: BundleEntry | undefined): string | undefined {
  if (entry === undefined || (entry.size ?? 0) > 1024) return undefined;
  try {
    const [line = ''] = Buffer.from(entry.bytes).toString('latin1').trim().split('\n', 1);
    return HOSTNAME.test(line) && line !== 'localhost' && !line.startsWith('localhost.') ? line : undefined;
  } catch {
    // A hostname file that cannot be read is told of where it is read for what it holds.
    return undefined;
  }
}
