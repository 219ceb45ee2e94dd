import type { Judged } from '../../engine/diagnose.js';
import type { Cause, Evidence } from '../../engine/rulebook/types.js';
import type { BundleContents, BundleEntry } from '../../facts/bundle/entry.js';
import { sectionsOf } from '../../facts/bundle/sections.js';
import { withoutEscapes } from '../../facts/bundle/terminal-escapes.js';
import { decodeText } from '../../facts/bundle/text.js';
import type { Source } from '../../facts/model.js';
import { CLUSTER } from '../../facts/model.js';

/** Where a cause's direct evidence that is present stands in a bundle. */
export interface Proofs {
  /** Direct evidence that is present. */
  evidence: Evidence[];
  /** Places in files that can be taken away. */
  places: Source[];
  /** Direct evidence that is what somebody states, or what works and fails: no file can be taken away. */
  stated: Evidence[];
}

/** Facts that are the pattern of what works and fails. */
const OF_FLOWS = new Set(['derivation flows', 'derivation matrix']);

/** What proves a cause by itself, on whatever subject, and in which files it stands. */
export function proofsOf({ situation }: Judged, cause: Cause): Proofs {
  const { rulebook, store, judgement, relatives } = situation;
  const origins = new Map(rulebook.facts.map((fact) => [fact.name, fact.from]));
  const proofs: Proofs = { evidence: [], places: [], stated: [] };
  for (const { id, direct } of cause.evidence) {
    const evidence = direct ? rulebook.evidence.find((one) => one.id === id) : undefined;
    if (evidence === undefined) continue;
    const subjects = judgement.presentOn(id);
    if (subjects.length === 0) continue;
    proofs.evidence.push(evidence);
    const places: Source[] = [];
    for (const subject of subjects) {
      const readOn = evidence.quantifier === undefined ? [subject] : relatives.of(subject, evidence.quantifier.of);
      for (const one of readOn) {
        for (const name of evidence.facts) {
          const source = (store.scalar(one, name) ?? store.scalar(CLUSTER, name))?.source;
          if (source !== undefined && isRemovable(source) && !OF_FLOWS.has(origins.get(name) ?? ''))
            places.push(source);
        }
      }
    }
    if (places.length === 0) proofs.stated.push(evidence);
    else proofs.places.push(...places);
  }
  return proofs;
}

/** A reporter's own statement stays: only outputs can be missing. */
function isRemovable({ file }: Source): boolean {
  return file !== undefined && !/(?:^|\/)facts\.(?:ya?ml|json)$/.test(file);
}

/** A bundle without some outputs: whole files; of a file that holds several outputs those that the places stand in. */
export function withoutOutputs({ entries, problems }: BundleContents, places: readonly Source[]): BundleContents {
  const lines = new Map<string, Set<number>>();
  for (const { file, line } of places) {
    if (file === undefined) continue;
    const known = lines.get(file) ?? new Set();
    lines.set(file, known.add(line ?? 0));
  }
  const left: BundleEntry[] = [];
  for (const entry of entries) {
    const removed = lines.get(entry.path);
    const kept = removed === undefined ? entry : withoutSections(entry, removed);
    if (kept !== undefined) left.push(kept);
  }
  return { entries: left, problems };
}

/** Files of the layout are one output each, whatever their content looks like. */
const ONE_OUTPUT = /(?:^|\/)(?:nodes|pods|cluster|captures|logs)\//;

function withoutSections(entry: BundleEntry, removed: ReadonlySet<number>): BundleEntry | undefined {
  if (ONE_OUTPUT.test(entry.path)) return undefined;
  const text = decodeText(entry.bytes);
  if (text === undefined) return undefined;
  const lines = [...text.lines];
  const sections = sectionsOf(withoutEscapes(lines));
  if (sections.length < 2) return undefined;
  let from = 0;
  for (const { offset, lines: own } of sections) {
    const end = offset + own.length;
    const isHit = [...removed].some((line) => line > from && line <= end);
    // Blank lines keep the numbers of those that follow.
    if (isHit) lines.fill('', from, end);
    from = end;
  }
  return { path: entry.path, bytes: Buffer.from(lines.join('\n')) };
}
