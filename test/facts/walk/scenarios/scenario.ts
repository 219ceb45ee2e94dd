import { deriveAll } from '../../../../src/facts/derive/derive-all.js';
import { readFacts } from '../../../../src/facts/read.js';
import type { WalkRequest } from '../../../../src/facts/walk/request.js';
import { WalkRequests } from '../../../../src/facts/walk/request-probe.js';
import { askedByWords, WalkWordsError } from '../../../../src/facts/walk/request-words.js';
import type { DropReason, WalkResult, WalkVerdict } from '../../../../src/facts/walk/result.js';
import { Walker } from '../../../../src/facts/walk/walk.js';
import { CNIS } from '../../cni-profiles.js';
import type { Outputs } from '../../derive/bundle-facts.js';

export type { Outputs };

/** A flow over a small cluster, and what Linux and the products in it make of it. */
export interface Scenario {
  name: string;
  files: Outputs;
  from: string;
  to: string;
  /** Bytes at IP level. */
  size?: number;
  /** What the request says beyond its words. */
  more?: Partial<WalkRequest>;
  /** Outputs of which no other one tells that they are missing: without them the walk tells what the rest says. */
  unhinted?: readonly string[];
  expect: {
    verdict: WalkVerdict;
    at?: string;
    reason?: DropReason;
    /** In the words of what decided. */
    by?: RegExp;
    /** In the words of anything that is missing. */
    missing?: RegExp;
    /** The addresses that the answer was sent from and to when it was received: `10.96.0.10:80 > 10.244.1.5`. */
    labels?: readonly string[];
  };
}

/** A result, or why there is no flow to walk. */
export type Walked = WalkResult | { unresolved: string };

export function isWalked(walked: Walked): walked is WalkResult {
  return 'verdict' in walked;
}

/** Reads outputs as a bundle's files are read, derives what is derived, and walks the flow that the words ask for. */
export function walkOver(files: Outputs, asked: Pick<Scenario, 'from' | 'to' | 'size' | 'more'>): Walked {
  const entries = Object.entries(files)
    .map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  const { topology } = deriveAll(store);
  try {
    const { from, to, size } = asked;
    const found = askedByWords(topology, new WalkRequests(store, topology), {
      from,
      to,
      ...(size === undefined ? {} : { size }),
    });
    if (!('request' in found)) return { unresolved: found.why };
    return new Walker(store, topology).walk({ ...found.request, ...asked.more });
  } catch (error) {
    if (error instanceof WalkWordsError) return { unresolved: error.message };
    throw error;
  }
}

/** Files with some replaced or added, and those that are undefined taken away. */
export function withFiles(files: Outputs, changes: Record<string, string | undefined>): Outputs {
  const result: Outputs = { ...files };
  for (const [path, text] of Object.entries(changes)) {
    if (text === undefined) delete result[path];
    else result[path] = text;
  }
  return result;
}
