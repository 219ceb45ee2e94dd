import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BundleWriter } from '../../../src/facts/collect/bundle-writer.js';
import type { PlannedProbe, ProbePlan } from '../../../src/facts/collect/probe-agent/plan.js';
import { runProbes } from '../../../src/facts/collect/probing.js';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import type { Probe } from '../../../src/facts/model.js';
import { curl } from '../../../src/facts/parsers/curl.js';
import { dig } from '../../../src/facts/parsers/dig.js';
import { ping } from '../../../src/facts/parsers/ping.js';
import { podnetProbe } from '../../../src/facts/parsers/podnet-probe.js';
import { build, main } from '../../cli/podnet.js';
import { probeIn, type Read, readFile } from '../parsers/read-file.js';
import { needsProbeLab, ProbeLab } from './probe-lab.js';

const SOURCE = { kind: 'pod', node: 'n1', namespace: 'default', name: 'web' } as const;
const B = '10.80.2.2';

beforeAll(build, 120_000);

let lab: ProbeLab | undefined;
afterEach(() => {
  lab?.close();
  lab = undefined;
});

async function builtLab(): Promise<ProbeLab> {
  lab = new ProbeLab();
  await lab.build();
  return lab;
}

interface Probed extends Read {
  text: string;
  path: string;
  ms: number;
}

/** Runs probes in the namespace of a process, with the built program, and reads what they left in the bundle. */
async function probed(
  pid: number,
  probes: PlannedProbe[],
  options: Partial<ProbePlan> = {},
  signal?: AbortSignal,
): Promise<Probed> {
  const runner = new CommandRunner(signal === undefined ? {} : { signal });
  const files: { path: string; content: Uint8Array | string }[] = [];
  const writer = { add: (file: (typeof files)[number]) => void files.push(file) } as unknown as BundleWriter;
  const limits = { deadlineMs: 55_000, atOnce: 32, pingsAtOnce: 8 };
  const plan: ProbePlan = { version: 1, source: SOURCE, probes, groups: [], ...limits, ...options };
  const start = performance.now();
  await runProbes(runner, writer, { ...SOURCE, ips: [] }, plan, { netnsPid: pid, program: [process.execPath, main] });
  const ms = performance.now() - start;
  runner.killAll();
  expect(files).toHaveLength(1);
  const text = String(files[0]!.content);
  const read = readFile(podnetProbe, 'podnet probe', text, { subject: 'pod/default/web' });
  return { ...read, text, path: files[0]!.path, ms };
}

const outcome = ({ to, proto, state, error, stage, status, server, size, dontFragment, sent, received }: Probe) => ({
  ...{ to, proto, state, error, stage, status, server, size, dontFragment },
  ...(proto === 'icmp' ? { sent, received } : {}),
});

