import type { BundleWriter } from './bundle-writer.js';
import type { Kubectl } from './kube.js';
import { reasonOf } from './kube.js';
import { loggedComponent, logsRequests } from './kube-resources.js';
import { scrubText } from './without-secrets.js';

/** A container whose log tells of the network. */
export interface LoggedContainer {
  namespace: string;
  pod: string;
  container: string;
  component: string;
  restarts: number;
  ready: boolean;
}

export interface LogOptions {
  /** Last lines of each. */
  lines?: number;
  /** As kubectl has it: `24h`. */
  since?: string;
  /** Pods of one component: a DaemonSet has one on each of thousands of nodes. */
  most?: number;
  onProgress?: (done: number) => void;
}

const LINES = 2000;
const SINCE = '48h';
const MOST = 40;
const AT_ONCE = 4;
const LOG_BYTES = 8 * 1024 * 1024;

/** The containers of a pod whose logs are of use; of each component one. */
export function loggedContainersOf(pod: Record<string, unknown>): LoggedContainer[] {
  const metadata = recordOf(pod.metadata);
  const { namespace, name } = metadata;
  if (typeof namespace !== 'string' || typeof name !== 'string') return [];
  const statuses = new Map<unknown, Record<string, unknown>>();
  for (const status of recordsOf(recordOf(pod.status).containerStatuses)) statuses.set(status.name, status);
  const found = new Map<string, LoggedContainer>();
  for (const { name: container } of recordsOf(recordOf(pod.spec).containers)) {
    if (typeof container !== 'string') continue;
    const component = loggedComponent(namespace, name, container);
    if (component === undefined || found.has(component)) continue;
    const status = statuses.get(container) ?? {};
    const restarts = typeof status.restartCount === 'number' ? status.restartCount : 0;
    found.set(component, { namespace, pod: name, container, component, restarts, ready: status.ready === true });
  }
  return [...found.values()];
}

/**
 * Reads the logs, the troubled pods' first, into `logs/<component>/<pod>.log`. Of a container that restarted the log before
 * that stands first in the same file: it is what says why. `problems` names those that could not be had.
 */
export async function readLogs(
  kubectl: Kubectl,
  writer: Pick<BundleWriter, 'add'>,
  containers: readonly LoggedContainer[],
  { lines = LINES, since = SINCE, most = MOST, onProgress }: LogOptions,
): Promise<{ read: number; problems: { what: string; reason: string }[] }> {
  const problems: { what: string; reason: string }[] = [];
  const { chosen, leftOut } = choose(containers, most);
  for (const [component, count] of leftOut) {
    problems.push({ what: `logs/${component}`, reason: `podnet: logs of ${count} more pods were not read` });
  }
  let read = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const one = chosen[next];
      next += 1;
      if (one === undefined) return;
      onProgress?.(read);
      const { namespace, pod, container, component } = one;
      const words = ['logs', '-n', namespace, pod, '-c', container, `--tail=${lines}`, '--timestamps=false'];
      const before = one.restarts > 0 ? await kubectl([...words, '--previous'], LOG_BYTES) : undefined;
      const now = await kubectl([...words, `--since=${since}`], LOG_BYTES);
      const texts = [before, now].flatMap((result) => (result?.exit === 0 ? [result.stdout.toString('utf8')] : []));
      const what = `logs/${component}/${pod}`;
      if (now.exit !== 0) problems.push({ what, reason: reasonOf(now) });
      else read += 1;
      const content =
        texts.length === 0
          ? `${reasonOf(now)}\n`
          : scrubText(logsRequests(component) ? withoutRequests(texts.join('')) : texts.join(''));
      const { startedAt, ms, exit } = now;
      writer.add({ path: `${what}.log`, startedAt, ms, ...(exit === undefined ? {} : { exit }), content });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { read, problems };
}

/** Requests that were answered say nothing of a fault, and much of people: of the others the query is left out. */
export function withoutRequests(text: string): string {
  return text
    .split('\n')
    .filter(
      (line) =>
        !/HTTP\/[\d.]{1,4}\\?"? [1-4]\d\d\b|"(?:status|response_code|DownstreamStatus)": ?"?[1-4]\d\d\b/.test(line),
    )
    .map((line) => line.replace(/(\/[^\s"?]{0,2000})\?[^\s"]+/g, '$1?removed'))
    .join('\n');
}

function choose(
  containers: readonly LoggedContainer[],
  most: number,
): { chosen: LoggedContainer[]; leftOut: Map<string, number> } {
  const troubled = ({ ready, restarts }: LoggedContainer) => (ready ? 0 : 1_000_000) + restarts;
  const sorted = [...containers].sort((a, b) => troubled(b) - troubled(a) || (a.pod < b.pod ? -1 : 1));
  const counts = new Map<string, number>();
  const leftOut = new Map<string, number>();
  const chosen = sorted.filter(({ component }) => {
    const count = (counts.get(component) ?? 0) + 1;
    counts.set(component, count);
    if (count > most) leftOut.set(component, count - most);
    return count <= most;
  });
  return { chosen, leftOut };
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as unknown[]).map(recordOf) : [];
}
