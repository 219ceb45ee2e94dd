import { CLUSTER } from '../model.js';
import { networkPrefix } from './network-prefix.js';
import type { FactSink } from './parser.js';

/** An address pool of Calico, as `calicoctl get ippool` and the IPPool object show it. */
export interface CalicoPool {
  cidr: string;
  line: number;
  disabled: boolean;
}

/** What the enabled pools tell of the cluster: their networks, `calico.pool-cidr`, with commas between. */
export function recordPools(pools: readonly CalicoPool[], sink: FactSink): void {
  const enabled = pools.filter((pool) => !pool.disabled);
  const cidrs: string[] = [];
  for (const pool of enabled) {
    const cidr = networkPrefix(pool.cidr);
    if (cidr === undefined) sink.problem(pool.line, 'the CIDR of the pool is not one');
    else if (!cidrs.includes(cidr)) cidrs.push(cidr);
  }
  const first = enabled[0];
  if (first !== undefined && cidrs.length > 0)
    sink.fact('calico.pool-cidr', cidrs.join(','), first.line, { subject: CLUSTER });
}
