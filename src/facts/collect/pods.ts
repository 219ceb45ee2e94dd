import { readdir, readlink } from 'node:fs/promises';
import { UNNAMED_NAMESPACE, workloadOfPod } from '../bundle/place.js';
import { devicesOf } from './machine.js';
import { namesIn, readText, readTextBelow } from './read-file.js';
import type { CommandRunner } from './runner.js';

/** A pod of this node: a network namespace with a process in it. */
export interface LivePod {
  /** `-` where nothing tells it. */
  namespace: string;
  name: string;
  /** A process in its network namespace. */
  pid: number;
  /** The namespace: `net:[4026532281]`. */
  netns: string;
}

/** The pods of a node, and what stood in the way of finding them. */
export interface PodSearch {
  pods: LivePod[];
  problems: string[];
}

/** A network namespace other than the node's own, with its processes, the oldest first. */
interface Inhabited {
  netns: string;
  pids: number[];
}

/** Namespace and name of a pod. */
interface PodName {
  namespace: string;
  name: string;
}

/** Devices that every network namespace has as soon as a module is loaded. */
const NO_DEVICE = /^(?:lo|tunl0|sit0|ip6tnl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6gre0)$/;
const LIMIT_MS = 10_000;
/** Pods of which a container runtime is asked one by one. */
const MOST_INSPECTED = 300;

/**
 * Finds the pods of this node: processes in network namespaces other than the node's. Their names are told, in this order,
 * by the kubelet's log folders together with the pod's uid in a process's cgroup, by crictl, docker or nerdctl, and by the
 * host name that the pod has, of which the namespace stays unknown (`-`).
 */
export async function findPods(runner: CommandRunner): Promise<PodSearch> {
  const problems: string[] = [];
  const found = await inhabitedNamespaces(problems);
  if (found.length === 0) return { pods: [], problems };
  const named = new Map<string, PodName>();
  const listed = await sandboxes(runner);
  await nameByUid(found, named, await podsByUid(listed));
  if (named.size < found.length) await nameByRuntime(runner, found, named, listed);
  const pods: LivePod[] = [];
  for (const { netns, pids } of found) {
    const pid = pids[0]!;
    const devices = devicesOf((await readText(`/proc/${pid}/net/dev`)).text ?? '');
    const name = named.get(netns);
    // A service with PrivateNetwork=yes, a browser's sandbox: none of these is a pod.
    if (name === undefined && devices.every((device) => NO_DEVICE.test(device))) continue;
    pods.push({ ...(name ?? (await nameOfHost(runner, pid))), pid, netns });
  }
  return { pods: distinct(pods), problems };
}

/** The process of a person's own choice, as a pod. */
export async function podOfPid(runner: CommandRunner, pid: number): Promise<LivePod | undefined> {
  const netns = await linkOf(`/proc/${pid}/ns/net`);
  if (netns === undefined) return undefined;
  return { ...(await nameOfHost(runner, pid)), pid, netns };
}

/**
 * Some of them, spread over workloads: one of each before a second of any. The same pods give the same choice.
 */
export function spread(pods: readonly LivePod[], most: number): LivePod[] {
  const byWorkload = new Map<string, LivePod[]>();
  for (const pod of [...pods].sort(byName)) {
    const key = `${pod.namespace}/${workloadOfPod(pod.name)}`;
    const list = byWorkload.get(key);
    if (list === undefined) byWorkload.set(key, [pod]);
    else list.push(pod);
  }
  const chosen: LivePod[] = [];
  for (let round = 0; chosen.length < Math.min(most, pods.length); round += 1) {
    for (const list of byWorkload.values()) {
      const pod = list[round];
      if (pod !== undefined && chosen.length < most) chosen.push(pod);
    }
  }
  return chosen;
}

function byName(a: LivePod, b: LivePod): number {
  const [x, y] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return x < y ? -1 : x > y ? 1 : a.pid - b.pid;
}

