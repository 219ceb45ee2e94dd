import { resolve } from 'node:path';
import type { BundleWriter } from './bundle-writer.js';
import { type LoggedContainer, loggedContainersOf, readLogs } from './kube-logs.js';
import { CNI_RESOURCES, CONFIG_MAPS, CORE_RESOURCES, type KubeResource } from './kube-resources.js';
import type { CommandResult, CommandRunner } from './runner.js';
import { scrubText, withoutSecrets } from './without-secrets.js';

export interface KubeOptions {
  /** The program, with words that come before the rest. */
  kubectl?: readonly string[];
  context?: string;
  kubeconfig?: string;
  /** Of one request, ms. */
  timeoutMs?: number;
  /** Objects of one page. */
  pageSize?: number;
  /** Objects of one resource beyond which no more are read: events may be without end. */
  most?: number;
  /** Logs of the network's own pods; `since` as kubectl has it. False: none. */
  logs?: false | { lines?: number; since?: string; most?: number };
  onProgress?: (what: string, done: number) => void;
}

/** What came of it. */
export interface KubeResult {
  /** Objects by resource, those included of which not all came. */
  objects: Record<string, number>;
  logs: number;
  /** What could not be read, or not whole, and why. */
  problems: { what: string; reason: string }[];
}

/** `kubectl get --raw` and its like, with the user's own kubeconfig. */
export type Kubectl = (args: readonly string[], maxBytes?: number) => Promise<CommandResult>;

const TIMEOUT = 60_000;
const PAGE = 500;
const MOST = 100_000;
const PAGE_BYTES = 128 * 1024 * 1024;
/** Bytes of one file: a longer list goes on in `pods.2.json`, so that no more than this is ever held. */
const PART_BYTES = 16 * 1024 * 1024;

/** The part of a runner that is needed here. */
type Runner = Pick<CommandRunner, 'run'>;
type Writer = Pick<BundleWriter, 'add'>;

/**
 * Reads the cluster's objects through kubectl, in pages, and writes each resource as `kubectl get RESOURCE -A -o json`
 * would print it to `cluster/<resource>.json`. Only lists that are named here are asked for; of those, what may hold a
 * secret is left out before anything is written. What is forbidden or missing is in the bundle with the API's own words.
 * Never throws for what the cluster answers; a writer's error (a full disk) passes through.
 */
export async function collectKube(runner: Runner, writer: Writer, options: KubeOptions = {}): Promise<KubeResult> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT;
  const front = [
    ...(options.kubectl ?? ['kubectl']),
    ...(options.context === undefined ? [] : [`--context=${options.context}`]),
    ...(options.kubeconfig === undefined ? [] : [`--kubeconfig=${resolve(options.kubeconfig)}`]),
  ];
  const kubectl: Kubectl = (args, maxBytes = PAGE_BYTES) => runner.run([...front, ...args], { timeoutMs, maxBytes });
  return new KubeCollection(kubectl, writer, options).collect();
}

class KubeCollection {
  readonly #kubectl: Kubectl;
  readonly #writer: Writer;
  readonly #options: KubeOptions;
  readonly #result: KubeResult = { objects: {}, logs: 0, problems: [] };
  readonly #logged: LoggedContainer[] = [];

  constructor(kubectl: Kubectl, writer: Writer, options: KubeOptions) {
    this.#kubectl = kubectl;
    this.#writer = writer;
    this.#options = options;
  }

  async collect(): Promise<KubeResult> {
    if (!(await this.#version())) return this.#result;
    for (const resource of CORE_RESOURCES) await this.#list(resource);
    await this.#configMaps();
    for (const resource of await this.#customResources()) await this.#list(resource);
    const { logs } = this.#options;
    if (logs !== false) {
      const { read, problems } = await readLogs(this.#kubectl, this.#writer, this.#logged, {
        ...logs,
        onProgress: (done) => this.#progress('logs', done),
      });
      this.#result.logs = read;
      this.#result.problems.push(...problems);
    }
    return this.#result;
  }

  #progress(what: string, done: number): void {
    this.#options.onProgress?.(what, done);
  }

  #problem(what: string, reason: string): void {
    this.#result.problems.push({ what, reason });
  }

