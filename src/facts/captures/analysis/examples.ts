/** Packet numbers kept as examples of one thing. */
const KEPT = 8;

/** Keeps a packet's number among the examples of something, the first few of them once each. */
export function keepExample(examples: number[], packet: number): void {
  if (examples.length < KEPT && examples[examples.length - 1] !== packet) examples.push(packet);
}
