import type { Flow } from '../facts/flow.js';
import { isSymptom } from '../facts/flow.js';
import { type ListedFlow, readFlowsFile } from '../facts/walk/flows-file.js';
import type { AskedWalk } from '../facts/walk/request.js';
import { ASKED_BY, WalkRequests } from '../facts/walk/request-probe.js';
import { askedByWords } from '../facts/walk/request-words.js';
import { Walker } from '../facts/walk/walk.js';
import type { WalkedFlow } from '../facts/walk/walked-flow.js';
import type { Understanding } from './diagnose-bundles.js';

/** Predicts flows from what bundles tell, each when it is asked for. */
export class BundleWalks {
  readonly #flows: readonly Flow[];
  readonly #topology: Understanding['derived']['topology'];
  readonly #requests: WalkRequests;
  readonly #walker: Walker;

  constructor({ store, derived }: Understanding) {
    this.#flows = derived.flows;
    this.#topology = derived.topology;
    this.#requests = new WalkRequests(store, derived.topology);
    this.#walker = new Walker(store, derived.topology);
  }

  /** Flows that were tried, and how many of them failed though they ought to work. */
  get tried(): { flows: number; failed: number } {
    return { flows: this.#flows.length, failed: this.#flows.filter(isSymptom).length };
  }

  /** Throws WalkWordsError where the words name nothing that there is. `size` in bytes at IP level. */
  byWords(words: { from: string; to: string; size?: number }): WalkedFlow {
    return this.#walked(askedByWords(this.#topology, this.#requests, words));
  }

  /** The flows of a list in its order, one for each entry, malformed ones too. `file` names it in what is told. */
  *listed(flows: readonly ListedFlow[], file: string): Generator<WalkedFlow> {
    for (const flow of flows) {
      const source = { file, line: flow.line };
      if ('wrong' in flow)
        yield { from: '?', to: '?', source, malformed: true, why: `${file}:${flow.line}: the entry ${flow.wrong}` };
      else yield { ...this.#walked(this.#requests.ofProbe(ASKED_BY, flow.probe, flow.proto)), source };
    }
  }

  /** The flows that were tried and failed though they ought to work; with `all` every one that was tried. */
  *ofBundle(all: boolean): Generator<WalkedFlow> {
    for (const flow of this.#flows) {
      if (!all && !isSymptom(flow)) continue;
      const walked = this.#walked(this.#requests.ofFlow(flow));
      const { proto, state, error } = flow;
      walked.happened = error === undefined ? { proto, state } : { proto, state, error };
      if (flow.sources[0] !== undefined) walked.source = flow.sources[0];
      yield walked;
    }
  }

  #walked(asked: AskedWalk): WalkedFlow {
    const { from, to } = asked;
    if ('why' in asked) return { from, to, malformed: asked.kind === 'malformed', why: asked.why };
    return { from, to, result: this.#walker.walk(asked.request) };
  }
}

export { readFlowsFile };
