import { ciliumSysdump } from './cilium-sysdump.js';
import { clusterInfoDump } from './cluster-info-dump.js';
import { kubeletLogs, logFolder } from './log-folder.js';
import { looseFile } from './loose-file.js';
import { mustGather } from './must-gather.js';
import type { Layout, Place, Surroundings } from './place.js';
import { podnetLayout } from './podnet-layout.js';
import { sosreport } from './sosreport.js';
import { supportBundle } from './support-bundle.js';

/**
 * Every layout, in the order in which they are asked; a new one gets its own file and its line here. podnet's own stands
 * behind those whose trees have folders of the same names (`pods`, `nodes`, `logs`) that mean something else.
 */
const LAYOUTS: readonly Layout[] = [
  sosreport,
  mustGather,
  supportBundle,
  kubeletLogs,
  podnetLayout,
  ciliumSysdump,
  clusterInfoDump,
  logFolder,
];

const ALONE: Surroundings = { has: () => false, rootOf: () => undefined, hostOf: () => '' };

/** Tells what a file is by where it lies. Never fails: what no layout explains is loose. */
export function layoutOf(path: string, around: Surroundings = ALONE): Place {
  for (const layout of LAYOUTS) {
    const place = layout(path, around);
    if (place !== undefined) return place;
  }
  return looseFile(path);
}
