import { readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { BundleEntry } from '../bundle/entry.js';
import type { Cnis } from '../cnis.js';
import { nodeSubject, podSubject, type Subject } from '../model.js';
import type { BundleWriter } from './bundle-writer.js';
import { nodeCommands, podCommands, type StateCommand } from './commands.js';
import { collectKube } from './kube.js';
import { lookAtMachine } from './machine.js';
import { machineFiles } from './machine-files.js';
import { neighbourQuestions } from './neighbour-questions.js';
import { podCpuStat } from './pod-cpu.js';
import { findPods, type LivePod, podOfPid, spread } from './pods.js';
import { inPool } from './pool.js';
import { type ProbeSource, planProbes } from './probe-plan.js';
import { runProbes } from './probing.js';
import { readText, readTextBelow } from './read-file.js';
import { record, recordReason } from './record.js';
import type { CommandResult, CommandRunner } from './runner.js';
import { chooseTargets, type Targets } from './targets.js';

/** What is to be collected on this node. */
export interface CollectOptions {
  /** The node's name in the bundle. */
  node: string;
  /** What names of devices mean; without them fewer pods are found. */
  cnis?: Cnis;
  /** From how many pods is probed, those of `chosen` counted; `none` leaves out all others. */
  pods: number | 'all' | 'none';
  /** Pods by `namespace/name`, name or PID: from them is probed in any case. */
  chosen: readonly string[];
  peers: readonly string[];
  /** Path of what holds targets. */
  targets?: string;
  probes: boolean;
  /** Reads the cluster's objects through kubectl as well; what they name is probed. */
  kube?: boolean;
  context?: string;
  kubeconfig?: string;
  /** Milliseconds for all; what is left then is told as not done. */
  durationMs: number;
  /** The words that start this program again. */
  program?: readonly string[];
  onProgress?: (progress: CollectProgress) => void;
}

/** How far it has come. */
export interface CollectProgress {
  stage: 'kube' | 'look' | 'probes' | 'state' | 'capture';
  /** What runs: a command, or from where is probed. */
  what: string;
  done: number;
  of: number;
  /** Milliseconds until the time is used up. */
  leftMs: number;
}

/** What came of a collection. */
export interface Collected {
  /** Pods whose state was asked for. */
  pods: number;
  /** From where was probed: `node/n1`, `pod/default/web-1`. */
  probedFrom: Subject[];
  /** What could not be found, read or done, in a sentence each. */
  problems: string[];
}

/** Commands at once: a node under load must not be loaded further. */
const AT_ONCE = 4;
/** Probing agents at once. */
const AGENTS_AT_ONCE = 3;
const COMMAND_MS = 10_000;
/** One request to the API. */
const KUBECTL_MS = 30_000;
/** Probing takes no more of the time than this share, so that the state is had in any case. */
const PROBING_SHARE = 0.5;
const PROBING_MS = 55_000;
/** Where less of the time than this is left, nothing more is probed. */
const KEPT_SHARE = 0.35;

/**
 * Collects the facts of this node and of its pods into a bundle: what is probed first, so that the counters, neighbours and
 * caches which are looked at afterwards show what came of it. Everything that is missing is in the bundle with its reason.
 * Throws OutputError where the bundle cannot be written, and what `chooseTargets` throws.
 */
export async function collect(runner: CommandRunner, writer: FileSink, options: CollectOptions): Promise<Collected> {
  return new Collection(runner, writer, options).run();
}

/** Takes files, as a bundle does. */
export type FileSink = Pick<BundleWriter, 'add'>;

/** Where outputs of one node or pod go, and how its network namespace is entered. */
interface Place {
  folder: string;
  subject: Subject;
  node?: string;
  pod?: LivePod;
}

class Collection {
  readonly #runner: CommandRunner;
  readonly #writer: FileSink;
  readonly #options: CollectOptions;
  readonly #ends: number;
  readonly #problems: string[] = [];
  readonly #gone = new Set<Subject>();
  #late = 0;

  constructor(runner: CommandRunner, writer: FileSink, options: CollectOptions) {
    this.#runner = runner;
    this.#writer = writer;
    this.#options = options;
    this.#ends = performance.now() + options.durationMs;
  }

  async run(): Promise<Collected> {
    const { node, probes, kube } = this.#options;
    const ownIps = addressesHere();
    // What a person named wrongly is told before anything is done.
    let targets = probes ? await this.#targets(ownIps, []) : undefined;
    if (kube === true) {
      const objects = await this.#kube();
      if (targets !== undefined) targets = await this.#targets(ownIps, objects);
    }
    if (targets !== undefined) this.#problems.push(...targets.problems);
    this.#tell('look', node, 0, 1);
    const [machine, pods] = await Promise.all([lookAtMachine(this.#runner), this.#pods()]);
    const sources = this.#sourcesOf(pods);
    const probedFrom = targets === undefined ? [] : await this.#probe(targets, sources, ownIps);
    const neighbours = targets === undefined ? [] : neighbourQuestions(targets);
    await this.#state([...nodeCommands(machine), ...neighbours], podCommands(machine), pods);
    this.#summarise();
    return { pods: pods.length, probedFrom, problems: this.#problems };
  }

  #targets(ownIps: string[], objects: readonly BundleEntry[]): Promise<Targets> {
    const { node, cnis, peers, targets } = this.#options;
    return chooseTargets({
      ...{ peers: [...peers], node, ownIps, objects },
      ...(targets === undefined ? {} : { targets }),
      ...(cnis === undefined ? {} : { cnis }),
    });
  }

  /** The cluster's objects, which go into the bundle and tell what may be probed. */
  async #kube(): Promise<BundleEntry[]> {
    const objects: BundleEntry[] = [];
    const sink: FileSink = {
      add: (file) => {
        this.#writer.add(file);
        const { path, content } = file;
        if (!/^cluster\/[^/]+\.json$/.test(path)) return;
        objects.push({ path, bytes: typeof content === 'string' ? Buffer.from(content) : content });
      },
    };
    const { context, kubeconfig } = this.#options;
    // A cluster that does not answer must not take the time from this node.
    const ends = this.#ends - this.#options.durationMs * PROBING_SHARE;
    const run: CommandRunner['run'] = (argv, options) => {
      const timeoutMs = Math.max(1, Math.min(options.timeoutMs, ends - performance.now()));
      return this.#runner.run(argv, { ...options, timeoutMs });
    };
    const { problems } = await collectKube({ run }, sink, {
      ...(context === undefined ? {} : { context }),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      timeoutMs: KUBECTL_MS,
      onProgress: (what, done) => this.#tell('kube', what, done, 0),
    });
    for (const { what, reason } of problems) this.#problems.push(`${what}: ${reason}`);
    return objects;
  }

  async #pods(): Promise<LivePod[]> {
    if (this.#options.pods === 'none' && this.#options.chosen.length === 0) return [];
    const { pods, problems } = await findPods(this.#runner);
    this.#problems.push(...problems);
    for (const chosen of this.#options.chosen) {
      if (!/^\d+$/.test(chosen) || pods.some(({ pid }) => pid === Number(chosen))) continue;
      const pod = await podOfPid(this.#runner, Number(chosen));
      if (pod !== undefined && !pods.some(({ netns }) => netns === pod.netns)) pods.push(pod);
    }
    return this.#options.pods === 'none' ? pods.filter((pod) => this.#isChosen(pod)) : pods;
  }

  #isChosen(pod: LivePod): boolean {
    return this.#options.chosen.some((chosen) => isCalled(pod, chosen));
  }

  /** The pods from which is probed: those that were named, then a spread of the others. */
  #sourcesOf(pods: readonly LivePod[]): LivePod[] {
    const named = this.#options.chosen.flatMap((chosen) => {
      const found = pods.filter((pod) => isCalled(pod, chosen));
      if (found.length === 0) this.#problems.push(`${chosen}: no such pod was found on this node`);
      return found;
    });
    const others = pods.filter((pod) => !named.includes(pod));
    const { pods: most } = this.#options;
    const more = most === 'all' ? others : most === 'none' ? [] : spread(others, Math.max(0, most - named.length));
    return [...new Set([...named, ...more])];
  }

  async #probe(targets: Targets, pods: readonly LivePod[], ownIps: string[]): Promise<Subject[]> {
    const { node, program } = this.#options;
    const sources: { source: ProbeSource; pod?: LivePod }[] = [];
    const resolvConf = (await readText('/etc/resolv.conf')).text;
    sources.push({ source: { kind: 'node', node, ips: ownIps, ...(resolvConf === undefined ? {} : { resolvConf }) } });
    for (const pod of pods) {
      const [ips, conf] = await Promise.all([this.#addressesIn(pod), readTextBelow(rootOf(pod), 'etc/resolv.conf')]);
      const { namespace, name } = pod;
      const source: ProbeSource = { kind: 'pod', node, namespace, name, ips };
      sources.push({ source: conf.text === undefined ? source : { ...source, resolvConf: conf.text }, pod });
    }
    const rounds = Math.ceil(sources.length / AGENTS_AT_ONCE);
    const deadlineMs = Math.max(1000, Math.min(PROBING_MS, (this.#left() * PROBING_SHARE) / rounds));
    let done = 0;
    const probed: Subject[] = [];
    const tasks = sources.map(({ source, pod }) => async () => {
      const where = pod === undefined ? node : `${pod.namespace}/${pod.name}`;
      done += 1;
      if (this.#left() < this.#options.durationMs * KEPT_SHARE) {
        this.#problems.push(`${where}: not probed from: ${this.#tooLate()}`);
        return;
      }
      this.#tell('probes', where, done - 1, sources.length);
      const plan = planProbes(targets, source, { deadlineMs: Math.round(deadlineMs) });
      if (plan.probes.length > 0) {
        await runProbes(this.#runner, this.#writer, source, plan, {
          ...(pod === undefined ? {} : { netnsPid: pod.pid }),
          ...(program === undefined ? {} : { program }),
        });
      }
      probed.push(pod === undefined ? nodeSubject(node) : podSubject(pod.namespace, pod.name));
    });
    await inPool(tasks, AGENTS_AT_ONCE);
    return probed;
  }

  async #addressesIn({ pid, netns }: LivePod): Promise<string[]> {
    const { stdout } = await this.#runner.run(['ip', '-o', 'addr'], { timeoutMs: 5000, netnsPid: pid, netns });
    const found = [...stdout.toString().matchAll(/\sinet6?\s([\da-f.:]+)\/\d+\s.*?scope (\w+)/g)];
    return found.filter((match) => match[2] === 'global').map((match) => match[1]!);
  }

  async #state(
    ofNode: readonly StateCommand[],
    ofPod: readonly StateCommand[],
    pods: readonly LivePod[],
  ): Promise<void> {
    const { node } = this.#options;
    const here: Place = { folder: `nodes/${node}`, subject: nodeSubject(node) };
    const files = await machineFiles();
    const tasks: { what: string; act: () => Promise<void> }[] = ofNode.map((command) => ({
      what: command.argv.join(' '),
      act: () => this.#ask(command, here),
    }));
    for (const { path, clean } of files) tasks.push({ what: path, act: () => this.#copy(path, clean, here) });
    for (const pod of pods) {
      const { namespace, name } = pod;
      const place: Place = { folder: `pods/${namespace}/${name}`, subject: podSubject(namespace, name), node, pod };
      const what = `${namespace}/${name}`;
      tasks.push({ what, act: () => this.#copyResolvConf(place, pod) });
      tasks.push({ what, act: () => this.#copyCpuStat(place, pod) });
      for (const command of ofPod) tasks.push({ what, act: () => this.#ask(command, place) });
    }
    let done = 0;
    await inPool(
      tasks.map(({ what, act }) => async () => {
        this.#tell('state', what, done, tasks.length);
        await act();
        done += 1;
      }),
      AT_ONCE,
    );
  }

  async #ask(command: StateCommand, at: Place): Promise<void> {
    const { argv, name } = command;
    const { pod } = at;
    const place = name === undefined ? at : { ...at, name };
    if (command.skip !== undefined) return recordReason(this.#writer, command.skip, { ...place, argv });
    if (this.#gone.has(place.subject)) return recordReason(this.#writer, GONE, { ...place, argv });
    const left = this.#left();
    if (left <= 0) {
      this.#late += 1;
      return recordReason(this.#writer, this.#tooLate(), { ...place, argv });
    }
    const result = await this.#runner.run(argv, {
      timeoutMs: Math.min(command.timeoutMs ?? COMMAND_MS, left),
      ...(command.maxBytes === undefined ? {} : { maxBytes: command.maxBytes }),
      ...(pod === undefined ? {} : { netnsPid: pod.pid, netns: pod.netns }),
    });
    if (result.failure === 'gone') this.#gone.add(place.subject);
    record(this.#writer, tidied(result, command), { ...place, ...(command.partial === true ? { partial: true } : {}) });
  }

  async #copy(path: string, clean: (text: string) => string, place: Place): Promise<void> {
    const argv = ['cat', path];
    if (this.#left() <= 0) return recordReason(this.#writer, this.#tooLate(), { ...place, argv });
    const startedAt = new Date().toISOString();
    const { text, reason } = await readText(path);
    // That a file of one distribution is missing on another says nothing.
    if (text === undefined && /No such file/.test(reason)) return;
    if (text === undefined) return recordReason(this.#writer, reason, { ...place, argv });
    this.#writer.add({
      ...{ path: `${place.folder}/${argv.join('_').replaceAll('/', '.')}`, subject: place.subject, argv, startedAt },
      ...{ exit: 0, content: clean(text) },
    });
  }

  async #copyResolvConf(place: Place, pod: LivePod): Promise<void> {
    const argv = ['cat', '/etc/resolv.conf'];
    const startedAt = new Date().toISOString();
    const { text, reason } = await readTextBelow(rootOf(pod), 'etc/resolv.conf', 64 * 1024);
    // The process may be another one by now.
    const isSame = (await readlink(`/proc/${pod.pid}/ns/net`).catch(() => undefined)) === pod.netns;
    if (text === undefined || !isSame) {
      return recordReason(this.#writer, isSame ? (reason ?? GONE) : GONE, { ...place, argv });
    }
    this.#writer.add({
      ...{ path: `${place.folder}/cat_.etc.resolv.conf`, subject: place.subject, argv, startedAt, exit: 0 },
      ...(place.node === undefined ? {} : { node: place.node }),
      content: text,
    });
  }

  async #copyCpuStat(place: Place, pod: LivePod): Promise<void> {
    if (this.#left() <= 0) return;
    const startedAt = new Date().toISOString();
    const found = await podCpuStat(pod.pid);
    const isSame = (await readlink(`/proc/${pod.pid}/ns/net`).catch(() => undefined)) === pod.netns;
    if (found === undefined || !isSame) return;
    this.#writer.add({
      ...{ path: `${place.folder}/cat_.sys.fs.cgroup.cpu.stat`, subject: place.subject, argv: ['cat', found.path] },
      ...{ startedAt, exit: 0, content: found.text },
      ...(place.node === undefined ? {} : { node: place.node }),
    });
  }

  #summarise(): void {
    for (const subject of this.#gone) this.#problems.push(`${subject.replace(/^pod\//, '')}: ${GONE}`);
    if (this.#late > 0) this.#problems.push(`${this.#late} commands were not run: ${this.#tooLate()}`);
  }

  #tooLate(): string {
    return `not done: the ${Math.round(this.#options.durationMs / 1000)} s for the collection were used up`;
  }

  #left(): number {
    return this.#ends - performance.now();
  }

  #tell(stage: CollectProgress['stage'], what: string, done: number, of: number): void {
    this.#options.onProgress?.({ stage, what, done, of, leftMs: Math.max(0, this.#left()) });
  }
}

const GONE = 'the pod ended while it was being looked at';

/** A pod's file system. */
function rootOf({ pid }: LivePod): string {
  return `/proc/${pid}/root`;
}

function isCalled(pod: LivePod, wanted: string): boolean {
  const [namespace, name] = wanted.split('/');
  if (name === undefined) return String(pod.pid) === wanted || pod.name === wanted;
  return pod.name === name && (pod.namespace === namespace || pod.namespace === '-');
}

function tidied(result: CommandResult, { bothStreams, clean }: StateCommand): CommandResult {
  const stdout = bothStreams === true ? Buffer.concat([result.stdout, result.stderr]) : result.stdout;
  if (clean === undefined || stdout.length === 0) return { ...result, stdout };
  return { ...result, stdout: Buffer.from(clean(stdout.toString())) };
}

/** Addresses of this machine that others may reach. */
function addressesHere(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:')).map(({ address }) => address);
}