/** Two pods of one name (host names need not differ) are told apart by their processes. */
function distinct(pods: LivePod[]): LivePod[] {
  const seen = new Set<string>();
  return pods.map((pod) => {
    const key = `${pod.namespace}/${pod.name}`;
    const name = seen.has(key) ? `${pod.name}-pid-${pod.pid}` : pod.name;
    seen.add(key);
    return { ...pod, name };
  });
}

async function inhabitedNamespaces(problems: string[]): Promise<Inhabited[]> {
  const own = new Set([await linkOf('/proc/self/ns/net'), await linkOf('/proc/1/ns/net')]);
  const byNetns = new Map<string, number[]>();
  let denied = 0;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.sort((a, b) => a - b)) {
    try {
      const netns = await readlink(`/proc/${pid}/ns/net`);
      if (own.has(netns)) continue;
      const list = byNetns.get(netns);
      if (list === undefined) byNetns.set(netns, [pid]);
      else list.push(pid);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') denied += 1;
    }
  }
  // Of a few processes nobody may look at even root is told no.
  if (denied > 0 && process.getuid?.() !== 0) {
    problems.push(`processes that may not be looked at: ${denied}; pods among them were not found`);
  }
  return [...byNetns].map(([netns, list]) => ({ netns, pids: list }));
}

async function linkOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
}

/** `pod<uid>` in a cgroup's path; systemd's driver has underscores for the uid's dashes. */
const UID_IN_CGROUP = /pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})/;

async function nameByUid(
  found: readonly Inhabited[],
  named: Map<string, PodName>,
  byUid: ReadonlyMap<string, PodName>,
): Promise<void> {
  if (byUid.size === 0) return;
  for (const { netns, pids } of found) {
    for (const pid of pids.slice(0, 3)) {
      const uid = UID_IN_CGROUP.exec((await readText(`/proc/${pid}/cgroup`)).text ?? '')?.[1]?.replaceAll('_', '-');
      const name = uid === undefined ? undefined : byUid.get(uid);
      if (name === undefined) continue;
      named.set(netns, name);
      break;
    }
  }
}

/** Pods by uid, out of the kubelet's log folders (`<namespace>_<name>_<uid>`) and crictl's list. */
async function podsByUid(listed: readonly Sandbox[]): Promise<Map<string, PodName>> {
  const byUid = new Map<string, PodName>();
  for (const folder of await namesIn('/var/log/pods')) {
    const match = /^([a-z0-9-]{1,63})_([a-z0-9.-]{1,253})_([0-9a-f-]{32,36})$/.exec(folder);
    if (match !== null) byUid.set(match[3]!, { namespace: match[1]!, name: match[2]! });
  }
  for (const { uid, name } of listed) if (uid !== undefined) byUid.set(uid, name);
  return byUid;
}

interface Sandbox {
  id: string;
  uid: string | undefined;
  name: PodName;
}

async function sandboxes(runner: CommandRunner): Promise<Sandbox[]> {
  const listed = await jsonOf(runner, ['crictl', 'pods', '--state', 'Ready', '-o', 'json']);
  const items = isObject(listed) && Array.isArray(listed.items) ? listed.items : [];
  return items.flatMap((item: unknown): Sandbox[] => {
    if (!isObject(item) || !isObject(item.metadata) || typeof item.id !== 'string') return [];
    const name = podName(item.metadata.namespace, item.metadata.name);
    const { uid } = item.metadata;
    return name === undefined ? [] : [{ id: item.id, uid: typeof uid === 'string' ? uid : undefined, name }];
  });
}

