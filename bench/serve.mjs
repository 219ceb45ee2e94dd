/** `podnet serve` on loopback: throughput against the same work in a loop, latency at half of the peak, memory over many requests. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { clusterFacts } from './fixture.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SECONDS = 8;
/** One a second for an hour. */
const HOUR = 3600;
const threads = availableParallelism();
const round = (value, digits = 2) => Number(value.toFixed(digits));

/** Diagnoses a second of as many threads, each in a loop, with nothing around it. */
async function inProcess(body) {
  const url = new URL('./serve-loop.mjs', import.meta.url);
  const workerData = { rulebook: join(root, 'dist/rulebook.json'), body, seconds: SECONDS };
  const workers = Array.from({ length: threads }, () => new Worker(url, { workerData }));
  const said = (worker) => new Promise((resolve) => worker.once('message', resolve));
  await Promise.all(workers.map(said));
  const rates = workers.map(said);
  for (const worker of workers) worker.postMessage('go');
  const total = (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return total;
}

async function startServer(folder) {
  const args = ['serve', '--port', '0', '--rate-limit', '0', '--log-level', 'warn', '--workers', String(threads)];
  const child = spawn(
    process.execPath,
    [join(root, 'dist/bin/podnet.js'), ...args, '--database', join(folder, 'history.db')],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PODNET_LANG: 'en' } },
  );
  const port = await new Promise((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      const found = /listens on http:\S+:(\d+)/.exec(log);
      if (found !== null) resolve(Number(found[1]));
    });
    child.once('exit', () => reject(new Error(log)));
  });
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  return { child, port };
}

/** A kept connection that asks one thing at a time, with as little of its own as can be: it shares the processors. */
class Caller {
  #socket;
  #request;
  #done;
  #seen = '';
  #left = -1;

  constructor(port, body) {
    const head = `POST /diagnose HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    this.#request = Buffer.from(head + body);
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.#socket.on('data', (data) => this.#take(data));
  }

  ask() {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(this.#request);
    });
  }

  end() {
    this.#socket.destroy();
  }

  #take(data) {
    if (this.#left < 0) {
      this.#seen += data.toString('latin1');
      const end = this.#seen.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!this.#seen.startsWith('HTTP/1.1 200')) throw new Error(this.#seen.slice(0, 300));
      const length = Number(/content-length: (\d+)/i.exec(this.#seen)[1]);
      this.#left = length - (this.#seen.length - end - 4);
      this.#seen = '';
    } else this.#left -= data.length;
    if (this.#left > 0) return;
    this.#left = -1;
    this.#done();
  }
}

async function peak(port, body, seconds) {
  const callers = Array.from({ length: threads * 4 }, () => new Caller(port, body));
  const since = performance.now();
  let count = 0;
  await Promise.all(
    callers.map(async (caller) => {
      while (performance.now() - since < seconds * 1000) {
        await caller.ask();
        count++;
      }
      caller.end();
    }),
  );
  return (count / (performance.now() - since)) * 1000;
}

/** Latencies, ms, of requests that come at a steady rate whether or not those before are answered. */
async function steady(port, body, rate, seconds) {
  const free = [];
  const latencies = [];
  const pending = [];
  const since = performance.now();
  for (let i = 0; i < rate * seconds; i++) {
    const due = since + (i * 1000) / rate;
    while (performance.now() < due)
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now() - 1)));
    const caller = free.pop() ?? new Caller(port, body);
    pending.push(
      caller.ask().then(() => {
        latencies.push(performance.now() - due);
        free.push(caller);
      }),
    );
  }
  await Promise.all(pending);
  for (const caller of free) caller.end();
  return latencies.sort((a, b) => a - b);
}

async function memory(port) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)[1]) / 1024 / 1024;
}

/** Prints ratios; resolves to what was missed. */
export async function benchServe() {
  const failures = [];
  const verdict = (name, met) => {
    if (!met) failures.push(name);
    return met ? 'ok' : 'MISSED';
  };
  const body = clusterFacts(4, 40);
  console.log(`\n## podnet serve on loopback, ${threads} threads, facts of ${round(body.length / 1024, 0)} kB`);
  const loop = await inProcess(body);
  const folder = mkdtempSync(join(tmpdir(), 'podnet-bench-'));
  const { child, port } = await startServer(folder);
  try {
    await peak(port, body, 3);
    const most = await peak(port, body, SECONDS);
    const share = most / loop;
    console.log(
      `in a loop ${round(loop, 0)}/s, served and kept ${round(most, 0)}/s = ${round(share)}x  (target >= 0.7) ${verdict(`served: ${round(share)}`, share >= 0.7)}`,
    );
    const latencies = await steady(port, body, most / 2, SECONDS);
    const at = (part) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))];
    console.log(
      `at half of that: p50 ${round(at(0.5), 1)} ms, p99 ${round(at(0.99), 1)} ms (target < 50) ${verdict(`p99: ${round(at(0.99))} ms`, at(0.99) < 50)}`,
    );
    const sizes = [];
    for (let third = 0; third < 3; third++) {
      const callers = Array.from({ length: threads * 2 }, () => new Caller(port, body));
      let left = HOUR / 3;
      await Promise.all(
        callers.map(async (caller) => {
          while (left-- > 0) await caller.ask();
          caller.end();
        }),
      );
      sizes.push(await memory(port));
    }
    const growth = sizes[2] / sizes[0];
    console.log(
      `memory after ${HOUR / 3}, ${(HOUR / 3) * 2} and ${HOUR} requests: ${sizes.map((size) => round(size, 0)).join(', ')} MB = ${round(growth)}x  (target <= 1.15) ${verdict(`memory grows: ${round(growth)}`, growth <= 1.15)}`,
    );
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  return failures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await benchServe()).length > 0 ? 1 : 0;