  /** The version, which anybody may read. False where there is no kubectl or no answer: the rest need not be tried. */
  async #version(): Promise<boolean> {
    this.#progress('version', 0);
    const result = await this.#kubectl(['get', '--raw', '/version']);
    const path = 'cluster/kubectl_version_-o_json';
    const argv = ['kubectl', 'version', '-o', 'json'];
    const version = result.exit === 0 ? parsed(result.stdout) : undefined;
    if (version !== undefined) {
      this.#writer.add({
        path,
        argv,
        ...timesOf(result),
        content: `${JSON.stringify({ serverVersion: version }, null, 2)}\n`,
      });
      return true;
    }
    const reason = reasonOf(result);
    this.#problem('cluster', reason);
    this.#writer.add({ path, argv, ...timesOf(result), content: `${reason}\n` });
    // Whoever is refused one answer may be given others.
    return /\((?:Forbidden|NotFound)\)/.test(reason);
  }

  /** One resource in pages. A list that expired while it was read (410) is begun again, once. */
  async #list({ resource, path }: KubeResource): Promise<void> {
    const file = new ListFile(this.#writer, resource);
    let token = '';
    let restarted = false;
    let reason: string | undefined;
    let last: CommandResult | undefined;
    for (;;) {
      this.#progress(resource, file.count);
      const limit = this.#options.pageSize ?? PAGE;
      const query = token === '' ? '' : `&continue=${encodeURIComponent(token)}`;
      const page = await this.#kubectl(['get', '--raw', `${path}?limit=${limit}${query}`]);
      last = page;
      const list = page.exit === 0 ? parsed(page.stdout) : undefined;
      if (list === undefined || !Array.isArray(list.items)) {
        reason = page.exit === 0 ? 'podnet: the answer is no list of objects' : reasonOf(page);
        if (token === '' || restarted || !isExpired(reason)) break;
        restarted = true;
        token = '';
        reason = undefined;
        continue;
      }
      for (const item of list.items as unknown[]) {
        const clean = isRecord(item) ? file.take(item, list) : undefined;
        if (clean !== undefined && resource === 'pods') this.#logged.push(...loggedContainersOf(clean));
      }
      file.endPage(page);
      const next = isRecord(list.metadata) ? list.metadata.continue : undefined;
      if (typeof next !== 'string' || next === '' || next === token) break;
      token = next;
      if (file.count >= (this.#options.most ?? MOST)) {
        reason = `podnet: more than ${file.count} objects: the rest was not read`;
        break;
      }
    }
    this.#finish(resource, file, last, reason);
  }

  #finish(resource: string, file: ListFile, result: CommandResult, reason: string | undefined): void {
    if (reason !== undefined) this.#problem(resource, reason);
    if (reason === undefined || file.count > 0) this.#result.objects[resource] = file.count;
    file.close(result, reason);
  }

  /** The few that configure the network, each by its name. */
  async #configMaps(): Promise<void> {
    const file = new ListFile(this.#writer, 'configmaps');
    const refused = new Set<string>();
    let last: CommandResult | undefined;
    for (const [namespace, name] of CONFIG_MAPS) {
      this.#progress('configmaps', file.count);
      last = await this.#kubectl(['get', '--raw', `/api/v1/namespaces/${namespace}/configmaps/${name}`]);
      const object = last.exit === 0 ? parsed(last.stdout) : undefined;
      if (object !== undefined) file.take(object, { kind: 'ConfigMapList', apiVersion: 'v1' });
      // That there is none of another CNI is nothing to tell.
      else if (!/\(NotFound\)|not found/.test(reasonOf(last))) refused.add(reasonOf(last));
    }
    this.#finish('configmaps', file, last!, refused.size === 0 ? undefined : [...refused].join('; '));
  }

  /** Custom resources of CNIs whose group the API has, in its preferred version. */
  async #customResources(): Promise<KubeResource[]> {
    const result = await this.#kubectl(['get', '--raw', '/apis']);
    const groups = result.exit === 0 ? parsed(result.stdout)?.groups : undefined;
    if (!Array.isArray(groups)) {
      this.#problem('custom resources', reasonOf(result));
      return [];
    }
    const found: KubeResource[] = [];
    for (const group of groups as unknown[]) {
      if (!isRecord(group) || typeof group.name !== 'string' || !Object.hasOwn(CNI_RESOURCES, group.name)) continue;
      const version = isRecord(group.preferredVersion) ? group.preferredVersion.groupVersion : undefined;
      if (typeof version !== 'string' || !/^[\w.-]+\/v\w{1,20}$/.test(version)) continue;
      const served = await this.#resourcesOf(version);
      for (const resource of CNI_RESOURCES[group.name]!) {
        if (served === undefined || served.has(resource))
          found.push({ resource, path: `/apis/${version}/${resource}` });
      }
    }
    return found;
  }

  /** Which resources a group has; undefined where it does not say. */
  async #resourcesOf(groupVersion: string): Promise<Set<string> | undefined> {
    const result = await this.#kubectl(['get', '--raw', `/apis/${groupVersion}`]);
    const resources = result.exit === 0 ? parsed(result.stdout)?.resources : undefined;
    if (!Array.isArray(resources)) return undefined;
    return new Set(
      (resources as unknown[]).flatMap((one) => (isRecord(one) && typeof one.name === 'string' ? [one.name] : [])),
    );
  }
}

