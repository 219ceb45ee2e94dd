import { beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../src/facts/model.js';
import { type Answer, answerTo, schemaErrors } from './answer.js';
import { type Files, filesOf, recordings, writtenBundles } from './bundle-files.js';
import { mutate } from './mutations.js';
import { Random } from './random.js';

/** Rounds of a run: more by hand, `PODNET_FUZZ_ROUNDS=5000 PODNET_FUZZ_SEED=7 npx vitest run test/acceptance/fuzz.test.ts`. */
const ROUNDS = Number(process.env.PODNET_FUZZ_ROUNDS ?? 200);
const SEED = Number(process.env.PODNET_FUZZ_SEED ?? 1);

let recorded: Files[];
let written: Files[];

beforeAll(async () => {
  recorded = await Promise.all(recordings().map(filesOf));
  written = writtenBundles();
});

/** Every place in the input that an answer cites. */
function sources({ told }: Answer): Source[] {
  return [
    ...told.diagnoses.flatMap(({ evidence }) => evidence.flatMap(({ facts }) => facts.map(({ source }) => source))),
    ...told.timeline.map(({ source }) => source),
    ...told.unexplained.map(({ source }) => source),
    ...told.input.problems.map(({ file, line }) => (line === undefined ? { file } : { file, line })),
  ];
}

/** Lines of a file as an editor counts them. */
function lineCount(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString('utf8').replace(/\r\n?/g, '\n');
  return text.split('\n').length;
}

/** What is wrong with an answer whatever the input was; empty where nothing is. */
function faults(answer: Answer, files: Files): string[] {
  const { told } = answer;
  const found: string[] = [];
  const errors = schemaErrors(told);
  if (errors !== undefined) found.push(`JSON against its schema: ${errors}`);
  for (const { cause, probability, because } of told.diagnoses) {
    for (const one of [probability, ...because.map((reason) => reason.probability)]) {
      if (!(one >= 0 && one <= 1)) found.push(`${cause} has the probability ${one}`);
    }
  }
  for (const { file, line } of sources(answer)) {
    if (file === undefined) continue;
    const bytes = files.get(file);
    if (bytes === undefined) found.push(`cites ${file}, which is not there`);
    else if (line !== undefined && (line < 1 || line > lineCount(bytes))) found.push(`cites ${file}:${line}`);
  }
  for (const { file, message } of told.input.problems) {
    if (message.startsWith('internal:')) found.push(`${file}: ${message}`);
  }
  for (const [form, output] of Object.entries({ text: answer.text, json: answer.json, markdown: answer.markdown })) {
    if (/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(output)) found.push(`raw control characters in ${form}`);
  }
  return found;
}

describe('damaged at random', () => {
  test(`a bundle still gets an answer that holds, ${ROUNDS} times`, {
    timeout: 60_000 + ROUNDS * 2000,
  }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = new Random(SEED * 1_000_003 + round);
      const files = mutate(random.of(round % 2 === 0 ? recorded : written), random);
      const answer = await answerTo(files);
      expect(faults(answer, files), `round ${round} of seed ${SEED}`).toEqual([]);
    }
  });
});
