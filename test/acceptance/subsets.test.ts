import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { answerTo, causesOf, directEvidenceOf } from './answer.js';
import { FAULTS, type Files, filesOf, HEALTHY, isProbe, keep } from './bundle-files.js';

/** Files that prove a cause: those that its direct evidence cites. */
function proofsOf({ diagnoses }: Diagnosis, cause: string): Set<string> {
  const direct = directEvidenceOf(cause);
  const cited = new Set<string>();
  for (const diagnosis of diagnoses) {
    if (diagnosis.cause !== cause) continue;
    for (const { id, verdict, facts } of diagnosis.evidence) {
      if (verdict !== 'for' || !direct.has(id)) continue;
      for (const { source } of facts) if (source.file !== undefined) cited.add(source.file);
    }
  }
  return cited;
}

/** A bundle without whatever proves a cause, and what is then answered. */
async function withoutProof(files: Files, cause: string): Promise<Diagnosis> {
  let left = files;
  for (;;) {
    const { diagnosis } = await answerTo(left);
    const proofs = proofsOf(diagnosis, cause);
    if (proofs.size === 0) return diagnosis;
    left = keep(left, (file) => !proofs.has(file));
  }
}

/** Causes that are called confirmed although nothing proves them. */
function unproven({ diagnoses }: Diagnosis): string[] {
  return diagnoses
    .filter(({ cause, confidence, evidence }) => {
      const direct = directEvidenceOf(cause);
      return confidence === 'confirmed' && !evidence.some(({ id, verdict }) => verdict === 'for' && direct.has(id));
    })
    .map(({ cause }) => cause);
}

describe.each(FAULTS)('of $name', (recording) => {
  test('everything but the files that prove the cause still has it among the first three, not as confirmed', async () => {
    const diagnosis = await withoutProof(await filesOf(recording), recording.cause);
    expect(causesOf(diagnosis).slice(0, 3)).toContain(recording.cause);
    expect(diagnosis.diagnoses.find(({ cause }) => cause === recording.cause)?.confidence).not.toBe('confirmed');
    expect(unproven(diagnosis)).toEqual([]);
  });

  test('the probes alone are a fault, known or not', async () => {
    const { diagnosis } = await answerTo(keep(await filesOf(recording), isProbe));
    expect(['diagnosed', 'unexplained']).toContain(diagnosis.outcome);
    expect(diagnosis.seen.symptoms).toBeGreaterThan(0);
    expect(unproven(diagnosis)).toEqual([]);
  });

  test('the state alone is not healthy: the misconfiguration is named', async () => {
    const { diagnosis, text } = await answerTo(keep(await filesOf(recording), (file) => !isProbe(file)));
    expect(['diagnosed', 'insufficient']).toContain(diagnosis.outcome);
    expect([...causesOf(diagnosis), ...diagnosis.alsoFound.map(({ cause }) => cause)]).toContain(recording.cause);
    if (diagnosis.seen.symptoms === 0) expect(text.replaceAll(/\s+/g, ' ')).toMatch(/no symptom was given/i);
    expect(unproven(diagnosis)).toEqual([]);
  });

  test('the objects alone are no healthy cluster', async () => {
    const files = await filesOf(recording);
    const objects = await answerTo(keep(files, (file) => file.startsWith('cluster/')));
    expect(objects.diagnosis.outcome).not.toBe('healthy');
    expect(unproven(objects.diagnosis)).toEqual([]);
  });
});

test('the state of the healthy cluster alone is not called healthy, nor is a fault found in it', async () => {
  const { diagnosis } = await answerTo(keep(await filesOf(HEALTHY), (file) => !isProbe(file)));
  expect(diagnosis).toMatchObject({ outcome: 'insufficient', diagnoses: [] });
});