/** Asks the runtimes for the process of each pod. */
async function nameByRuntime(
  runner: CommandRunner,
  found: readonly Inhabited[],
  named: Map<string, PodName>,
  listed: readonly Sandbox[],
): Promise<void> {
  const netnsOf = new Map(found.flatMap(({ netns, pids }) => pids.map((pid) => [pid, netns] as const)));
  const learn = (pid: unknown, name: PodName): void => {
    const netns = typeof pid === 'number' ? netnsOf.get(pid) : undefined;
    if (netns !== undefined && !named.has(netns)) named.set(netns, name);
  };
  const known = new Set([...named.values()].map(({ namespace, name }) => `${namespace}/${name}`));
  const unknown = listed.filter(({ name }) => !known.has(`${name.namespace}/${name.name}`));
  for (const { id, name } of unknown.slice(0, MOST_INSPECTED)) {
    const { stdout, failure } = await runner.run(['crictl', 'inspectp', '-o', 'json', id], { timeoutMs: LIMIT_MS });
    // A runtime that has stopped answering is not asked again.
    if (failure !== undefined) break;
    const sandbox = parsed(stdout.toString());
    if (isObject(sandbox) && isObject(sandbox.info)) learn(sandbox.info.pid, name);
  }
  if (named.size >= found.length) return;
  for (const engine of [['docker'], ['nerdctl', '-n', 'k8s.io']]) {
    const ids = (await textOf(runner, [...engine, 'ps', '-q', '--no-trunc']))
      .split('\n')
      .filter((id) => /^[0-9a-f]{12,64}$/.test(id));
    if (ids.length === 0) continue;
    const inspected = await jsonOf(runner, [...engine, 'inspect', ...ids.slice(0, MOST_INSPECTED)]);
    for (const container of Array.isArray(inspected) ? inspected : []) learnContainer(container, learn);
  }
}

function learnContainer(container: unknown, learn: (pid: unknown, name: PodName) => void): void {
  if (!isObject(container) || !isObject(container.State)) return;
  const labels = isObject(container.Config) && isObject(container.Config.Labels) ? container.Config.Labels : {};
  const name =
    podName(labels['io.kubernetes.pod.namespace'], labels['io.kubernetes.pod.name']) ??
    podName(UNNAMED_NAMESPACE, typeof container.Name === 'string' ? container.Name.replace(/^\//, '') : undefined);
  if (name !== undefined) learn(container.State.Pid, name);
}

/** Names as the API has them; a runtime's answer is not trusted to be one. */
function podName(namespace: unknown, name: unknown): PodName | undefined {
  if (typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  if (namespace !== UNNAMED_NAMESPACE && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return undefined;
  return /^[A-Za-z0-9][\w.-]{0,252}$/.test(name) ? { namespace, name } : undefined;
}

/** A pod's host name is its own name, cut after 63 characters, unless its author gave it another one. */
async function nameOfHost(runner: CommandRunner, pid: number): Promise<PodName> {
  const [own, file] = await Promise.all([
    readText('/etc/hostname', 1000),
    readTextBelow(`/proc/${pid}/root`, 'etc/hostname', 1000),
  ]);
  const written = podName(UNNAMED_NAMESPACE, file.text?.trim());
  if (written !== undefined && file.text !== own.text) return written;
  const [here, there] = [await linkOf('/proc/self/ns/uts'), await linkOf(`/proc/${pid}/ns/uts`)];
  if (there !== undefined && here !== there) {
    const said = await textOf(runner, ['nsenter', '-t', String(pid), '-u', '--', 'uname', '-n']);
    const name = podName(UNNAMED_NAMESPACE, said.trim());
    if (name !== undefined) return name;
  }
  return { namespace: UNNAMED_NAMESPACE, name: `pid-${pid}` };
}

async function textOf(runner: CommandRunner, argv: readonly string[]): Promise<string> {
  const { stdout, exit } = await runner.run(argv, { timeoutMs: LIMIT_MS });
  return exit === 0 ? stdout.toString() : '';
}

async function jsonOf(runner: CommandRunner, argv: readonly string[]): Promise<unknown> {
  return parsed(await textOf(runner, argv));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
