import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { runAgent } from '../../../../src/facts/collect/probe-agent/agent.js';
import { attempt } from '../../../../src/facts/collect/probe-agent/attempt.js';
import type { PlannedProbe, ProbePlan } from '../../../../src/facts/collect/probe-agent/plan.js';
import { readPlan } from '../../../../src/facts/collect/probe-agent/read-plan.js';
import { podnetProbe } from '../../../../src/facts/parsers/podnet-probe.js';
import { readFile } from '../../parsers/read-file.js';

let server: Server | undefined;
afterEach(() => server?.close());

const LIMITS = { groups: [], deadlineMs: 20_000, atOnce: 4, pingsAtOnce: 2 };
const planOf = (probes: PlannedProbe[]): ProbePlan => ({
  ...{ version: 1, source: { kind: 'node', node: 'n1' }, probes },
  ...LIMITS,
  version: 1,
});

async function told(probes: PlannedProbe[], meanwhile?: () => void) {
  const lines: string[] = [];
  const running = runAgent(planOf(probes), (line) => lines.push(line));
  meanwhile?.();
  await running;
  return readFile(podnetProbe, 'podnet probe', lines.join(''));
}

/** Keeps the event loop from turning. */
function hold(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function listening(): Promise<number> {
  server = createServer((socket) => socket.on('error', () => {}).end());
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

it('says that it was held up, and then takes no late answer for a slow one', async () => {
  const port = await listening();
  const to = { ip: '127.0.0.1', port };
  const { of, value } = await told([{ proto: 'tcp', to, count: 2 }], () => {
    setImmediate(() => hold(1600));
  });
  expect(value('prober.starved')).toBe(true);
  expect(of('probe').map(({ state }) => state)).toEqual(['ok']);
});

it('takes no silence for a timeout while it was held up itself', async () => {
  const outcome = await attempt(new AbortController().signal, ({ limit }) => {
    limit(100, () => ({ unknown: 'silence' }));
    setImmediate(() => hold(900));
    return () => {};
  });
  expect(outcome).toMatchObject({ unknown: expect.stringContaining('held up') });
});

it('says of an empty plan that it made no probe', async () => {
  const lines: string[] = [];
  await runAgent(planOf([]), (line) => lines.push(line));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ planned: 0 }),
    // Whether it was starved is the machine's matter: where others hold its CPUs it was.
    { end: expect.objectContaining({ made: 0, starved: expect.any(Boolean) }) },
  ]);
  expect(readFile(podnetProbe, 'podnet probe', lines.join('')).of('probe')).toEqual([]);
});

it.each([
  ['no JSON', '{'],
  ['another version', JSON.stringify({ ...planOf([]), version: 2 })],
  ['an address that is an option', JSON.stringify(planOf([{ proto: 'icmp', to: { ip: '-f' } }]))],
  ['no port', JSON.stringify(planOf([{ proto: 'tcp', to: { ip: '10.0.0.1' } } as unknown as PlannedProbe]))],
  ['a server that is a name', JSON.stringify(planOf([{ proto: 'dns', name: 'a', server: 'b', transport: 'udp' }]))],
  ['no limits', JSON.stringify({ ...planOf([]), atOnce: null })],
])('refuses a plan with %s', (_what, text) => {
  expect(() => readPlan(text)).toThrow(/plan/);
});