describe('probing in a network namespace', () => {
  it('finds what ping, curl and dig find', async (context) => {
    needsProbeLab(context);
    const { run, pid } = await builtLab().then((built) => ({ run: built.run.bind(built), pid: built.pid }));
    run('b', 'iptables', '-A', 'INPUT', '-p', 'tcp', '--dport', '9', '-j', 'DROP');
    run('r', 'ip', 'route', 'add', 'unreachable', '203.0.113.0/24');
    const page = (ip: string, port: number, path: string): PlannedProbe => ({
      ...{ proto: 'http', to: { ip, port }, scheme: 'http', path },
    });
    const lookup = (name: string): PlannedProbe => ({ proto: 'dns', name, server: B, transport: 'udp' });
    const probes: PlannedProbe[] = [
      { proto: 'icmp', to: { ip: B } },
      { proto: 'icmp', to: { ip: '10.80.1.9' } },
      ...[page(B, 8080, '/'), page(B, 8080, '/big'), page(B, 8080, '/stall'), page(B, 8080, '/silent')],
      ...[page(B, 8080, '/reset'), page(B, 81, '/'), page(B, 9, '/'), page('10.80.1.9', 80, '/')],
      page('203.0.113.1', 80, '/'),
      ...['web.test', 'none.test', 'refused.test', 'silent.test'].map(lookup),
    ];
    const found = await probed(pid, probes);
    const told = (probe: PlannedProbe): Probe => {
      if (probe.proto === 'icmp') {
        const args = ['-n', '-c', '3', '-i', '0.3', '-W', '3', probe.to.ip!];
        return probeIn(ping, `ping ${args.join(' ')}`, run('a', 'ping', ...args));
      }
      if (probe.proto === 'dns') {
        const args = ['+time=1', '+tries=2', `@${probe.server}`, probe.name];
        return probeIn(dig, `dig ${args.join(' ')}`, run('a', 'dig', ...args));
      }
      const url = `http://${probe.to.ip}:${probe.to.port}${(probe as { path: string }).path}`;
      const args = ['-sv', '-o', '/dev/null', '-m', '4', url];
      return probeIn(curl, `curl ${args.join(' ')}`, run('a', 'curl', ...args));
    };
    const byTools = probes.map((probe) => outcome(told(probe)));
    expect(found.unknowns).toEqual([]);
    const own = found.of('probe').map(outcome);
    const sorted = (all: object[]) => all.map((one) => JSON.stringify(one)).sort();
    expect(sorted(own)).toEqual(sorted(byTools));
  }, 60_000);

  it("finds the path's MTU by what a router says, and by halving where routers are silent", async (context) => {
    needsProbeLab(context);
    const built = await builtLab();
    built.ip('r', 'link set to-b mtu 1387');
    const sweep: PlannedProbe[] = [{ proto: 'icmp', to: { ip: B }, sweep: true }];
    const said = (await probed(built.pid, sweep)).of('probe').map(outcome);
    expect(said).toMatchObject([
      { size: 84, state: 'ok' },
      { size: 1500, state: 'failing', error: 'message-too-long', dontFragment: true },
      { size: 1387, state: 'ok', dontFragment: true },
    ]);
    // What the first sweep taught the kernel is forgotten.
    built.ip('a', 'route flush cache');
    built.run('r', 'iptables', '-A', 'OUTPUT', '-p', 'icmp', '--icmp-type', 'fragmentation-needed', '-j', 'DROP');
    const silent = (await probed(built.pid, sweep)).of('probe').map(outcome);
    expect(silent).toMatchObject([
      { size: 84, state: 'ok' },
      { size: 1500, state: 'failing', error: 'timeout', dontFragment: true },
      { size: 1387, state: 'ok', dontFragment: true },
    ]);
  }, 60_000);

  it('takes the MTU that a route sets for the own one', async (context) => {
    needsProbeLab(context);
    const built = await builtLab();
    built.ip('a', 'route replace default via 10.80.1.1 mtu 1450');
    const { of } = await probed(built.pid, [{ proto: 'icmp', to: { ip: B }, sweep: true }]);
    expect(of('probe').map(outcome)).toMatchObject([
      { size: 84, state: 'ok' },
      { size: 1450, state: 'ok', dontFragment: true },
    ]);
  });

  it('tells what works at times from what works and what fails', async (context) => {
    needsProbeLab(context);
    const { pid } = await builtLab();
    const count = 6;
    const { of } = await probed(pid, [
      { proto: 'http', to: { ip: B, port: 8082 }, scheme: 'http', path: '/', count },
      { proto: 'tcp', to: { ip: B, port: 8080 }, count },
      { proto: 'tcp', to: { ip: B, port: 81 }, count },
      { proto: 'dns', name: 'late.test', server: B, transport: 'udp', count },
    ]);
    const byPort = new Map(of('probe').map((probe) => [probe.to.port ?? 53, probe]));
    expect(byPort.get(8082)).toMatchObject({ state: 'lossy', pattern: 'intermittent', sent: 6, received: 3 });
    expect(byPort.get(8080)).toMatchObject({ state: 'ok', sent: 6, received: 6 });
    // What fails each time is not tried to the end.
    expect(byPort.get(81)).toMatchObject({ state: 'failing', error: 'refused', sent: 2, received: 0 });
    expect(byPort.get(53)).toMatchObject({ state: 'lossy', pattern: 'intermittent', sent: 7, received: 6 });
  });

  it('connects to a DNS server over TCP, and resolves names by the resolver it is given', async (context) => {
    needsProbeLab(context);
    const built = await builtLab();
    built.ip('b', 'addr add 192.0.2.7/32 dev lo');
    built.ip('r', 'route add 192.0.2.7 via 10.80.2.2');
    const resolver = { nameservers: [B], search: ['test'], ndots: 5 };
    const probes: PlannedProbe[] = [
      { proto: 'dns', name: 'web.test', server: B, transport: 'tcp' },
      { proto: 'tcp', to: { name: 'web', port: 8080 } },
      { proto: 'tcp', to: { name: 'none', port: 8080 } },
    ];
    const found = (await probed(built.pid, probes, { resolver })).of('probe').map(outcome);
    expect(found).toContainEqual(expect.objectContaining({ to: { ip: B, port: 53 }, proto: 'tcp', state: 'ok' }));
    expect(found).toContainEqual(
      expect.objectContaining({ to: { ip: '192.0.2.7', port: 8080, name: 'web' }, state: 'ok' }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ to: { name: 'none', port: 8080 }, stage: 'resolve', error: 'nxdomain' }),
    );
  });

  it('tells of UDP what can be told', async (context) => {
    needsProbeLab(context);
    const { pid, run } = await builtLab().then((built) => ({ pid: built.pid, run: built.run.bind(built) }));
    run('b', 'iptables', '-A', 'INPUT', '-p', 'udp', '--dport', '99', '-j', 'DROP');
    const { of, unknowns } = await probed(pid, [
      { proto: 'udp', to: { ip: B, port: 98 } },
      { proto: 'udp', to: { ip: B, port: 99 } },
    ]);
    expect(of('probe')).toMatchObject([{ to: { ip: B, port: 98 }, state: 'failing', error: 'refused' }]);
    expect(unknowns.map(({ reason }) => reason)).toEqual([`udp ${B} 99: no answer, which over UDP tells nothing`]);
  });

  it('takes a server that speaks another protocol for one that was reached', async (context) => {
    needsProbeLab(context);
    const { pid } = await builtLab();
    const scheme = ['http', 'https'] as const;
    const { of } = await probed(
      pid,
      scheme.map((name): PlannedProbe => ({ proto: 'http', to: { ip: B, port: 8081 }, scheme: name, path: '/' })),
    );
    for (const probe of of('probe')) expect(probe).toMatchObject({ proto: 'tcp', state: 'ok', stage: 'connect' });
  });

  it('ends with 200 targets, pinged and connected to, within a minute though none of them answers', async (context) => {
    needsProbeLab(context);
    const built = await builtLab();
    built.run('r', 'iptables', '-A', 'FORWARD', '-d', '10.80.2.0/24', '-j', 'DROP');
    const ips = Array.from({ length: 100 }, (_, i) => [`10.80.1.${i + 100}`, `10.80.2.${i + 100}`]).flat();
    const probes = ips.flatMap((ip): PlannedProbe[] => [
      { proto: 'icmp', to: { ip }, sweep: true },
      { proto: 'tcp', to: { ip, port: 80 } },
    ]);
    const { of, unknowns, ms } = await probed(built.pid, probes);
    expect(unknowns).toEqual([]);
    expect(of('probe')).toHaveLength(400);
    for (const { to, state, error } of of('probe')) {
      expect({ state, error }).toEqual({
        state: 'failing',
        error: to.ip!.startsWith('10.80.1.') ? 'host-unreachable' : 'timeout',
      });
    }
    expect(ms).toBeLessThan(60_000);
  }, 90_000);

  it('says of what is not done at the deadline that it was not', async (context) => {
    needsProbeLab(context);
    const built = await builtLab();
    const probes = Array.from(
      { length: 200 },
      (_, i): PlannedProbe => ({ proto: 'tcp', to: { ip: `10.80.1.${i + 10}`, port: 80 } }),
    );
    const { of, unknowns } = await probed(built.pid, probes, { deadlineMs: 4000 });
    expect(of('probe').length + unknowns.length).toBe(200);
    expect(of('probe').length).toBeGreaterThan(0);
    expect(unknowns.at(-1)!.reason).toContain('the time for all probes was up');
  });

  it('keeps what was done of a pod that went away, and takes nothing after it for a fault', async (context) => {
    needsProbeLab(context);
    const built = await builtLab();
    const probes: PlannedProbe[] = [
      { proto: 'tcp', to: { ip: B, port: 8080 } },
      ...Array.from({ length: 20 }, (_, i): PlannedProbe => ({ proto: 'icmp', to: { ip: `10.80.1.${i + 10}` } })),
    ];
    const running = probed(built.pid, probes);
    setTimeout(() => {
      built.ip('a', 'link del eth0');
      built.endHolder();
    }, 1500);
    const { of, unknowns } = await running;
    expect(of('probe')).toMatchObject([{ to: { ip: B, port: 8080 }, state: 'ok' }]);
    expect(unknowns.some(({ reason }) => reason.includes('went away'))).toBe(true);
  });

  it('says so where the pod has gone before', async (context) => {
    needsProbeLab(context);
    const { of, unknowns, path } = await probed(2 ** 22 - 1, []);
    expect(path).toBe('pods/default/web/podnet_probe');
    expect(of('probe')).toEqual([]);
    expect(unknowns[0]!.reason).toBe('the prober was cut short: the pod went away before it was probed from');
  });

  it('keeps what was done when the collection is interrupted', async (context) => {
    needsProbeLab(context);
    const { pid } = await builtLab();
    const controller = new AbortController();
    const running = probed(
      pid,
      [
        { proto: 'tcp', to: { ip: B, port: 8080 } },
        { proto: 'tcp', to: { ip: '10.80.1.9', port: 80 } },
      ],
      {},
      controller.signal,
    );
    setTimeout(() => controller.abort(), 1500);
    const { of, unknowns } = await running;
    expect(of('probe')).toHaveLength(1);
    expect(unknowns[0]!.reason).toBe('the prober was cut short: the collection was interrupted');
  });
});
