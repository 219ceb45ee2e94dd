import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What held the prober itself up while it probed. */
export interface Starvation {
  starved: boolean;
  /** Longest time for which the event loop did not turn, and the mean delay. Milliseconds. */
  maxLagMs: number;
  meanLagMs: number;
  /** Share of the time that other virtual machines took, percent. */
  stealPct?: number;
  /** Share of the last ten seconds in which some task waited for a CPU, percent (/proc/pressure/cpu). */
  cpuPressurePct?: number;
}

/** An answer that lay unread for this long would pass for one that came late. Milliseconds. */
const MAX_LAG_MS = 500;
const MEAN_LAG_MS = 100;
const STEAL_PCT = 40;
const PRESSURE_PCT = 90;
/** Resolution of the monitor, which counts it into each delay. Milliseconds. */
const RESOLUTION_MS = 10;

/** The monitor leaves out a delay that is its first, or that lasts up to the end; this sees them. */
const BEAT_MS = 50;

/** Watches the prober from now on. */
export class StarvationWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #cpu = cpuTimes();
  readonly #beat: NodeJS.Timeout;
  #last = performance.now();
  #longest = 0;

  constructor() {
    this.#delay.enable();
    this.#beat = setInterval(() => this.#tick(), BEAT_MS);
    this.#beat.unref();
  }

  #tick(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, Math.round(now - this.#last - BEAT_MS));
    this.#last = now;
  }

  /**
   * Ends the watch and tells what it saw. Some pressure starves nobody, a busy node still gives a prober its turn; where tasks
   * wait all the time, a late answer says no more of the network than of the queue for a CPU.
   */
  end(): Starvation {
    this.#delay.disable();
    clearInterval(this.#beat);
    this.#tick();
    const maxLagMs = Math.max(lag(this.#delay.max), this.#longest);
    const meanLagMs = lag(this.#delay.mean);
    const stealPct = stealSince(this.#cpu);
    const cpuPressurePct = cpuPressure();
    return {
      starved:
        maxLagMs >= MAX_LAG_MS ||
        meanLagMs >= MEAN_LAG_MS ||
        (stealPct ?? 0) >= STEAL_PCT ||
        (cpuPressurePct ?? 0) >= PRESSURE_PCT,
      maxLagMs,
      meanLagMs,
      ...(stealPct === undefined ? {} : { stealPct }),
      ...(cpuPressurePct === undefined ? {} : { cpuPressurePct }),
    };
  }
}

/** Nanoseconds of the monitor, as milliseconds beyond its own resolution; it has seen nothing yet where they are no number. */
function lag(ns: number): number {
  const ms = ns / 1e6 - RESOLUTION_MS;
  return Number.isFinite(ms) && ms > 0 && ms < 1e9 ? Math.round(ms) : 0;
}

interface CpuTimes {
  steal: number;
  all: number;
}

function cpuTimes(): CpuTimes | undefined {
  const words = read('/proc/stat')?.split('\n', 1)[0]?.trim().split(/\s+/).slice(1).map(Number);
  if (words === undefined || words.length < 8 || words.some((word) => !Number.isFinite(word))) return undefined;
  // Guest times are part of user's and nice's.
  return { steal: words[7]!, all: words.slice(0, 8).reduce((sum, word) => sum + word, 0) };
}

function stealSince(before: CpuTimes | undefined): number | undefined {
  const now = cpuTimes();
  if (before === undefined || now === undefined || now.all <= before.all) return undefined;
  return Math.round(((now.steal - before.steal) / (now.all - before.all)) * 100);
}

function cpuPressure(): number | undefined {
  const share = /^some avg10=(\d{1,3}\.\d{1,2})/.exec(read('/proc/pressure/cpu') ?? '')?.[1];
  return share === undefined ? undefined : Number(share);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
