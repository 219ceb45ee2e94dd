import { describe, expect, test } from 'vitest';
import { cutLongLines, decodeText, LONGEST_LINE } from '../../../src/facts/bundle/text.js';

describe('text', () => {
  test('is split at every kind of line end, without an empty line after the last', () => {
    expect(decodeText(Buffer.from('a\r\nb\rc\nd\n'))?.lines).toEqual(['a', 'b', 'c', 'd']);
    expect(decodeText(Buffer.from('a'))?.lines).toEqual(['a']);
    expect(decodeText(Buffer.from('a\n\n'))?.lines).toEqual(['a', '']);
    expect(decodeText(new Uint8Array())?.lines).toEqual([]);
  });

  test('is UTF-8 or, by its mark, UTF-16', () => {
    expect(decodeText(Buffer.from('\ufeff丢包率\n'))?.lines).toEqual(['丢包率']);
    expect(decodeText(Buffer.from('\ufeff丢包率\r\nb', 'utf16le'))?.lines).toEqual(['丢包率', 'b']);
    expect(decodeText(Buffer.from('\ufeff丢包率\nb', 'utf16le').swap16())?.lines).toEqual(['丢包率', 'b']);
    expect(decodeText(Buffer.from([0xfe, 0xff, 0x00]))?.lines).toEqual([]);
    expect(decodeText(Buffer.from([0x61, 0xff, 0x62]))?.lines).toEqual(['a\ufffdb']);
  });

  test('is not what begins with NULs or control characters', () => {
    expect(decodeText(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0]))).toBeUndefined();
    expect(decodeText(Buffer.from([1, 2, 3, 4, 5, 0x61]))).toBeUndefined();
    expect(decodeText(Buffer.from('\u001b[32mok\u001b[0m\n'))?.lines).toEqual(['\u001b[32mok\u001b[0m']);
  });

  test('is not what is no UTF-8 and has control characters, but may be another encoding that has none', () => {
    const noise = Buffer.from('8f1a02c3e10b9d03fa7e16a8411fc99015b4', 'hex');
    expect(decodeText(noise)).toBeUndefined();
    const gbk = Buffer.from('b6aab0fcc2ca20313030250a', 'hex');
    expect(decodeText(gbk)?.lines[0]).toMatch(/ 100%$/);
    // A head that ends within a character is still UTF-8.
    expect(decodeText(Buffer.from(`${'\u001b\u0001[1mx'.repeat(20)}${'丢'.repeat(2000)}`))).toBeDefined();
  });

  test('loses NULs further on, as a crash leaves them in a log, and says where', () => {
    const log = `${'line\n'.repeat(1000)}cut\0\0\0\nafter\n`;
    const decoded = decodeText(Buffer.from(log));
    expect(decoded?.nulAt).toBe(1001);
    expect(decoded?.lines.slice(-2)).toEqual(['cut', 'after']);
  });

  test('has no line longer than the cap', () => {
    const lines = ['short', 'x'.repeat(LONGEST_LINE + 5), 'y'.repeat(LONGEST_LINE)];
    expect(cutLongLines(lines)).toEqual([2]);
    expect(lines.map((line) => line.length)).toEqual([5, LONGEST_LINE, LONGEST_LINE]);
  });
});
