import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { diagnoseBundles } from '../../../src/cli/pipeline.js';
import type { Diagnosis } from '../../../src/engine/diagnosis.js';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import { readIndex } from '../../../src/facts/bundle/index-file.js';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { type BundleFile, BundleWriter } from '../../../src/facts/collect/bundle-writer.js';
import { redacted } from '../../../src/facts/collect/redact.js';
import { AddressMask } from '../../../src/facts/collect/redact-addresses.js';
import { NameMask } from '../../../src/facts/collect/redact-names.js';
import type { Masks } from '../../../src/facts/collect/redact-text.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const { rulebook } = loadRulebookFolder(path.join(ROOT, 'rules'));
const KEY = Buffer.from('a key for tests');

/** Cases that were taken from a real kernel, with captures, objects and all outputs. */
const CASES = [
  'bridge-nf-call-disabled/kernel',
  'ip-forward-disabled/kernel-underlay',
  'mtu-mismatch/kernel',
  'node-ip-conflict/kernel',
  'none/kernel-healthy',
  'overlay-nat-mangled/kernel',
  'route-missing/kernel',
  'rp-filter-strict/kernel',
  'coredns-upstream-unreachable/kernel',
];

const scratch = mkdtempSync(path.join(tmpdir(), 'podnet-redact-'));
afterAll(() => rmSync(scratch, { recursive: true }));

async function filesOf(bundle: string): Promise<BundleFile[]> {
  const { entries } = await readBundles([{ path: bundle }]);
  const index = entries.find((entry) => entry.path === 'index.jsonl');
  const lines = index === undefined ? [] : Buffer.from(index.bytes).toString().split('\n');
  const { byPath } = readIndex('index.jsonl', lines);
  return entries
    .filter((entry) => entry !== index)
    .map((entry) => ({ ...byPath.get(entry.path), path: entry.path, content: Uint8Array.from(entry.bytes) }));
}

async function redactCase(name: string): Promise<{ original: string; folder: string; masks: Masks }> {
  const original = path.join(ROOT, 'test/cases', name, 'bundle.tgz');
  const masks = { addresses: new AddressMask(KEY), names: new NameMask(KEY) };
  const folder = path.join(scratch, name.replace('/', '-'));
  const writer = BundleWriter.create(folder, { force: true });
  for (const file of redacted(await filesOf(original), masks)) writer.add(file);
  await writer.finish();
  return { original, folder, masks };
}

/** What a diagnosis comes to, without names. */
function outcomeOf({ outcome, diagnoses, alsoFound, notFaults }: Diagnosis) {
  return {
    outcome,
    causes: diagnoses.map(({ cause, confidence, subjects, explains, when }) => {
      return { cause, confidence, when, on: subjects.length, explains: explains.symptoms, of: explains.of };
    }),
    alsoFound: alsoFound.map(({ cause }) => cause).sort(),
    notFaults: notFaults.map(({ id }) => id).sort(),
  };
}

function filesBelow(folder: string): Map<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    found.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [file.slice(folder.length + 1), readFileSync(file, 'latin1')];
    }),
  );
}

describe.each(CASES)('%s, redacted', (name) => {
  test('has the diagnosis that it had', async () => {
    const { original, folder } = await redactCase(name);
    const options = { lang: 'en', rulebook: rulebook! } as const;
    const before = outcomeOf(await diagnoseBundles([original], options));
    expect(outcomeOf(await diagnoseBundles([folder], options))).toEqual(before);
  });

  test('holds no address and no name of the original', async () => {
    const { folder, masks } = await redactCase(name);
    const left = new Set<string>();
    const secrets = [...masks.addresses.seen, ...masks.names.known()];
    for (const [file, text] of filesBelow(folder)) {
      for (const secret of secrets) {
        const whole = new RegExp(`(?<![\\w.:-])${secret.replaceAll('.', '\\.')}(?![\\w-]|\\.\\d|:[0-9a-f])`);
        if (secret.length > 1 && (whole.test(text) || whole.test(file))) left.add(`${secret} in ${file}`);
      }
    }
    expect([...left].slice(0, 40)).toEqual([]);
  });
});
