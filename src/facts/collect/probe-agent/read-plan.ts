import { isIP } from 'node:net';
import type { PlannedProbe, ProbePlan } from './plan.js';

const PROTOCOLS: ReadonlySet<string> = new Set(['icmp', 'tcp', 'udp', 'dns', 'http']);

/**
 * Reads a plan. It is written by podnet itself; what is looked at is that addresses are addresses, since they become
 * words of a command line.
 * @throws Error that says what is wrong.
 */
export function readPlan(text: string): ProbePlan {
  let plan: ProbePlan;
  try {
    plan = JSON.parse(text) as ProbePlan;
  } catch {
    throw new Error('the plan of probes is no JSON');
  }
  if (typeof plan !== 'object' || plan === null || plan.version !== 1 || !Array.isArray(plan.probes)) {
    throw new Error('not a plan of probes of version 1');
  }
  for (const [i, probe] of plan.probes.entries()) {
    const wrong = whatIsWrong(probe);
    if (wrong !== undefined) throw new Error(`probe ${i + 1} of the plan ${wrong}`);
  }
  for (const number of [plan.deadlineMs, plan.atOnce, plan.pingsAtOnce]) {
    if (!Number.isFinite(number) || number < 1) throw new Error('the limits of the plan are no numbers');
  }
  return plan;
}

function whatIsWrong(probe: PlannedProbe): string | undefined {
  if (typeof probe !== 'object' || probe === null || !PROTOCOLS.has(probe.proto))
    return 'has no protocol that is known';
  if (probe.proto === 'dns') return isIP(probe.server) === 0 ? 'names a server that is no address' : undefined;
  const { ip, name, port } = probe.to ?? {};
  if (ip !== undefined && isIP(ip) === 0) return 'has an address that is none';
  if (ip === undefined && typeof name !== 'string') return 'names no target';
  if (probe.proto !== 'icmp' && !(Number.isInteger(port) && port! > 0 && port! < 65_536)) return 'has no port';
  return undefined;
}
