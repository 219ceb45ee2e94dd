import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { ROOT } from '../cli/podnet.js';

/** A bundle as a test changes it: bytes by path. */
export type Files = Map<string, Buffer>;

const CASES = path.join(ROOT, 'test/cases');

/** A cluster recorded from real kernels, with one fault, two, or (`none`) without. */
export interface Recording {
  /** `<cause>/<name>`, as rules test shows it. */
  name: string;
  cause: string;
  archive: string;
}

/** Recordings of one fault on real kernels, and the healthy one (`none`); sorted by name. */
export function recordings(): Recording[] {
  const found: Recording[] = [];
  for (const cause of readdirSync(CASES).sort()) {
    for (const name of readdirSync(path.join(CASES, cause)).sort()) {
      if (!name.startsWith('kernel')) continue;
      found.push({ name: `${cause}/${name}`, cause, archive: path.join(CASES, cause, name, 'bundle.tgz') });
    }
  }
  return found;
}

export const FAULTS = recordings().filter(({ cause }) => cause !== 'none');
export const HEALTHY = recordings().find(({ cause }) => cause === 'none')!;

export function recordingOf(cause: string): Recording {
  const found = recordings().find((recording) => recording.cause === cause);
  if (found === undefined) throw new Error(`no recording of ${cause}`);
  return found;
}

/** The files of a recording, read by a tar reader of our own, in the order of their paths. */
export async function filesOf({ archive }: Recording): Promise<Files> {
  const found: [string, Buffer][] = [];
  const tar = extract();
  tar.end(gunzipSync(readFileSync(archive)));
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') found.push([entry.header.name, Buffer.concat(chunks)]);
  }
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The bundles of all other cases, which are folders: facts of a reporter, logs, captures, outputs of many CNIs. */
export function writtenBundles(): Files[] {
  const bundles: Files[] = [];
  for (const file of readdirSync(CASES, { recursive: true, encoding: 'utf8' }).sort()) {
    if (path.basename(file) !== 'expected.yaml') continue;
    const folder = path.join(CASES, path.dirname(file), 'bundle');
    if (!existsSync(folder)) continue;
    const files: Files = new Map();
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (statSync(path.join(folder, name)).isFile()) files.set(name, readFileSync(path.join(folder, name)));
    }
    if (files.size > 0) bundles.push(files);
  }
  return bundles;
}

/** Writes files below a folder, which need not be there. */
export function writeFiles(files: ReadonlyMap<string, string | Uint8Array>, folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** Entries for the writers of archives, in the order of the map. */
export function entriesOf(files: Files, prefix = ''): { name: string; content: Uint8Array }[] {
  return [...files].map(([name, content]) => ({ name: prefix + name, content }));
}

/** Files that a condition keeps. */
export function keep(files: Files, wanted: (path: string) => boolean): Files {
  return new Map([...files].filter(([name]) => wanted(name)));
}

/** Whether a file is what a probe printed: an attempt to reach something. */
export function isProbe(file: string): boolean {
  return /(?:^|\/)(?:ping6?|curl|wget|nc|dig|nslookup|host|arping|traceroute|tracepath|telnet)(?:_[^/]*)?$/.test(file);
}
