import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether what is probed from is still there. The prober keeps a network namespace alive after its pod has gone, without
 * its device: from then on everything fails, which says nothing of the network.
 */
export class Presence {
  readonly #holder: number | undefined;
  readonly #namespace = namespaceOf('self');
  readonly #devices = devices();

  /** `holder`: a process that the namespace is there for. */
  constructor(holder: number | undefined) {
    this.#holder = holder;
  }

  /** Why nothing can be told any more; undefined while it can. */
  gone(): string | undefined {
    if (this.#holder !== undefined && this.#namespace !== undefined) {
      const now = namespaceOf(this.#holder);
      if (now !== this.#namespace) return 'the pod went away while it was probed from';
    }
    const left = new Set(devices());
    if (this.#devices.length > 0 && this.#devices.every((device) => !left.has(device))) {
      return 'the devices of the network namespace went away while it was probed from';
    }
    return undefined;
  }
}

function namespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Devices other than loopback of the own network namespace. */
function devices(): string[] {
  try {
    const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
    return lines.map((line) => line.split(':', 1)[0]!.trim()).filter((name) => name !== '' && name !== 'lo');
  } catch {
    return [];
  }
}
