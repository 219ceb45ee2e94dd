import type { FlowError, FlowProto, FlowState, Source } from '../model.js';
import type { WalkResult } from './result.js';

/** A flow that was asked for, with what the walk predicts of it, or why it could not be walked. */
export type WalkedFlow = {
  from: string;
  to: string;
  /** Where it was asked for, or read: the entry of a list, the output that shows the attempt. */
  source?: Source;
  /** What came of it when it was tried, where it was. */
  happened?: { proto: FlowProto; state: FlowState; error?: FlowError };
} & ({ result: WalkResult } | { why: string; malformed: boolean });

/** Whether what happened is what the walk predicts; undefined where it predicts nothing or nothing was tried. */
export function agrees(walked: WalkedFlow): boolean | undefined {
  if (!('result' in walked) || walked.happened === undefined) return undefined;
  const { verdict } = walked.result;
  if (verdict === 'unknown') return undefined;
  if (verdict === 'varies') return true;
  return (verdict === 'delivered') === gotThrough(walked.happened);
}

/**
 * Whether packets went there and back: what is slow or loses some does, and a name that is not there was asked for. SERVFAIL
 * comes from a server that got no answer itself, and a lookup is walked as far as that.
 */
export function gotThrough({ proto, state, error }: NonNullable<WalkedFlow['happened']>): boolean {
  if (state !== 'failing') return true;
  return proto === 'dns' && error === 'nxdomain';
}
