import type { FlowError, FlowPattern, FlowStage, FlowState } from '../model.js';

/** The words by which files that tell of flows say what came of them. */
export const FLOW_STATES: ReadonlySet<unknown> = new Set<FlowState>(['ok', 'failing', 'slow', 'lossy']);
export const FLOW_STAGES: ReadonlySet<unknown> = new Set<FlowStage>([
  'resolve',
  'connect',
  'tls',
  'request',
  'transfer',
]);
export const FLOW_PATTERNS: ReadonlySet<unknown> = new Set<FlowPattern>([
  'constant',
  'intermittent',
  'under-load',
  'after-idle',
]);
export const FLOW_ERRORS: ReadonlySet<unknown> = new Set<FlowError>([
  'timeout',
  'refused',
  'reset',
  'no-route',
  'host-unreachable',
  'nxdomain',
  'servfail',
  'stalled',
  'message-too-long',
  'certificate',
  'http-error',
]);
