/** Bytes of which the encoding is told: enough for a few hundred characters wherever they stand. */
const SAMPLE = 64 * 1024;

/**
 * Text that is no UTF-8: GBK (as GB 18030, which contains it) where its bytes look like it, as Chinese Windows and old
 * locales write it; else UTF-8 all the same, its bad bytes as U+FFFD.
 */
export function decodeLegacy(bytes: Buffer): string {
  return looksLikeGbk(sampleOf(bytes)) ? new TextDecoder('gb18030').decode(bytes) : bytes.toString('utf8');
}

/** From the first byte that is not ASCII on. */
function sampleOf(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start]! < 0x80) start += 1;
  return bytes.subarray(start, start + SAMPLE);
}

/**
 * Whether most bytes above ASCII pair up as GB 2312 has its characters (both above 0xA0), and are not UTF-8's sequences
 * with a mistake somewhere. Latin-1 has single ones between ASCII letters.
 */
function looksLikeGbk(sample: Buffer): boolean {
  let pairs = 0;
  let others = 0;
  let utf8 = 0;
  for (let i = 0; i < sample.length; i += 1) {
    const byte = sample[i]!;
    if (byte < 0x80) continue;
    const length = utf8Length(sample, i);
    if (length > 0) {
      utf8 += length;
      i += length - 1;
    } else if (byte >= 0xa1 && byte <= 0xf7 && (sample[i + 1] ?? 0) >= 0xa1) {
      pairs += 2;
      i += 1;
    } else if (byte >= 0x81 && byte <= 0xfe && (sample[i + 1] ?? 0) >= 0x40) {
      others += 1;
      i += 1;
    } else others += 2;
  }
  return pairs > utf8 && pairs > others;
}

/** Length of the UTF-8 sequence of three or four bytes that starts here; pairs of GBK resemble shorter ones. */
function utf8Length(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  const length = lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  for (let i = 1; i < length; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

/** Byte order of UTF-16 without its mark, as Windows tools write it: every other byte of its ASCII is 0. */
export function utf16Without(head: Buffer): 'le' | 'be' | undefined {
  const pairs = Math.floor(Math.min(head.length, 512) / 2);
  if (pairs < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i += 1) {
    if (head[2 * i] === 0) even += 1;
    if (head[2 * i + 1] === 0) odd += 1;
  }
  if (odd > pairs * 0.6 && even === 0) return 'le';
  return even > pairs * 0.6 && odd === 0 ? 'be' : undefined;
}
