import { caseStudies } from './faults/case-studies.mjs';
import { cni } from './faults/cni.mjs';
import { dns } from './faults/dns.mjs';
import { forwarding } from './faults/forwarding.mjs';
import { network } from './faults/network.mjs';
import { nodeState } from './faults/node-state.mjs';
import { selective } from './faults/selective.mjs';
import { services } from './faults/services.mjs';

/**
 * All faults of the lab.
 *
 * @typedef {{ id: string, cause: string, alsoAcceptable?: string[], variant: string,
 *   inject(cluster: import('./cluster.mjs').Cluster): Promise<unknown> | unknown,
 *   breaks: string[], spares?: string[] }} Fault
 * @type {Fault[]}
 */
export const FAULTS = [
  ...caseStudies,
  ...forwarding,
  ...network,
  ...selective,
  ...nodeState,
  ...services,
  ...dns,
  ...cni,
];
