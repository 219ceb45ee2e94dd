import type { CaptureSummary } from '../capture.js';
import { CaptureAnalysis } from './analysis/analysis.js';
import type { Packet } from './packet.js';

/** Interfaces of one file that are told apart; the packets of more go to one without a name. */
const MOST_INTERFACES = 256;

/** What one interface of a capture shows. */
export interface InterfaceSummary {
  /** Where the file tells it for each packet: pcapng's interfaces, `-i any`. */
  iface?: string;
  summary: CaptureSummary;
}

/** The analyses of one capture, one an interface, so that a packet seen on three is not taken for one sent three times. */
export class CaptureAnalyses {
  readonly #form: CaptureSummary['form'];
  readonly #byInterface = new Map<string | undefined, CaptureAnalysis>();
  #lastName: string | undefined;
  #last: CaptureAnalysis | undefined;

  constructor(form: CaptureSummary['form']) {
    this.#form = form;
  }

  take(packet: Packet): void {
    if (this.#last === undefined || packet.iface !== this.#lastName) {
      this.#lastName = packet.iface;
      this.#last = this.#of(packet.iface);
    }
    this.#last.take(packet);
  }

  #of(iface: string | undefined): CaptureAnalysis {
    const name = this.#byInterface.has(iface) || this.#byInterface.size < MOST_INTERFACES ? iface : undefined;
    let analysis = this.#byInterface.get(name);
    if (analysis === undefined) {
      analysis = new CaptureAnalysis(this.#form);
      this.#byInterface.set(name, analysis);
    }
    return analysis;
  }

  /** In the order in which the interfaces came; of a capture without a packet one that is empty. */
  summaries(linkTypes: string[]): InterfaceSummary[] {
    if (this.#byInterface.size === 0) return [{ summary: new CaptureAnalysis(this.#form).summary(linkTypes) }];
    return [...this.#byInterface].map(([iface, analysis]) => {
      const summary = analysis.summary(linkTypes);
      return iface === undefined ? { summary } : { iface, summary };
    });
  }
}
