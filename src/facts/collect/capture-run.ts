import { subjectOf } from '../model.js';
import type { BundleWriter } from './bundle-writer.js';
import type { PlanHop } from './plan.js';
import { readText } from './read-file.js';
import { reasonOf } from './record.js';
import type { CommandResult, CommandRunner } from './runner.js';

export interface CaptureRunOptions {
  /** This node, as the plan names it: of its hops those that are here are captured. */
  node: string;
  hops: readonly PlanHop[];
  /** A process in the node's network namespace, where that is not podnet's own. */
  netnsPid?: number;
  /** For which all captures run, the probe included. */
  seconds?: number;
  /** Packets of one capture. */
  packets?: number;
  /** Bytes of a packet: enough for all headers of a packet in a tunnel, and little of what it carries. */
  snaplen?: number;
}

export interface CaptureRun {
  /** Interfaces of which there is a capture. */
  captured: string[];
  problems: string[];
}

const SECONDS = 12;
const PACKETS = 20_000;
const SNAPLEN = 256;
const MAX_BYTES = 32 * 1024 * 1024;
/** Until all of them listen: a capture that begins late would seem not to have seen what others did. */
const LISTENING_MS = 3000;
const POLL_MS = 50;
/** From the end of the probe to that of the captures, for its last answers. */
const TAIL_MS = 1000;

type Runner = Pick<CommandRunner, 'run'>;

/** Device names as the kernel takes them; what else a plan may hold is nothing to start a program with. */
const DEVICE = /^[^\s/:-][^\s/:]{0,14}$/;

/**
 * Captures a flow on this node's interfaces along its way while `probe` makes it, into `captures/<node>/<iface>.pcap`. Each
 * capture is bounded in time, packets and bytes, and has its filter in the index. Where one cannot be made its file says
 * why. `probe` is given the milliseconds that it has.
 */
export async function captureRun(
  runner: Runner,
  writer: Pick<BundleWriter, 'add'>,
  options: CaptureRunOptions,
  probe: (leftMs: number) => Promise<void>,
): Promise<CaptureRun> {
  const { node, netnsPid, seconds = SECONDS } = options;
  const run: CaptureRun = { captured: [], problems: [] };
  const devices = await indicesOf(runner, netnsPid);
  const wanted = new Map<string, PlanHop>();
  for (const hop of options.hops) {
    if (hop.node !== node || hop.role === 'inside-pod') continue;
    if (hop.device === undefined) run.problems.push(`${hop.role}: its device is not known`);
    else if (!DEVICE.test(hop.device)) run.problems.push(`${JSON.stringify(hop.device)} is no name of a device`);
    else if (devices !== undefined && !devices.has(hop.device)) missing(writer, node, hop, options, run);
    else {
      const other = wanted.get(hop.device);
      // Both directions of a flow on one node pass one NIC: one capture for both.
      wanted.set(hop.device, other === undefined ? hop : { ...hop, filter: `(${other.filter}) or (${hop.filter})` });
    }
  }
  const before = await listeners(netnsPid);
  const ended = new Set<string>();
  const began = performance.now();
  const running = [...wanted].map(async ([device, hop]): Promise<[PlanHop, CommandResult]> => {
    const argv = argvOf(device, hop.filter, options);
    const on = netnsPid === undefined ? {} : { netnsPid };
    const result = await runner.run(argv, { timeoutMs: seconds * 1000, maxBytes: MAX_BYTES, ...on });
    ended.add(device);
    return [{ ...hop, device }, result];
  });
  const indices = new Map([...wanted.keys()].map((device) => [device, devices?.get(device)] as const));
  await allListen(indices, before, ended, netnsPid);
  const left = seconds * 1000 - (performance.now() - began) - TAIL_MS;
  if (ended.size < wanted.size && left > 0) await within(left, probe(left));
  for (const [hop, result] of await Promise.all(running)) write(writer, node, hop, result, run);
  return run;
}

