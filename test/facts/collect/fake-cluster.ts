import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Json = Record<string, unknown>;

/** What the fake API has: lists by path, and what it does to some of them. */
export interface FakeCluster {
  /** `/api/v1/pods` to kind (`Pod`) and objects. */
  lists: Record<string, { kind: string; apiVersion: string; items: readonly Json[] }>;
  /** Single answers by path: `/version`, `/apis`, one configmap. */
  answers: Record<string, Json>;
  logs?: Record<string, string>;
  /** Paths that are refused. */
  forbidden?: readonly string[];
  /** Lists whose continue token expires once after so many pages, or each time. */
  expires?: Record<string, { after: number; always?: boolean }>;
  /** Paths that are answered after so many ms. */
  slow?: Record<string, number>;
}

/**
 * An API server that gives lists in pages, and a program `kubectl` in a folder of its own that asks it: `get --raw PATH`
 * and `logs`, with kubectl's words and statuses for errors.
 */
export class FakeApi {
  readonly folder = mkdtempSync(join(tmpdir(), 'podnet-kubectl-'));
  /** Paths that were asked for, with their queries. */
  readonly asked: string[] = [];
  /** Command lines of kubectl. */
  readonly commands: string[][] = [];
  readonly #server: Server;
  readonly #cluster: FakeCluster;
  readonly #pages = new Map<string, number>();

  private constructor(cluster: FakeCluster) {
    this.#cluster = cluster;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(cluster: FakeCluster): Promise<FakeApi> {
    const api = new FakeApi(cluster);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    const { port } = api.#server.address() as AddressInfo;
    const file = join(api.folder, 'kubectl');
    writeFileSync(file, `#!${process.execPath}\n${KUBECTL.replace('PORT', String(port))}`);
    chmodSync(file, 0o755);
    return api;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api');
    this.commands.push(JSON.parse(String(request.headers['x-argv'])) as string[]);
    this.asked.push(url.pathname + url.search);
    const wait = this.#cluster.slow?.[url.pathname];
    if (wait === undefined) this.#reply(url, response);
    else setTimeout(() => this.#reply(url, response), wait);
  }

  #reply({ pathname, searchParams }: URL, response: ServerResponse): void {
    const { lists, answers, logs, forbidden } = this.#cluster;
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const refuse = (code: number, reason: string, message: string) =>
      send(code, { kind: 'Status', status: 'Failure', reason, message, code });
    if (forbidden?.includes(pathname)) {
      refuse(403, 'Forbidden', `pods is forbidden: User "viewer" cannot list resource at the cluster scope`);
      return;
    }
    if (Object.hasOwn(answers, pathname)) {
      send(200, answers[pathname]);
      return;
    }
    const log = /^\/logs\/(.*)$/.exec(pathname)?.[1];
    if (log !== undefined) {
      const text = logs?.[log];
      if (text === undefined) refuse(404, 'NotFound', `pods "${log}" not found`);
      else response.end(text);
      return;
    }
    const list = lists[pathname];
    if (list === undefined) {
      refuse(404, 'NotFound', 'the server could not find the requested resource');
      return;
    }
    const expiry = this.#cluster.expires?.[pathname];
    const from = Number(searchParams.get('continue') ?? 0);
    const page = (this.#pages.get(pathname) ?? 0) + 1;
    this.#pages.set(pathname, page);
    if (expiry !== undefined && from > 0 && (expiry.always === true || page === expiry.after + 1)) {
      refuse(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.');
      return;
    }
    const to = Math.min(list.items.length, from + Number(searchParams.get('limit') ?? list.items.length));
    const metadata = { resourceVersion: '4711', ...(to < list.items.length ? { continue: String(to) } : {}) };
    // As the real API: objects in a list have no kind of their own.
    send(200, { kind: `${list.kind}List`, apiVersion: list.apiVersion, metadata, items: list.items.slice(from, to) });
  }
}

const KUBECTL = `
const http = require('node:http');
const words = process.argv.slice(2).filter((word) => !/^--(?:context|kubeconfig)=/.test(word));
let path;
if (words[0] === 'get' && words[1] === '--raw') path = words[2];
else if (words[0] === 'logs') path = '/logs/' + words[words.indexOf('-n') + 1] + '/' + words[3] + (words.includes('--previous') ? '/previous' : '');
else { console.error('error: unknown command'); process.exit(1); }
const headers = { 'x-argv': JSON.stringify(process.argv.slice(2)) };
http.get({ host: '127.0.0.1', port: PORT, path, headers }, (response) => {
  const chunks = [];
  response.on('data', (chunk) => chunks.push(chunk));
  response.on('end', () => {
    const body = Buffer.concat(chunks);
    if (response.statusCode === 200) { process.stdout.write(body); return; }
    const { reason, message } = JSON.parse(body);
    process.stderr.write('Error from server (' + reason + '): ' + message + '\\n');
    process.exitCode = 1;
  });
}).on('error', () => {
  console.error('The connection to the server 127.0.0.1 was refused - did you specify the right host or port?');
  process.exitCode = 1;
});
`;
