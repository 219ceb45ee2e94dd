import type { Subject } from '../model.js';
import { nodeSubject, podSubject } from '../model.js';
import type { BundleWriter } from './bundle-writer.js';
import type { ProbePlan } from './probe-agent/plan.js';
import type { ProbeSource } from './probe-plan.js';
import type { CommandResult, CommandRunner } from './runner.js';

export interface ProbingOptions {
  /** A process in the network namespace from which to probe; the collector's own namespace unless given. */
  netnsPid?: number;
  /** The namespace that process must still be in, as `/proc/PID/ns/net` reads. */
  netns?: string;
  /** How this program is started again as `probe-agent`: the words before it. */
  program?: readonly string[];
}

/** The agent ends by itself at the plan's deadline; beyond this it hangs. Milliseconds. */
const GRACE_MS = 10_000;
/** A result line has a few hundred bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * Makes the probes of a plan in the network namespace of their source and writes what came of them into the bundle, as
 * `nodes/<node>/podnet_probe` or `pods/<namespace>/<pod>/podnet_probe`. Never throws for what the probes or the agent do: an
 * agent that is killed, or whose namespace is gone, leaves what it had done, and the reason.
 */
export async function runProbes(
  runner: CommandRunner,
  writer: Pick<BundleWriter, 'add'>,
  source: ProbeSource,
  plan: ProbePlan,
  options: ProbingOptions = {},
): Promise<void> {
  const { netnsPid, netns } = options;
  const program = options.program ?? [process.execPath, process.argv[1] ?? ''];
  const result = await runner.run([...program, 'probe-agent'], {
    timeoutMs: plan.deadlineMs + GRACE_MS,
    stdin: JSON.stringify(netnsPid === undefined ? plan : { ...plan, holder: netnsPid }),
    maxBytes: MAX_OUTPUT,
    ...(netnsPid === undefined ? {} : { netnsPid }),
    ...(netns === undefined ? {} : { netns }),
  });
  const { startedAt, ms, exit } = result;
  writer.add({
    ...placeOf(source),
    argv: ['podnet', 'probe'],
    startedAt,
    ms,
    ...(exit === undefined ? {} : { exit }),
    content: contentOf(result),
  });
}

function placeOf(source: ProbeSource): { path: string; subject: Subject } {
  const { kind, node, namespace = 'default', name = '' } = source;
  return kind === 'node'
    ? { path: `nodes/${node}/podnet_probe`, subject: nodeSubject(node) }
    : { path: `pods/${namespace}/${name}/podnet_probe`, subject: podSubject(namespace, name) };
}

/** The agent's own lines, and behind them why there are no more, where it did not end by itself. */
function contentOf({ stdout, stderr, exit, failure }: CommandResult): string {
  let text = stdout.toString('utf8');
  const cut = text.lastIndexOf('\n') + 1;
  if (/\n\{"end":[^\n]*\}\n$/.test(text.slice(-4096))) return text;
  // Half a line is of a run that was cut.
  text = text.slice(0, cut);
  return `${text}${JSON.stringify({ cut: reasonOf(stderr.toString('utf8'), exit, failure) })}\n`;
}

function reasonOf(stderr: string, exit: number | undefined, failure: CommandResult['failure']): string {
  if (failure === 'timeout') return 'the prober did not end in time';
  if (failure === 'interrupted') return 'the collection was interrupted';
  if (failure === 'not-found') return 'a program that the prober needs was not found (nsenter)';
  if (failure === 'gone') return 'the pod went away before it was probed from';
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  if (failure === 'denied') return said === '' ? 'the prober was not allowed to start' : said;
  if (said !== '') return said;
  return exit === undefined ? 'the prober was killed' : `the prober ended with status ${exit}`;
}
