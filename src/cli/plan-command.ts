import type { Lang } from '../engine/rulebook/types.js';
import type { CapturePlan, PlanHop } from '../facts/collect/plan.js';
import type { FactStore } from '../facts/store.js';
import type { Topology } from '../facts/topology.js';
import { sanitize } from '../report/sanitize.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { nodeName } from './live-collection.js';
import { type PlanSay, planWordsOf } from './plan-words.js';
import { shippedCnis } from './rulebook.js';
import { UsageError } from './usage-error.js';

export interface PlanOptions {
  lang?: Lang;
  node?: string;
}

/**
 * `podnet collect --plan FLOW [BUNDLE...]`: where to capture a flow, hop by hop, on standard output. From bundles where some
 * are given, else from this machine as it is. Throws UsageError where the flow or a bundle is not understood.
 */
export async function runPlan(flow: string, bundles: readonly string[], options: PlanOptions): Promise<ExitStatus> {
  const say = planWordsOf(chooseLang(options.lang, process.env));
  const { FlowError, parseFlow } = await import('../facts/collect/flow-words.js');
  const { planCaptures } = await import('../facts/collect/plan.js');
  try {
    const words = parseFlow(flow);
    const facts = bundles.length === 0 ? await here(options) : await read(bundles);
    const plan = planCaptures(words, facts);
    process.stdout.write(planText(flow, plan, say));
    return plan.hops.length === 0 ? EXIT.insufficient : EXIT.healthy;
  } catch (error) {
    throw error instanceof FlowError ? new UsageError(sanitize(`${flow}: ${error.message}`)) : error;
  }
}

interface Facts {
  store: FactStore;
  topology: Topology;
}

async function read(bundles: readonly string[]): Promise<Facts> {
  const { readBundles, UnreadableInput } = await import('../facts/bundle/read-bundles.js');
  const { readFacts } = await import('../facts/read.js');
  const { deriveAll } = await import('../facts/derive/derive-all.js');
  try {
    const contents = await readBundles(bundles.map((path) => ({ path })));
    const { store } = readFacts(contents, { logPatterns: [], cnis: await shippedCnis() });
    return { store, topology: deriveAll(store).topology };
  } catch (error) {
    throw error instanceof UnreadableInput ? new UsageError(sanitize(error.message)) : error;
  }
}

async function here(options: PlanOptions): Promise<Facts> {
  const { CommandRunner } = await import('../facts/collect/runner.js');
  const { factsHere } = await import('../facts/collect/facts-here.js');
  const { findPods } = await import('../facts/collect/pods.js');
  const runner = new CommandRunner();
  try {
    const { pods } = await findPods(runner);
    return await factsHere(runner, await shippedCnis(), nodeName(options), pods);
  } finally {
    await runner.close();
  }
}

/** The plan for a person. Names and addresses come from dumps: no control character of theirs reaches the terminal. */
export function planText(flow: string, { hops, notes, pidOf }: CapturePlan, say: PlanSay): string {
  const lines = [say('title', { flow: sanitize(flow) }), ''];
  if (hops.length === 0) lines.push(say('nothing'), '');
  hops.forEach((hop, i) => {
    lines.push(`${i + 1}. ${placeOf(hop, say)}`);
    if (hop.findDevice !== undefined) lines.push(`   ${say('find', { command: sanitize(hop.findDevice) })}`);
    lines.push(`   ${sanitize(hop.command)}`, `   ${say(hop.look)}`, '');
  });
  for (const { id, values } of notes) {
    const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sanitize(value)]));
    lines.push(`- ${say(`note-${id}`, shown as never)}`);
  }
  if (hops.length > 0) {
    if (pidOf !== undefined) lines.push(`- ${say('pid', { command: sanitize(pidOf) })}`);
    const folders = [...new Set(hops.map(({ file }) => quoted(file.slice(0, file.lastIndexOf('/')))))];
    lines.push(`- ${say('folders', { command: sanitize(`mkdir -p ${folders.join(' ')}`) })}`);
    const captures = [...new Set(hops.filter(({ role }) => role !== 'inside-pod').map(({ file }) => quoted(file)))];
    lines.push('', say('how', { folders: sanitize(captures.join(' ')) }));
  }
  return `${lines.join('\n')}\n`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function placeOf({ node, role, device, pod }: PlanHop, say: PlanSay): string {
  const where = sanitize(device ?? (role === 'pod' ? 'VETH' : role.toUpperCase()));
  const inPod = role === 'inside-pod' && pod !== undefined;
  const place = inPod ? `${say('inPod', { pod: sanitize(`${pod.namespace}/${pod.name}`) })}, ` : '';
  return `${place}${node === undefined ? '' : `${say('onNode', { node: sanitize(node) })}: `}${where}`;
}
