const SCALE: Readonly<Record<string, number>> = { k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

/**
 * A counter as tools print it: `971`, iptables' rounded `116K` (thousands, not 1024), and `ip -h`'s `3.76k`.
 * Undefined where it is no count.
 */
export function packetCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,20}(?:\.\d{1,6})?)([kKMGTP]?)$/.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (SCALE[match[2]!] ?? 1));
}
