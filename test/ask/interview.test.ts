import { describe, expect, it } from 'vitest';
import { answersBundle, savedAnswers, UnreadableAnswers } from '../../src/ask/answers-bundle.js';
import type { Answer, InterviewState } from '../../src/ask/interview.js';
import { interview } from '../../src/ask/interview-state.js';
import { loadRulebookFolder } from '../../src/engine/rulebook/load.js';
import type { BundleContents } from '../../src/facts/bundle/entry.js';
import { readBundles } from '../../src/facts/bundle/read-bundles.js';
import { diagnoseUnderstood, understandContents } from '../../src/pipeline/diagnose-bundles.js';

const { rulebook } = loadRulebookFolder('rules');
if (rulebook === undefined) throw new Error('rules/ does not load');
const options = { rulebook, lang: 'en' } as const;

const ask = (answers: readonly Answer[], base?: BundleContents): Promise<InterviewState> =>
  interview(base, answers, options);
const opening: Answer = { question: 'symptom@n1,n2', value: 'pods-apart-unreachable' };
const ipForward = 'output@node/n1:ip-forward-off';
const chance = ({ leading }: InterviewState, cause: string): number =>
  leading.find((one) => one.cause === cause)?.probability ?? 0;

describe('an interview', () => {
  it('opens with what is wrong, in the words of all five documented classes', async () => {
    const { question } = await ask([]);
    expect(question?.kind).toBe('symptom');
    const offered = new Set(question?.choices.map(({ value }) => value));
    for (const { id } of rulebook.classes)
      expect(rulebook.symptoms.some((symptom) => symptom.class === id && offered.has(symptom.id))).toBe(true);
  });

  it('says why it asks, and offers not to know', async () => {
    const { question } = await ask([opening]);
    expect(question?.why).toMatch(/^Tells |\. Tells /);
    expect(question?.separates.length).toBeGreaterThan(1);
    expect(question?.choices.map(({ value }) => value)).toContain('unknown');
  });

  it('gives the exact read-only commands where it asks for outputs', async () => {
    const { open } = await ask([opening]);
    const output = open.find(({ kind }) => kind === 'output');
    expect(output?.commands.length).toBeGreaterThan(0);
    for (const { run, on } of output?.commands ?? []) {
      expect(run).not.toMatch(/\bNODE\b/);
      expect(on).toBe(output?.id.replace(/^output@/, '').replace(/:.*/, ''));
    }
  });

  it('asks in Chinese as in English, the same questions', async () => {
    const en = await ask([opening]);
    const zh = await interview(undefined, [opening], { rulebook, lang: 'zh' });
    expect(zh.open.map(({ id }) => id)).toEqual(en.open.map(({ id }) => id));
    expect(zh.question?.text).toMatch(/[\u4e00-\u9fff]/);
  });

  it("takes a don't know for nothing at all", async () => {
    const before = await ask([opening]);
    const after = await ask([opening, { question: before.open[0]!.id, value: 'unknown' }]);
    expect(after.leading).toEqual(before.leading);
    expect(after.question?.id).not.toBe(before.question?.id);
  });

  it('moves the leading causes with an answer', async () => {
    const before = await ask([opening]);
    const after = await ask([opening, { question: ipForward, value: 'yes' }]);
    expect(after.leading[0]?.cause).toBe('ip-forward-disabled');
    expect(chance(after, 'ip-forward-disabled')).toBeGreaterThan(chance(before, 'ip-forward-disabled') + 0.2);
  });

  it('never takes an answer for certain, either way', async () => {
    const yes = await ask([opening, { question: ipForward, value: 'yes' }]);
    const no = await ask([opening, { question: ipForward, value: 'no' }]);
    expect(chance(yes, 'ip-forward-disabled')).toBeLessThan(0.99);
    expect(yes.diagnosis.diagnoses[0]?.confidence).not.toBe('confirmed');
    expect(no.diagnosis.diagnoses.some(({ cause }) => cause === 'ip-forward-disabled')).toBe(true);
  });

  it('takes a pasted output for the proof that a word is not', async () => {
    const pasted = 'net.ipv4.ip_forward = 0\nnet.ipv4.conf.all.forwarding = 0\n';
    const { diagnosis, refused } = await ask([opening, { question: ipForward, pasted }]);
    expect(refused).toEqual([]);
    expect(diagnosis.diagnoses[0]).toMatchObject({
      cause: 'ip-forward-disabled',
      subjects: ['node/n1'],
      confidence: 'confirmed',
    });
  });

  it('reads several outputs of one paste, by the commands above them', async () => {
    const pasted = '$ ip route\ndefault via 10.0.0.1 dev eth0\n$ sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n';
    const { diagnosis } = await ask([opening, { question: ipForward, pasted }]);
    expect(diagnosis.diagnoses[0]).toMatchObject({ cause: 'ip-forward-disabled', confidence: 'confirmed' });
  });

  it('counts the last word on a question', async () => {
    const changed = await ask([opening, { question: ipForward, value: 'yes' }, { question: ipForward, value: 'no' }]);
    const only = await ask([opening, { question: ipForward, value: 'no' }]);
    expect(changed.leading).toEqual(only.leading);
  });

  it('tells of two answers that cannot both be so', async () => {
    const { contradictions } = await ask([opening, { question: 'ping-pod@n1,n2', value: 'works' }]);
    expect(contradictions.map(({ questions }) => questions)).toEqual([['ping-pod@n1,n2', 'symptom@n1,n2']]);
  });

  it('tells of an answer that an output disproves', async () => {
    const base = await readBundles([
      { stdin: Buffer.from('root@n1:~# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 1\n'), name: 'x.txt' },
    ]);
    const { contradictions } = await ask([opening, { question: ipForward, value: 'yes' }], base);
    expect(contradictions.map(({ questions }) => questions)).toEqual([[ipForward]]);
  });

  it('finds no contradiction in answers that agree', async () => {
    const { contradictions } = await ask([opening, { question: 'ping-node-to-node@n1,n2', value: 'works' }]);
    expect(contradictions).toEqual([]);
  });

  it('says which answers it cannot use, and uses the others', async () => {
    const answers = [opening, { question: 'no-such-thing', value: 'yes' }, { question: ipForward, value: 'maybe' }];
    const { refused, leading } = await ask(answers);
    expect(refused.map(({ question }) => question)).toEqual(['no-such-thing', ipForward]);
    expect(leading).toEqual((await ask([opening])).leading);
  });

  it('refuses a paste under a question that there is not', async () => {
    const { refused } = await ask([opening, { question: 'output@node/n1:no-such', pasted: 'net.ipv4.ip_forward = 0' }]);
    expect(refused.map(({ question }) => question)).toEqual(['output@node/n1:no-such']);
  });

  it('says of the very paste that it cannot be read, after another was taken back', async () => {
    const junk = 'output@node/n2:ip-forward-off';
    const { refused } = await ask([
      opening,
      { question: ipForward, pasted: 'net.ipv4.ip_forward = 0' },
      { question: ipForward, value: 'no' },
      { question: 'symptom@n1,n2', pasted: 'good morning' },
      { question: junk, pasted: 'net.ipv4.ip_forward = 1' },
    ]);
    expect(refused.map(({ question }) => question)).toEqual(['symptom@n1,n2']);
  });

  it('stops, and says why, when the cause is proven', async () => {
    const answers: Answer[] = [
      opening,
      { question: 'ping-other-node@n1,n2', value: 'timeout' },
      { question: ipForward, pasted: 'net.ipv4.ip_forward = 0' },
      { question: 'connect-outside@n1', value: 'timeout' },
    ];
    const { question, done } = await ask(answers);
    expect(question).toBeUndefined();
    expect(done).toMatch(/proven/);
  });

  it('asks of a dump only what it leaves open', async () => {
    const base = await readBundles([{ path: 'examples/same-node-service' }]);
    const { question, diagnosis } = await ask([], base);
    expect(diagnosis.diagnoses[0]?.cause).toBe('bridge-nf-call-disabled');
    expect(question).toBeUndefined();
  });

  it('gives the same state for the same answers, to the byte', async () => {
    const answers = [opening, { question: ipForward, value: 'yes' }];
    expect(JSON.stringify(await ask(answers))).toBe(JSON.stringify(await ask(answers)));
  });
});

describe('a saved interview', () => {
  const answers: Answer[] = [
    opening,
    { question: 'ping-other-node@n1,n2', value: 'timeout' },
    { question: 'restart-agent-helps', value: 'unknown' },
    { question: ipForward, pasted: 'net.ipv4.ip_forward = 0' },
  ];
  const saved = (): BundleContents => ({ entries: answersBundle(answers, options), problems: [] });

  it('is diagnosed as the interview was', async () => {
    const diagnosis = await diagnoseUnderstood(await understandContents(saved(), rulebook), options);
    const { diagnoses } = (await ask(answers)).diagnosis;
    expect(diagnosis.diagnoses).toEqual(diagnoses);
  });

  it('goes on with its answers, each counted once', async () => {
    expect(savedAnswers(saved())).toEqual(answers);
    expect(await ask(savedAnswers(saved()), saved())).toEqual(await ask(answers));
  });

  it('that is malformed is refused with its file', () => {
    const broken = { entries: [{ path: 'answers/interview.json', bytes: Buffer.from('{"answers": [') }], problems: [] };
    expect(() => savedAnswers(broken)).toThrow(UnreadableAnswers);
    expect(() => savedAnswers(broken)).toThrow(/^answers\/interview\.json: /);
  });
});
