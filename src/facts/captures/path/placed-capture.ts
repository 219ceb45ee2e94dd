import type { CaptureSummary, HopRole } from '../../capture.js';

/** A capture, and where it was taken. */
export interface PlacedCapture {
  node: string;
  iface: string;
  /** Undefined where neither its name nor the node's outputs tell: such a capture is on nobody's way. */
  role: HopRole | undefined;
  summary: CaptureSummary;
}

/** What is known besides the captures; each answer undefined where it is not. */
export interface PathKnowledge {
  /** The node on which the address is: a pod's, or a node's own. */
  nodeOf(ip: string): string | undefined;
  kindOf(ip: string): 'pod' | 'node' | 'service' | 'external' | undefined;
  /** The host's end of the pod's veth. */
  deviceOf(ip: string): string | undefined;
  /** Whether pods' packets from one node to another travel in a tunnel. */
  tunnelled(from: string, to: string): boolean | undefined;
}

/** Captures alone. */
export const NOTHING_KNOWN: PathKnowledge = {
  nodeOf: () => undefined,
  kindOf: () => undefined,
  deviceOf: () => undefined,
  tunnelled: () => undefined,
};
