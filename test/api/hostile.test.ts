import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../acceptance/random.js';
import { build } from '../cli/podnet.js';
import { cleanUp, diagnose, FACTS, JSON_TYPE, type Served, serve, until } from './server.js';

/** Requests that mean harm: each gets a proper status, and healthy ones are answered all the while. */

let served: Served;

beforeAll(async () => {
  build();
  served = await serve(['--max-seconds', '3', '--max-body', '64', '--log-level', 'error']);
}, 120_000);
afterAll(cleanUp);

/** By a connection of its own: one kept from before may be closed by the server while this process is busy with a body. */
async function healthy(url = served.url): Promise<void> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(`${url}/diagnose`, { method: 'POST', headers: JSON_TYPE, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(FACTS);
  });
  expect(status).toBe(200);
}

test('64 connections that send a byte now and then do not keep others waiting, and are cut off', async () => {
  const sockets: Socket[] = [];
  let closed = 0;
  for (let i = 0; i < 64; i += 1) {
    const socket = connect(served.port, '127.0.0.1');
    sockets.push(socket);
    socket
      .on('error', () => {})
      .on('close', () => (closed += 1))
      .resume();
    socket.write('POST /diagnose HTTP/1.1\r\nHost: a\r\n');
  }
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('X');
  }, 200);
  for (let i = 0; i < 10; i += 1) await healthy();
  await until(async () => closed === 64);
  clearInterval(drip);
  await healthy();
}, 60_000);

test('a body of a gigabyte is refused, announced or not', async () => {
  for (const headers of [{ 'content-length': String(2 ** 30) }, { 'transfer-encoding': 'chunked' }]) {
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(`${served.url}/diagnose`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', ...headers },
      });
      const chunk = Buffer.alloc(1024 * 1024);
      let left = 1024;
      const more = (): void => {
        while (left > 0 && !sent.destroyed) {
          left -= 1;
          if (!sent.write(chunk)) {
            sent.once('drain', more);
            return;
          }
        }
        sent.end();
      };
      let answered = false;
      sent.on('response', (response) => {
        answered = true;
        response.resume();
        left = 0;
        resolve(response.statusCode ?? 0);
        sent.destroy();
      });
      sent.on('error', (error) => answered || reject(error));
      more();
    });
    expect(status).toBe(413);
    await healthy();
  }
}, 60_000);

test('a zip bomb is answered, with what was left out', async () => {
  const response = await diagnose(served.url, new Uint8Array(zipBomb()), { 'content-type': 'application/zip' });
  expect(response.status).toBe(200);
  const { outcome, input } = (await response.json()) as { outcome: string; input: { problems: unknown[] } };
  expect(outcome).toBe('insufficient');
  expect(input.problems.length).toBeGreaterThan(0);
  await healthy();
});

test('a gzip bomb is answered, with what was left out', async () => {
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(600 * 1024 * 1024)));
  const response = await diagnose(served.url, bomb, { 'content-type': 'application/gzip' });
  expect([200, 413, 504]).toContain(response.status);
  await healthy();
});

test('a diagnosis that takes too long is given up, and others are answered in the meantime', async () => {
  const slow = Array.from({ length: 6 }, () => diagnose(served.url, hugeFacts()));
  for (let i = 0; i < 3; i += 1) await healthy();
  const statuses = (await Promise.all(slow)).map(({ status }) => status);
  // What found no free thread in time was turned away.
  expect(statuses.filter((status) => status !== 504 && status !== 503)).toEqual([]);
  expect(statuses).toContain(504);
  await healthy();
}, 120_000);

test('a diagnosis that takes too much memory is given up, and others are answered', async () => {
  const small = await serve(['--max-memory', '64', '--log-level', 'error']);
  const response = await diagnose(small.url, hugeFacts());
  expect(response.status).toBe(413);
  expect(((await response.json()) as { type: string }).type).toBe('urn:podnet:problem:out-of-memory');
  await until(async () => (await fetch(`${small.url}/readyz`)).ok);
  await healthy(small.url);
  await small.end();
}, 120_000);

test('requests that are no HTTP are refused', async () => {
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(served.port, '127.0.0.1', () => socket.write('\x16\x03\x01 hello\r\n\r\n'));
    socket
      .setEncoding('utf8')
      .on('data', (data: string) => (text += data))
      .on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
});

test('a stop lets a running request end and turns new ones away', async () => {
  const stopping = await serve(['--log-level', 'error', '--stop-seconds', '20']);
  const running = await openBody(stopping.port);
  stopping.process.kill('SIGTERM');
  await until(async () => (await newRequest(stopping.port)).startsWith('HTTP/1.1 503'));
  expect(await running()).toMatch(/^HTTP\/1\.1 200 /);
  expect(await stopping.exited).toBe(0);
}, 60_000);

