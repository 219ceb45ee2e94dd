import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLUSTERS, Cluster, removeLeftovers } from './cluster.mjs';
import { CONTROLS } from './controls.mjs';
import { FAULTS } from './faults.mjs';
import { whyNoLab } from './namespaces.mjs';
import { labPage, labTable } from './page.mjs';
import { trialInTurn } from './trial.mjs';

export { CLUSTERS, Cluster, CONTROLS, FAULTS, labTable, removeLeftovers, trialInTurn, whyNoLab };

/** Faults for which another cause is ranked first, with the reason: id and one sentence. At most three. */
export const KNOWN_MISSES = {
  'second-nic-takes-replies':
    'security-group-blocks is first: the default route by another NIC is seen, but the signature of asymmetric-routing has too few of the legs which a router that filters by reverse path breaks',
  'cloud-filters-nodeports':
    'no cause fits well enough: that a node reaches its own NodePorts speaks against a filter between the nodes, since flows to a NodePort are not told apart by whether they leave their node',
};

/** Writes the page of the documentation that has the table. */
export function writeLabPage(results, seconds) {
  writeFileSync(fileURLToPath(new URL('../../docs/lab.md', import.meta.url)), labPage(results, seconds, KNOWN_MISSES));
}
