import type { Outcome } from './outcome.js';

/** A timer that fires this much too late was held up by the prober, and so were the answers. Milliseconds. */
const LATE_MS = 500;

/** One attempt: it ends once, by what happens, at its limit or when all is called off. */
export interface Attempt {
  /** Milliseconds since the attempt was begun. */
  elapsed(): number;
  end(outcome: Outcome): void;
  /** Ends the attempt after some milliseconds with what `outcome` then says, unless it has ended or `outcome` says go on. */
  limit(ms: number, outcome: () => Outcome | undefined): void;
}

/**
 * Runs an attempt. `begin` starts it and returns what closes its sockets, which is called once at its end. What it throws
 * is no matter of the network and becomes unknown.
 */
export function attempt(signal: AbortSignal, begin: (attempt: Attempt) => () => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const start = performance.now();
    const timers: NodeJS.Timeout[] = [];
    let close: (() => void) | undefined;
    let hasEnded = false;
    const end = (outcome: Outcome): void => {
      if (hasEnded) return;
      hasEnded = true;
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      close?.();
      resolve(outcome);
    };
    const abort = (): void => end({ unknown: `broken off: ${String(signal.reason)}` });
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort);
    const limit: Attempt['limit'] = (ms, outcome) => {
      const due = performance.now() + ms;
      timers.push(
        setTimeout(() => {
          const late = performance.now() - due;
          // What arrived in the meantime is looked at before it counts as silence.
          setImmediate(() => {
            const said = hasEnded ? undefined : outcome();
            if (said === undefined) return;
            end(late > LATE_MS ? { unknown: `the prober was held up for ${Math.round(late)} ms` } : said);
          });
        }, ms),
      );
    };
    try {
      close = begin({ elapsed: () => performance.now() - start, end, limit });
      if (hasEnded) close();
    } catch (error) {
      end({ unknown: error instanceof Error ? error.message.slice(0, 200) : String(error) });
    }
  });
}