test('10,000 malformed bodies get a proper status each, and the server goes on', async () => {
  const seeded = new Random(20_261_127);
  const random = () => seeded.next();
  const document = (await (await fetch(`${served.url}/openapi.json`)).json()) as Document;
  const statuses = new Map<number, number>();
  const targets = ['/diagnose', '/sessions', '/sessions/AAAAAAAAAAAAAAAAAAAAAA/answers'];
  const bodies = Array.from({ length: 10_000 }, (_, i) => {
    const path = targets[i % targets.length]!;
    return { path, body: malformed(document, path, random) };
  });
  const wrong: string[] = [];
  const caller = async (): Promise<void> => {
    for (let next = bodies.pop(); next !== undefined; next = bodies.pop()) {
      const { path, body } = next;
      const response = await fetch(served.url + path, { method: 'POST', headers: JSON_TYPE, body });
      const { status } = response;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const text = await response.text();
      const proper = status < 500 && (status < 400 || (JSON.parse(text) as { status: number }).status === status);
      if (!proper) wrong.push(`${status} ${path} ${body.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  expect(wrong).toEqual([]);
  expect(statuses.get(400)).toBeGreaterThan(100);
  expect(statuses.get(422)).toBeGreaterThan(1000);
  expect(served.process.exitCode).toBeNull();
  await healthy();
}, 300_000);

type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
};
interface Document {
  paths: Record<string, { post: { requestBody: { content: Record<string, { schema: Schema }> } } }>;
  components: { schemas: Record<string, Schema> };
}

/** A body of about the right shape in which something is wrong: a type, a name, a bound, or the JSON itself. */
function malformed(document: Document, path: string, random: () => number): string {
  const named = path.replace(/\/sessions\/[^/]+\//, '/sessions/{id}/');
  const { schema } = document.paths[named]!.post.requestBody.content['application/json']!;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const odd: unknown[] = [
    null,
    true,
    -1,
    1e308,
    '',
    '\0',
    '\u202e',
    'x'.repeat(5000),
    [],
    {},
    [[[]]],
    { constructor: 1 },
    '__proto__',
  ];
  const build = (given: Schema, depth: number): unknown => {
    const one = given.$ref === undefined ? given : document.components.schemas[given.$ref.split('/').at(-1)!]!;
    if (random() < 0.15 || depth > 8) return pick(odd);
    if (one.const !== undefined) return one.const;
    if (one.enum !== undefined) return pick(one.enum);
    const type = Array.isArray(one.type) ? pick(one.type) : one.type;
    if (type === 'array')
      return Array.from({ length: Math.floor(random() * 3) }, () => build(one.items ?? {}, depth + 1));
    if (type === 'object') {
      const value: Record<string, unknown> = {};
      for (const [name, of] of Object.entries(one.properties ?? {})) {
        if (one.required?.includes(name) || random() < 0.4)
          value[random() < 0.05 ? `${name}x` : name] = build(of, depth + 1);
      }
      return value;
    }
    return pick<unknown>(['text', 7, 0.5, false, 'node/n1', '10.0.0.1', '2026-01-01T00:00:00Z']);
  };
  const text = JSON.stringify(build(schema, 0)) ?? '';
  const roll = random();
  if (roll < 0.05) return text.slice(0, Math.floor(random() * text.length));
  if (roll < 0.08) return `${'['.repeat(20_000)}${text}`;
  if (roll < 0.1) return `${text}${pick(['}', ',', '\0', 'NaN'])}`;
  return text;
}

/** Facts over which a diagnosis is busy for long, and large: many subjects, many flows. */
function hugeFacts(): string {
  const reachability = [];
  for (let i = 0; i < 300_000; i += 1) {
    const end = (n: number) => ({
      kind: 'pod',
      node: `n${n % 5000}`,
      ip: `10.${n % 200}.${(n >> 8) % 250}.${(n * 7) % 250}`,
    });
    reachability.push({ from: end(i), to: end(i * 31 + 7), proto: 'icmp', ok: i % 3 === 0, error: 'timeout' });
  }
  return JSON.stringify({ version: 1, reachability });
}

/** One entry that unpacks to a thousand times its size. */
function zipBomb(): Buffer {
  const data = deflateRawSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 });
  const name = Buffer.from('nodes/n1/ip_route');
  const size = 200 * 1024 * 1024;
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(size, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + data.length, 16);
  return Buffer.concat([local, name, data, central, name, end]);
}

/** A request that the server has begun with and whose body is still on its way; what is given ends it and reads the answer. */
async function openBody(port: number): Promise<() => Promise<string>> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const head = `POST /diagnose HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${FACTS.length}\r\nExpect: 100-continue\r\n\r\n`;
  const answer = (): Promise<string> =>
    new Promise((resolve, reject) => {
      socket.once('data', (text) => resolve(String(text))).once('error', reject);
    });
  const begun = answer();
  socket.write(head);
  expect(await begun).toMatch(/^HTTP\/1\.1 100 /);
  return () => {
    const ended = answer();
    socket.write(FACTS);
    return ended;
  };
}

/** The answer to a request on a new connection. */
function newRequest(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /rules HTTP/1.1\r\nHost: a\r\n\r\n'));
    socket.on('error', () => resolve('refused'));
    socket.setEncoding('utf8').once('data', (text: string) => {
      resolve(text);
      socket.destroy();
    });
  });
}
