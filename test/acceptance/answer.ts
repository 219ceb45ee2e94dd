import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { diagnose } from '../../src/engine/diagnose.js';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { loadCompiledRulebook } from '../../src/engine/rulebook/compiled.js';
import { logPatternsOf } from '../../src/engine/rulebook/log-patterns.js';
import type { Lang } from '../../src/engine/rulebook/types.js';
import type { BundleContents } from '../../src/facts/bundle/entry.js';
import { readBundles } from '../../src/facts/bundle/read-bundles.js';
import { Cnis } from '../../src/facts/cnis.js';
import { deriveAll } from '../../src/facts/derive/derive-all.js';
import { readFacts } from '../../src/facts/read.js';
import { renderJson } from '../../src/report/json.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { DIAGNOSIS_SCHEMA } from '../../src/report/schema.js';
import { renderText } from '../../src/report/text.js';
import { build, ROOT } from '../cli/podnet.js';
import type { Files } from './bundle-files.js';

build();
const RULEBOOK = loadCompiledRulebook(path.join(ROOT, 'dist/rulebook.json'));
const LOG_PATTERNS = logPatternsOf(RULEBOOK);
const CNIS = new Cnis(RULEBOOK.cnis);
const validate = new Ajv2020.Ajv2020({ allowUnionTypes: true }).compile(DIAGNOSIS_SCHEMA);

/** One diagnosis in every form in which it is given. */
export interface Answer {
  diagnosis: Diagnosis;
  /** What a program reads of it: the JSON, parsed. */
  told: Diagnosis;
  json: string;
  text: string;
  markdown: string;
}

/** What `podnet diagnose` would answer, without the price of a process: the files need not be on disk. */
export async function answerTo(files: Files, lang: Lang = 'en'): Promise<Answer> {
  const entries = [...files].map(([name, bytes]) => ({ path: name, bytes }));
  return answerOf({ entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)), problems: [] }, lang);
}

/** The same for an archive, or a single file, in memory. */
export async function answerToBytes(bytes: Uint8Array, name: string): Promise<Answer> {
  return answerOf(await readBundles([{ stdin: bytes, name }]), 'en');
}

async function answerOf(contents: BundleContents, lang: Lang): Promise<Answer> {
  const { store, input } = readFacts(contents, { logPatterns: LOG_PATTERNS, cnis: CNIS });
  const unrecognised = input.unrecognised.map((file) => file.path);
  const diagnosis = await diagnose({
    store,
    ...deriveAll(store),
    input: { ...input, unrecognised },
    rulebook: RULEBOOK,
    lang,
  });
  const json = renderJson(diagnosis);
  return {
    diagnosis,
    told: JSON.parse(json) as Diagnosis,
    json,
    text: renderText(diagnosis, { color: false, width: 80 }),
    markdown: renderMarkdown(diagnosis, {}),
  };
}

/** What of an answer the schema does not allow; undefined where all is well. */
export function schemaErrors(told: unknown): string | undefined {
  return validate(told) ? undefined : JSON.stringify(validate.errors?.slice(0, 3));
}

/** The causes that an answer names, likeliest first, each once. */
export function causesOf({ diagnoses }: Diagnosis): string[] {
  return [...new Set(diagnoses.map(({ cause }) => cause))];
}

/** Ids of the evidence that proves a cause by itself. */
export function directEvidenceOf(cause: string): ReadonlySet<string> {
  const found = RULEBOOK.causes.find(({ id }) => id === cause);
  return new Set(found?.evidence.filter(({ direct }) => direct).map(({ id }) => id));
}
