import { caseStudies } from './faults/case-studies.mjs';
import { forwarding } from './faults/forwarding.mjs';
import { network } from './faults/network.mjs';

/**
 * All faults of the lab.
 *
 * @typedef {{ id: string, cause: string, alsoAcceptable?: string[], variant: string,
 *   inject(cluster: import('./cluster.mjs').Cluster): Promise<unknown> | unknown,
 *   breaks: string[], spares?: string[] }} Fault
 * @type {Fault[]}
 */
export const FAULTS = [...caseStudies, ...forwarding, ...network];
