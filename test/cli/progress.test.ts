import { expect, test } from 'vitest';
import { Progress } from '../../src/cli/progress.js';

/** A terminal that remembers, and a clock that is set. */
function terminal(isTTY: boolean): { stream: { isTTY: boolean; write(text: string): void }; written: string[] } {
  const written: string[] = [];
  return { stream: { isTTY, write: (text) => void written.push(text) }, written };
}

test('work of less than a second shows nothing', () => {
  const { stream, written } = terminal(true);
  let now = 0;
  const progress = new Progress(stream, true, () => now);
  now = 900;
  progress.step('reading');
  progress.done();
  expect(written).toEqual([]);
});

test('longer work shows one line, which is erased', () => {
  const { stream, written } = terminal(true);
  let now = 0;
  const progress = new Progress(stream, true, () => now);
  now = 1500;
  progress.step('reading');
  progress.step('judging');
  progress.done();
  progress.done();
  expect(written).toEqual(['\r\u001b[2Kreading', '\r\u001b[2Kjudging', '\r\u001b[2K']);
});

test.each([
  ['a pipe', false, true],
  ['--quiet', true, false],
])('%s shows nothing', (_, isTTY, enabled) => {
  const { stream, written } = terminal(isTTY);
  let now = 0;
  const progress = new Progress(stream, enabled, () => now);
  now = 5000;
  progress.step('reading');
  progress.done();
  expect(written).toEqual([]);
});
