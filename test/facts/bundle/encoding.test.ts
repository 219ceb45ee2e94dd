import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../src/facts/bundle/text.js';

/** `64 字节，来自 10.0.0.1: 丢失` as a Chinese Windows or an old locale writes it. */
const GBK = Buffer.from('363420d7d6bdda2cc0b4d7d42031302e302e302e313a20b6aaca a7'.replaceAll(' ', ''), 'hex');

describe('the encoding of a text', () => {
  test('is GBK where its bytes pair up so', () => {
    expect(decodeText(GBK)?.text).toBe('64 字节,来自 10.0.0.1: 丢失');
    expect(decodeText(Buffer.concat([Buffer.from('x\n'.repeat(100_000)), GBK]))?.lines.at(-1)).toContain('字节');
  });

  test('is UTF-8 still where some of it is damaged', () => {
    const damaged = Buffer.concat([Buffer.from('丢包率 100%\n'), Buffer.from([0xe4, 0xb8]), Buffer.from('\n超时')]);
    expect(decodeText(damaged)?.lines[0]).toBe('丢包率 100%');
    expect(decodeText(damaged)?.lines[2]).toBe('超时');
  });

  test('is not guessed for single bytes of Latin-1', () => {
    const latin = Buffer.from('d\u00e9faut via 10.0.0.1\n', 'latin1');
    expect(decodeText(latin)?.text).toBe('d\ufffdfaut via 10.0.0.1\n');
  });

  test('is UTF-16 without a mark where every other byte is 0', () => {
    const text = 'net.ipv4.ip_forward = 0\r\n';
    expect(decodeText(Buffer.from(text, 'utf16le'))?.lines).toEqual(['net.ipv4.ip_forward = 0']);
    expect(decodeText(Buffer.from(text, 'utf16le').swap16())?.lines).toEqual(['net.ipv4.ip_forward = 0']);
    expect(decodeText(Buffer.from([1, 0, 2, 0, 0, 0, 3, 0]))).toBeUndefined();
  });

  test('has lines that end in CR CR LF as some consoles write them', () => {
    expect(decodeText(Buffer.from('a\r\r\nb\r\n'))?.lines).toEqual(['a', 'b']);
  });
});