/** A probe that takes longer than the captures goes on without them, and is not waited for. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function argvOf(device: string, filter: string, { packets = PACKETS, snaplen = SNAPLEN }: CaptureRunOptions): string[] {
  const limits = ['-s', String(snaplen), '-c', String(packets)];
  return ['tcpdump', '-nn', '-U', '--immediate-mode', '-p', '-i', device, ...limits, '-w', '-', filter];
}

function missing(
  writer: Pick<BundleWriter, 'add'>,
  node: string,
  hop: PlanHop,
  options: CaptureRunOptions,
  run: CaptureRun,
): void {
  const device = hop.device!;
  const reason = `${device}: no such device on this node`;
  run.problems.push(reason);
  writer.add({
    ...placeOf(node, device, 'txt'),
    argv: argvOf(device, hop.filter, options),
    startedAt: new Date().toISOString(),
    content: `podnet: ${reason}\n`,
  });
}

/** A text in the place of a capture is no pcap, and is not named as one. */
function placeOf(node: string, device: string, suffix: 'pcap' | 'txt') {
  return { path: `captures/${node}/${device}.${suffix}`, subject: subjectOf('capture', node, device) };
}

/** Bytes of a pcap's header: without it tcpdump never listened. */
const PCAP_HEADER = 24;

function write(
  writer: Pick<BundleWriter, 'add'>,
  node: string,
  hop: PlanHop,
  result: CommandResult,
  run: CaptureRun,
): void {
  const { argv, stdout, stderr, startedAt, ms, failure, exit } = result;
  const device = hop.device!;
  const index = { argv, startedAt, ms };
  // It is ended at its limit, by time or by size: what it wrote until then is whole packets.
  if (stdout.length >= PCAP_HEADER && (exit === 0 || failure === 'timeout' || failure === 'too-large')) {
    run.captured.push(device);
    writer.add({ ...placeOf(node, device, 'pcap'), ...index, exit: 0, content: stdout });
    return;
  }
  const said = stderr.toString('utf8').trim().split('\n').at(-1) ?? '';
  const reason = said !== '' && failure === undefined ? said : reasonOf(result);
  run.problems.push(`${device}: ${reason}`);
  const status = exit ?? (failure === 'not-found' ? 127 : failure === 'denied' ? 126 : undefined);
  const known = status === undefined ? {} : { exit: status };
  writer.add({ ...placeOf(node, device, 'txt'), ...index, ...known, content: `podnet: ${reason}\n` });
}

/** Indices of the namespace's devices by name; undefined where they cannot be listed. */
async function indicesOf(runner: Runner, netnsPid: number | undefined): Promise<Map<string, number> | undefined> {
  const on = netnsPid === undefined ? {} : { netnsPid };
  const { exit, stdout } = await runner.run(['ip', '-o', 'link'], { timeoutMs: 5000, ...on });
  if (exit !== 0) return undefined;
  const found = new Map<string, number>();
  for (const match of stdout.toString('utf8').matchAll(/^(\d+): ([^\s@:]+)/gm)) found.set(match[2]!, Number(match[1]));
  return found.size === 0 ? undefined : found;
}

/** How many packet sockets listen on each device, by its index; undefined where the kernel does not tell. */
async function listeners(netnsPid: number | undefined): Promise<Map<number, number> | undefined> {
  const { text } = await readText(`/proc/${netnsPid ?? 'self'}/net/packet`);
  if (text === undefined) return undefined;
  const counts = new Map<number, number>();
  for (const line of text.split('\n').slice(1)) {
    const index = Number(line.trim().split(/\s+/)[4]);
    if (Number.isInteger(index)) counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return counts;
}

/** Waits until each capture has its socket, or has ended. */
async function allListen(
  indices: ReadonlyMap<string, number | undefined>,
  before: ReadonlyMap<number, number> | undefined,
  ended: ReadonlySet<string>,
  netnsPid: number | undefined,
): Promise<void> {
  for (let waited = 0; waited < LISTENING_MS; waited += POLL_MS) {
    const now = before === undefined ? undefined : await listeners(netnsPid);
    const listen = [...indices].every(([device, index]) => {
      if (ended.has(device)) return true;
      if (now === undefined || index === undefined) return false;
      return (now.get(index) ?? 0) > (before?.get(index) ?? 0);
    });
    if (listen) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
