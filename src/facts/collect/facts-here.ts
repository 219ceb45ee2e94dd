import type { BundleEntry } from '../bundle/entry.js';
import type { Cnis } from '../cnis.js';
import { deriveAll } from '../derive/derive-all.js';
import { readFacts } from '../read.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import { inPool } from './pool.js';
import { fileNameOf } from './record.js';
import type { CommandRunner } from './runner.js';

/** A pod of this node with a process in its network namespace. */
export interface PodHere {
  namespace: string;
  name: string;
  pid: number;
}

const NODE_COMMANDS: readonly (readonly string[])[] = [
  ['ip', '-d', 'link'],
  ['ip', 'addr'],
  ['ip', 'route'],
  ['ip', 'neigh'],
  ['bridge', 'fdb'],
  ['iptables-save', '-t', 'nat'],
];
const LIMIT_MS = 5000;
const AT_ONCE = 4;

/**
 * What is to be known of this node to plan captures on it: its devices, routes and neighbours, and the addresses of its
 * pods. `more` are files that tell of the rest of the cluster.
 */
export async function factsHere(
  runner: Pick<CommandRunner, 'run'>,
  cnis: Cnis,
  node: string,
  pods: readonly PodHere[],
  more: readonly BundleEntry[] = [],
  netnsPid?: number,
): Promise<{ store: FactStore; topology: Topology }> {
  const entries: BundleEntry[] = [...more];
  const on = netnsPid === undefined ? {} : { netnsPid };
  for (const argv of NODE_COMMANDS) {
    const { exit, stdout } = await runner.run(argv, { timeoutMs: LIMIT_MS, ...on });
    if (exit === 0) entries.push({ path: `nodes/${node}/${fileNameOf(argv)}`, bytes: stdout });
  }
  const items: unknown[] = [];
  const asked = pods.map(({ namespace, name, pid }) => async (): Promise<void> => {
    const folder = `pods/${namespace}/${name}`;
    for (const argv of [
      ['ip', 'addr'],
      ['ip', '-d', 'link'],
    ]) {
      const { exit, stdout } = await runner.run(argv, { timeoutMs: LIMIT_MS, netnsPid: pid });
      if (exit !== 0) continue;
      entries.push({ path: `${folder}/${fileNameOf(argv)}`, bytes: stdout });
      const ips = [...stdout.toString('utf8').matchAll(/^\s+inet6? (\S+?)\/\d+ .*scope global/gm)].map(
        (match) => match[1]!,
      );
      if (ips.length === 0) continue;
      const status = { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })), phase: 'Running' };
      items.push({ kind: 'Pod', metadata: { namespace, name }, spec: { nodeName: node }, status });
    }
  });
  await inPool(asked, AT_ONCE);
  // Whose object is known is better described by it.
  if (!more.some(({ path }) => /(?:^|\/)cluster\/pods(?:\.\d+)?\.json$/.test(path)) && items.length > 0) {
    entries.push({ path: 'cluster/pods.json', bytes: Buffer.from(JSON.stringify({ kind: 'List', items })) });
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis });
  return { store, topology: deriveAll(store).topology };
}
