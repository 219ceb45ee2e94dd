/**
 * The canonical text of an IPv6 address (RFC 5952), from its eight 16-bit words: lower case, the longest run of zeros left
 * out, and the dotted end for IPv4-mapped addresses alone.
 */
export function ipv6Text(words: readonly number[]): string {
  if (words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)) {
    const [high, low] = [words[6]!, words[7]!];
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  let gap = -1;
  let gapLength = 1;
  for (let i = 0; i < 8; i += 1) {
    let length = 0;
    while (i + length < 8 && words[i + length] === 0) length += 1;
    if (length > gapLength) {
      gap = i;
      gapLength = length;
    }
    if (length > 0) i += length - 1;
  }
  const texts = words.map((word) => word.toString(16));
  if (gap < 0) return texts.join(':');
  return `${texts.slice(0, gap).join(':')}::${texts.slice(gap + gapLength).join(':')}`;
}

/** The same address in its canonical text, a zone (`%eth0`) left out; undefined where it is no IPv6 address. */
export function canonicalIpv6(text: string): string | undefined {
  const words = ipv6Words(text);
  return words === undefined ? undefined : ipv6Text(words);
}

/** The eight 16-bit words of an IPv6 address; undefined where the text is none. */
export function ipv6Words(text: string): number[] | undefined {
  const zone = text.indexOf('%');
  let address = zone < 0 ? text : text.slice(0, zone);
  if (address.length < 2 || address.length > 45) return undefined;
  const lastColon = address.lastIndexOf(':');
  if (lastColon < 0) return undefined;
  const tail: number[] = [];
  if (address.indexOf('.', lastColon) >= 0) {
    const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address.slice(lastColon + 1));
    if (dotted === null) return undefined;
    const bytes = dotted.slice(1).map(Number);
    if (bytes.some((byte) => byte > 255)) return undefined;
    tail.push((bytes[0]! << 8) | bytes[1]!, (bytes[2]! << 8) | bytes[3]!);
    // Of `::10.0.0.1` both colons belong to the gap.
    address = address.slice(0, address[lastColon - 1] === ':' ? lastColon + 1 : lastColon);
  }
  const gap = address.indexOf('::');
  if (gap < 0) {
    const words = wordsOf(address);
    return words === undefined || words.length + tail.length !== 8 ? undefined : [...words, ...tail];
  }
  const before = wordsOf(address.slice(0, gap));
  const after = wordsOf(address.slice(gap + 2));
  if (before === undefined || after === undefined) return undefined;
  const zeros = 8 - before.length - after.length - tail.length;
  if (zeros < 1) return undefined;
  return [...before, ...new Array<number>(zeros).fill(0), ...after, ...tail];
}

function wordsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const words: number[] = [];
  for (const word of text.split(':')) {
    if (!/^[\da-f]{1,4}$/i.test(word)) return undefined;
    words.push(Number.parseInt(word, 16));
  }
  return words;
}
