import { describe, expect, it } from 'vitest';
import { fitParts, heading, item, line, type Part, run } from '../../../src/api/chat/message.js';
import { cutText, sizeOf } from '../../../src/api/chat/text-limit.js';

const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' });
const graphemesOf = (text: string): string[] => [...GRAPHEMES.segment(text)].map(({ segment }) => segment);

/** Texts whose characters take one to four bytes, one or two units, or several code points. */
const TEXTS = [
  'plain ASCII text of a node',
  '节点 n2 上的 bridge-nf-call-iptables 为 0，同节点流量绕过 iptables',
  '𠮷野家𠮷野家𠮷野家',
  '👍🏽👩‍👩‍👧‍👦🇨🇳🇩🇪👍🏽',
  'e\u0301a\u0308o\u0302 கா நி क्षि 각',
  'a\r\nb\r\nc',
];

describe.each(['bytes', 'characters'] as const)('cutting to a number of %s', (unit) => {
  it.each(TEXTS)('never splits a character of %j, and never takes more than there is room for', (text) => {
    const whole = graphemesOf(text);
    for (let max = 0; max <= sizeOf(text, unit) + 3; max += 1) {
      const cut = cutText(text, { max, unit });
      expect(sizeOf(cut, unit)).toBeLessThanOrEqual(max);
      if (cut === text) continue;
      const kept = cut.endsWith('…') ? cut.slice(0, -1) : cut;
      expect(whole.slice(0, graphemesOf(kept).length).join('')).toBe(kept);
      expect(Buffer.from(cut).toString()).toBe(cut);
    }
  });

  it('leaves alone what fits', () => {
    for (const text of TEXTS) expect(cutText(text, { max: sizeOf(text, unit), unit })).toBe(text);
  });

  it('keeps as much as fits', () => {
    expect(cutText('abcdef', { max: unit === 'bytes' ? 6 : 4, unit })).toBe(unit === 'bytes' ? 'abcdef' : 'abc…');
    expect(cutText('网络故障诊断', { max: unit === 'bytes' ? 10 : 3, unit })).toBe('网络…');
  });
});

it('a character with endless marks is cut all the same', () => {
  const cut = cutText(`a${'\u0301'.repeat(5000)}`, { max: 1000, unit: 'characters' });
  expect(cut.length).toBeLessThanOrEqual(1000);
});

describe('fitting parts into a message', () => {
  const cost = (part: Part): number => JSON.stringify(part).length;
  const notice = line(run('cut'));
  const long = (n: number): Part => line(run('x'.repeat(n)));

  it('takes all where there is room, without a notice', () => {
    const parts = [long(10), long(20)];
    expect(fitParts(parts, 500, notice, cost)).toEqual(parts);
  });

  it('takes whole parts in their order, begins one more, and says that it has cut', () => {
    const parts = [long(100), long(1000), long(10)];
    const fitted = fitParts(parts, 700, notice, cost);
    expect(fitted).toHaveLength(3);
    expect(fitted[0]).toEqual(parts[0]);
    expect(JSON.stringify(fitted[1])).toMatch(/x…"/);
    expect(fitted[2]).toEqual(notice);
    expect(fitted.map(cost).reduce((a, b) => a + b)).toBeLessThanOrEqual(700);
  });

  it('ends with no heading that nothing stands below', () => {
    const fitted = fitParts([long(10), heading('Fix'), item('1.', run('y'.repeat(1000)))], 220, notice, cost);
    expect(fitted).toEqual([long(10), notice]);
  });

  it('never takes more than the room, whatever that is', () => {
    const parts = [heading('网络'), long(300), { kind: 'code' as const, text: 'a\n'.repeat(300) }, long(50)];
    for (let room = 0; room < 2000; room += 7) {
      const fitted = fitParts(parts, room, notice, cost);
      expect(fitted.map(cost).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(room);
    }
  });
});
