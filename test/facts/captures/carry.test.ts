import { expect, test } from 'vitest';
import { Carry } from '../../../src/facts/captures/carry.js';

const held = (carry: Carry) => [...carry.bytes.subarray(carry.start, carry.end)];

test('what is appended is held, however much it is, also behind what was used up', () => {
  const carry = new Carry();
  const expected: number[] = [];
  for (let round = 0; round < 3000; round++) {
    const chunk = Uint8Array.from({ length: 1 + (round % 40) }, (_, at) => round + at);
    carry.append(chunk, 0, chunk.length);
    expected.push(...chunk);
    const used = Math.min(expected.length, round % 37);
    carry.start += used;
    expected.splice(0, used);
    expect(carry.length).toBe(expected.length);
  }
  expect(held(carry)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(4096);
});

test('a long stream through a carry of little takes no more room', () => {
  const carry = new Carry();
  const chunk = new Uint8Array(1000);
  for (let round = 0; round < 1000; round++) {
    carry.append(chunk, 0, chunk.length);
    carry.start += round === 0 ? 0 : chunk.length;
  }
  expect(carry.length).toBe(1000);
  expect(carry.bytes.length).toBe(4096);
});
