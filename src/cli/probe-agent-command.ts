import type { ProbePlan } from '../facts/collect/probe-agent/plan.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { UsageError } from './usage-error.js';

const MAX_PLAN = 16 * 1024 * 1024;

/**
 * `podnet probe-agent`: makes the probes of a plan on standard input and prints what comes of each. `podnet collect` starts
 * it in the network namespaces from which it probes; it is no command for people.
 */
export async function runProbeAgent(): Promise<ExitStatus> {
  const { readPlan } = await import('../facts/collect/probe-agent/read-plan.js');
  const { runAgent } = await import('../facts/collect/probe-agent/agent.js');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_PLAN) throw new UsageError('the plan of probes is too large');
    chunks.push(chunk);
  }
  let plan: ProbePlan;
  try {
    plan = readPlan(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  await runAgent(plan, (line) => void process.stdout.write(line));
  return EXIT.healthy;
}
