import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sumOf, unexplained } from './agreement.mjs';
import { CLUSTERS, Cluster, removeLeftovers } from './cluster.mjs';
import { CONTROLS } from './controls.mjs';
import { FAULTS } from './faults.mjs';
import { whyNoLab } from './namespaces.mjs';
import { labPage, labTable } from './page.mjs';
import { trialInTurn } from './trial.mjs';
import { WALK_DISAGREEMENTS } from './walk-disagreements.mjs';
import { withWalkSection } from './walk-page.mjs';

export {
  CLUSTERS,
  Cluster,
  CONTROLS,
  FAULTS,
  labTable,
  removeLeftovers,
  sumOf as walkSum,
  trialInTurn,
  WALK_DISAGREEMENTS,
  whyNoLab,
};

/** Faults for which another cause is ranked first, with the reason: id and one sentence. At most three. */
export const KNOWN_MISSES = {
  'second-nic-takes-replies':
    'security-group-blocks is first: the default route by another NIC is seen, but the signature of asymmetric-routing has too few of the legs which a router that filters by reverse path breaks',
  'cloud-filters-nodeports':
    'no cause fits well enough: that a node reaches its own NodePorts speaks against a filter between the nodes, since flows to a NodePort are not told apart by whether they leave their node',
};

/** Disagreements of the walk with what happened that no reason is given for, in words. */
export function unexplainedWalks(results) {
  return unexplained(results, WALK_DISAGREEMENTS);
}

/** Writes what the documentation says of the lab: its page, and the section about it in the walk's. */
export function writeLabPages(results, seconds) {
  writeFileSync(docs('lab.md'), labPage(results, seconds, KNOWN_MISSES));
  const walk = readFileSync(docs('walk.md'), 'utf8');
  writeFileSync(docs('walk.md'), withWalkSection(walk, results, WALK_DISAGREEMENTS));
}

function docs(name) {
  return fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
}