/** A list that is written while it is read: its objects are held as bytes until they fill a file. */
class ListFile {
  readonly #writer: Writer;
  readonly #resource: string;
  readonly #taken = new Set<string>();
  #items: Buffer[] = [];
  #bytes = 0;
  #parts = 0;

  constructor(writer: Writer, resource: string) {
    this.#writer = writer;
    this.#resource = resource;
  }

  get count(): number {
    return this.#taken.size;
  }

  /**
   * Takes an object of a list, with the kind that the list's own tells, and returns it as it is written; undefined where
   * it is there already, from before the list was begun again.
   */
  take(item: Record<string, unknown>, list: Record<string, unknown>): Record<string, unknown> | undefined {
    const metadata = isRecord(item.metadata) ? item.metadata : {};
    const key = `${String(metadata.namespace ?? '')}/${String(metadata.name ?? this.#taken.size)}`;
    if (this.#taken.has(key)) return undefined;
    this.#taken.add(key);
    const kind = typeof list.kind === 'string' && /.List$/.test(list.kind) ? list.kind.slice(0, -4) : undefined;
    const head = {
      ...(list.apiVersion === undefined ? {} : { apiVersion: list.apiVersion }),
      ...(kind === undefined ? {} : { kind }),
    };
    const clean = withoutSecrets({ ...head, ...item });
    this.#hold(Buffer.from(json(clean)));
    return clean;
  }

  #hold(bytes: Buffer): void {
    this.#items.push(bytes);
    this.#bytes += bytes.length + 1;
  }

  endPage(page: CommandResult): void {
    if (this.#bytes >= PART_BYTES) this.#write(page);
  }

  /**
   * Writes what is left. Where not all of the list came an object says so that is the API's own for a failure: whoever
   * reads it must not take the list for whole. Where nothing came, the reason stands in the file's place.
   */
  close(result: CommandResult, reason: string | undefined): void {
    if (reason !== undefined && this.count === 0) {
      const path = `cluster/${this.#resource}.json`;
      this.#writer.add({ path, ...timesOf(result), exit: result.exit || 1, content: `${reason}\n` });
      return;
    }
    if (reason !== undefined) {
      const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', message: `${this.#resource}: ${reason}` };
      this.#hold(Buffer.from(json(status)));
    }
    if (this.#parts === 0 || this.#items.length > 0) this.#write(result);
  }

  #write(result: CommandResult): void {
    this.#parts += 1;
    const path = `cluster/${this.#resource}${this.#parts === 1 ? '' : `.${this.#parts}`}.json`;
    const pieces: Uint8Array[] = [Buffer.from('{"apiVersion":"v1","kind":"List","items":[\n')];
    for (const [i, item] of this.#items.entries()) {
      if (i > 0) pieces.push(Buffer.from(','));
      pieces.push(item);
    }
    pieces.push(Buffer.from(']}\n'));
    this.#writer.add({ path, ...timesOf(result), content: Buffer.concat(pieces) });
    this.#items = [];
    this.#bytes = 0;
  }
}

/** One line an object. */
function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function timesOf({ startedAt, ms, exit }: CommandResult): { startedAt: string; ms: number; exit?: number } {
  return { startedAt, ms, ...(exit === undefined ? {} : { exit }) };
}

function parsed(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A continue token lives for minutes: etcd has compacted what it stood for. */
function isExpired(reason: string): boolean {
  return /\((?:Expired|Gone)\)|too old|\b410\b/.test(reason);
}

/** Why a command gave nothing, in its own words where it has any. */
export function reasonOf({ failure, stderr, exit }: CommandResult): string {
  const said = scrubText(stderr.toString('utf8').trim().split('\n').at(-1) ?? '').slice(0, 500);
  switch (failure) {
    case 'not-found':
      return 'kubectl: command not found';
    case 'timeout':
      return 'podnet: kubectl gave no answer in time';
    case 'too-large':
      return 'podnet: the answer is too large';
    case 'interrupted':
      return 'podnet: interrupted';
    default:
      return said === '' ? `podnet: kubectl ended with status ${exit ?? 'unknown'}` : said;
  }
}
