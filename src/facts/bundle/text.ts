import { isUtf8 } from 'node:buffer';
import { decodeLegacy, utf16Without } from './encoding.js';

/** A file as text: `undefined` where it is none. */
export interface DecodedText {
  text: string;
  /** Lines without their ends; a last line end makes no empty line. */
  lines: string[];
  /** Line (from 1) of the first NUL that was left out. */
  nulAt?: number;
}

/** Bytes at the start that tell text from binary data. */
const HEAD = 4096;

/**
 * Control characters, as a part of the head: a terminal's log may hold some, binary data holds more. Bytes that are no
 * UTF-8 either may be another encoding's, none of which has them.
 */
const MANY_CONTROLS = 0.1;
const MANY_CONTROLS_ELSEWHERE = 0.02;

/**
 * Decodes UTF-8, UTF-16 (with its byte order mark, or where every other byte is 0) and GBK; line ends become `\n`. Bytes
 * that are none of these become U+FFFD. Text that holds NULs further on (a log that a crash cut) loses them; data that begins with them is binary: undefined.
 */
export function decodeText(bytes: Uint8Array): DecodedText | undefined {
  let text = decoded(bytes);
  if (text === undefined) return undefined;
  if (text.includes('\r')) text = text.replace(/\r{1,3}\n|\r/g, '\n');
  let nulAt: number | undefined;
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    nulAt = lineAt(text, nul);
    text = text.replaceAll('\0', '');
  }
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return nulAt === undefined ? { text, lines } : { text, lines, nulAt };
}

function decoded(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return buffer.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return bigEndian(buffer.subarray(2));
  const order = utf16Without(buffer);
  if (order !== undefined) return order === 'le' ? buffer.toString('utf16le') : bigEndian(buffer);
  if (isBinary(buffer.subarray(0, HEAD))) return undefined;
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked || isUtf8(buffer) ? buffer.toString('utf8', marked ? 3 : 0) : decodeLegacy(buffer);
}

function bigEndian(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
    .swap16()
    .toString('utf16le');
}

function isBinary(head: Buffer): boolean {
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) return true;
    if (byte < 0x20 && (byte < 0x07 || byte > 0x0d) && byte !== 0x1b) controls += 1;
  }
  return controls > head.length * (isUtf8(whole(head)) ? MANY_CONTROLS : MANY_CONTROLS_ELSEWHERE);
}

/** Without the bytes of a character at the end that the head cuts. */
function whole(head: Buffer): Buffer {
  let end = head.length;
  while (end > 0 && head.length - end < 4 && head[end - 1]! >= 0x80) end -= 1;
  return head.subarray(0, end);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Longest line that a parser of lines is given. Characters. */
export const LONGEST_LINE = 1024 * 1024;

/** Cuts lines above the cap in place; the numbers (from 1) of those that were cut. */
export function cutLongLines(lines: string[]): number[] {
  const cut: number[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    if (lines[i]!.length <= LONGEST_LINE) continue;
    lines[i] = lines[i]!.slice(0, LONGEST_LINE);
    cut.push(i + 1);
  }
  return cut;
}
