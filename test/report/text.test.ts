import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { renderText } from '../../src/report/text.js';
import { displayWidth } from '../../src/report/wrap.js';
import { HOSTILE, sampleDiagnosis } from './sample.js';

const plain = { color: false, width: 80 };

/** Everything the sample tells the reader to type or to follow: such lines are never wrapped. */
function commandsOf(diagnosis: Diagnosis): string[] {
  const commands: string[] = [];
  for (const cause of diagnosis.diagnoses) {
    for (const step of [...cause.fix, ...cause.persist, ...cause.verify, ...cause.prevent]) {
      commands.push(...(step.run ?? '').split('\n'), step.undo ?? '');
    }
    commands.push(...cause.references.filter((text) => text.startsWith('https:')).map((link) => `- ${link}`));
    for (const evidence of cause.evidence) commands.push(evidence.collect ?? '');
  }
  for (const step of diagnosis.next) commands.push(step.collect ?? '');
  return commands.filter((command) => command !== '');
}

describe.each(['en', 'zh'] as const)('in %s', (lang) => {
  test.each([60, 80])('no line but a command or a link is wider than %i columns', (width) => {
    const diagnosis = sampleDiagnosis(lang, ' '.repeat(3).concat('x'.repeat(90)));
    const commands = new Set(commandsOf(diagnosis));
    for (const line of renderText(diagnosis, { color: false, width }).split('\n')) {
      if (!commands.has(line.trim())) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    }
  });

  test('every command stands whole on lines of its own', () => {
    const diagnosis = sampleDiagnosis(lang);
    const lines = renderText(diagnosis, { color: false, width: 60 })
      .split('\n')
      .map((line) => line.trim());
    for (const command of commandsOf(diagnosis)) expect(lines).toContain(command);
  });

  test('a hostile dump moves no cursor and turns no text', () => {
    const text = renderText(sampleDiagnosis(lang, HOSTILE), plain);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

test('the verdict is the first line', () => {
  const diagnosis = { ...sampleDiagnosis(), verdict: 'Forwarding is off on node/n2.' };
  expect(renderText(diagnosis, plain).split('\n')[0]).toBe('Forwarding is off on node/n2.');
});

test('a page says what is wrong, why, how to fix it, and where that was read', () => {
  expect(renderText(sampleDiagnosis(), plain)).toMatchSnapshot();
});

test('a Chinese page says the same', () => {
  expect(renderText(sampleDiagnosis('zh'), plain)).toMatchSnapshot();
});

test('there is no colour unless it is asked for', () => {
  expect(renderText(sampleDiagnosis(), plain)).not.toContain('\u001b');
  expect(renderText(sampleDiagnosis(), { ...plain, color: true })).toContain('\u001b[1m');
});

test('top limits the causes and says how to see the others', () => {
  const text = renderText(sampleDiagnosis(), { ...plain, top: 1 });
  expect(text).not.toContain('service-rules-missing');
  expect(text).toContain('--top 2');
});

test('a long list is cut with its count', () => {
  const text = renderText(sampleDiagnosis(), plain);
  expect(text).toContain('Files not recognised: 30');
  expect(text).toContain('and 22 more (--format json shows all)');
});

test('the latest of many changes are shown', () => {
  const timeline = Array.from({ length: 20 }, (_, index) => ({ what: `change ${index}`, source: {} }));
  const text = renderText({ ...sampleDiagnosis(), timeline }, plain);
  expect(text).toContain('change 19');
  expect(text).not.toContain('change 7\n');
  expect(text).toContain('and 8 more');
});

test('a healthy cluster has a verdict, what was read, and no causes', () => {
  const text = renderText(
    {
      ...sampleDiagnosis(),
      outcome: 'healthy',
      verdict: 'All 96 flows that ought to work do.',
      diagnoses: [],
      notFaults: [],
      alsoFound: [],
      unexplained: [],
      next: [],
      timeline: [],
      input: { recognised: 34, unrecognised: [], problems: [] },
    },
    plain,
  );
  expect(text).toContain('All 96 flows that ought to work do.\n');
  expect(text).not.toContain('Root causes');
  expect(text).not.toContain('not recognised');
});

test('nothing is rounded to certainty', () => {
  const diagnosis = sampleDiagnosis();
  diagnosis.diagnoses[0]!.probability = 0.999;
  diagnosis.diagnoses[1]!.probability = 0.001;
  const text = renderText(diagnosis, plain);
  expect(text).toContain('>99%');
  expect(text).toContain('<1%');
  expect(text).not.toContain('100%');
});
