import type { CaptureSummary } from '../capture.js';

/** The numbers of all packets that a summary names as examples, sorted. */
export function packetsNamedIn(summary: CaptureSummary): number[] {
  const named = new Set<number>();
  const add = (numbers: readonly number[]) => {
    for (const number of numbers) if (number > 0) named.add(number);
  };
  for (const { packets, forward, reverse } of summary.conversations) {
    add(packets);
    add([forward.firstPacket, forward.lastPacket, reverse.firstPacket, reverse.lastPacket]);
  }
  for (const { packets } of [...summary.lookups, ...summary.icmpErrors, ...summary.claims]) add(packets);
  for (const { examples } of [
    ...summary.tunnels,
    summary.fragments,
    summary.badIpChecksums,
    summary.badTransportChecksums,
  ]) {
    add(examples);
  }
  return [...named].sort((a, b) => a - b);
}
