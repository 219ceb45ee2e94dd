import { describe, expect, it } from 'vitest';
import { breaksAttempt } from '../../../src/engine/rulebook/attempt-legs.js';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';

const { rulebook } = loadRulebookFolder('rules');
if (rulebook === undefined) throw new Error('rules do not load');
const { causes, classes, legQuestions, symptoms } = rulebook;

/** Commands that change something, or that leave it open what is run. */
const WRITES = /\b(?:apply|create|delete|edit|patch|scale|restart|rm|set|add|-w)\b|[;&|`$<>]/;

describe('the questions of the rules about what works', () => {
  it.each(legQuestions.map((question) => [question.id, question] as const))('%s parts causes', (_, question) => {
    const verdicts = causes.map((cause) => breaksAttempt(cause, question));
    expect(verdicts).toContain('yes');
    expect(verdicts).toContain('no');
  });

  it.each(legQuestions.map(({ id, run }) => [id, run] as const))(
    '%s is answered by a command that changes nothing',
    (_, run) => {
      expect(run).not.toMatch(WRITES);
    },
  );

  it.each(legQuestions.map((question) => [question.id, question] as const))(
    '%s names in both languages the same nodes, those of its ends',
    (_, { from, to, text }) => {
      const named = (words: string): string[] => [...new Set(words.match(/\{\w+\}/g))].sort();
      expect(named(text.zh)).toEqual(named(text.en));
      const places = [from.place, to.place].filter((place) => place !== undefined).map((place) => `{${place}}`);
      expect(named(text.en)).toEqual([...new Set(places)].sort());
    },
  );
});

describe('the symptoms of the rules', () => {
  it('open every documented class', () => {
    expect([...new Set(symptoms.map((symptom) => symptom.class))].sort()).toEqual(classes.map(({ id }) => id).sort());
  });

  it.each(symptoms.map((symptom) => [symptom.id, symptom] as const))('%s fits a cause of its class', (_, symptom) => {
    const fits = causes.filter((cause) =>
      symptom.flows.every((flow) => breaksAttempt(cause, flow) !== (flow.state === 'ok' ? 'yes' : 'no')),
    );
    expect(fits.filter((cause) => cause.classes.includes(symptom.class)).map(({ id }) => id)).not.toEqual([]);
  });
});
