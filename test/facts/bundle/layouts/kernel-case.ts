import { readFileSync } from 'node:fs';
import type { BundleContents } from '../../../../src/facts/bundle/entry.js';
import { readBundles } from '../../../../src/facts/bundle/read-bundles.js';
import { type InputSummary, readFacts } from '../../../../src/facts/read.js';
import { CNIS } from '../../cni-profiles.js';

/** Files of a case that a real kernel made, by their paths in podnet's own layout. */
export async function kernelFiles(name: string): Promise<Record<string, string>> {
  const { entries } = await readBundles([{ stdin: readFileSync(`test/cases/${name}/bundle.tgz`), name: 'bundle.tgz' }]);
  const files: Record<string, string> = {};
  for (const { path, bytes } of entries) {
    if (!path.endsWith('.pcap')) files[path] = Buffer.from(bytes).toString();
  }
  return files;
}

/** Those of some files whose path matches, renamed; undefined leaves one out. */
export function renamed(
  files: Readonly<Record<string, string>>,
  name: (path: string) => string | undefined,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [path, text] of Object.entries(files)) {
    const to = name(path);
    if (to !== undefined) result[to] = text;
  }
  return result;
}

export interface Read {
  /** Each fact as JSON without its source, sorted: what is known, wherever it was written. */
  facts: string[];
  /** Subjects with their sources: `node/n1 name FILE:LINE`. */
  sources: string[];
  input: InputSummary;
}

export function readContents(contents: BundleContents): Read {
  const { store, input } = readFacts(contents, { logPatterns: [], cnis: CNIS });
  const facts: string[] = [];
  const sources: string[] = [];
  for (const subject of store.subjects()) {
    for (const [name, all] of store.of(subject)) {
      for (const { value, at, source } of all) {
        facts.push(JSON.stringify([subject, name, value, at]));
        sources.push(`${subject} ${name} ${source.file}:${source.line}`);
      }
    }
  }
  return { facts: facts.sort(), sources, input };
}

export function readFiles(files: Readonly<Record<string, string | Uint8Array>>): Read {
  const entries = Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content) }));
  return readContents({ entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)), problems: [] });
}

export async function readArchive(bytes: Uint8Array, name: string): Promise<Read> {
  return readContents(await readBundles([{ stdin: bytes, name }]));
}

/** Every file is one of three: counted once, none dropped silently. */
export function accountedFor({ files, recognised, unrecognised, problems, byParser }: InputSummary): boolean {
  const onlyProblems = new Set(problems.map(({ file }) => file));
  for (const { path } of unrecognised) onlyProblems.delete(path);
  const least = recognised + unrecognised.length;
  return least <= files && files <= least + onlyProblems.size && Object.values(byParser).every((count) => count > 0);
}
