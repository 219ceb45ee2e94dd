import type { Source } from '../facts/model.js';
import type { WalkBranch, WalkEnd, WalkResult, WalkStep } from '../facts/walk/result.js';
import { agrees, type WalkedFlow } from '../facts/walk/walked-flow.js';
import { escapeJson } from './sanitize.js';

/**
 * Walks as a JSON array in the order asked, described by walk.schema.json, in pieces: each walk is made when its turn comes.
 * Stable key order, two-space indent, one trailing newline.
 */
export async function* renderWalkJson(walks: Iterable<WalkedFlow> | AsyncIterable<WalkedFlow>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const walked of walks) {
    const text = JSON.stringify(walkJson(walked), null, 2).replaceAll('\n', '\n  ');
    yield `${separator}  ${escapeJson(text)}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** One walk as plain data. */
export function walkJson(walked: WalkedFlow): Record<string, unknown> {
  const { from, to, happened } = walked;
  const asked = walked.source === undefined ? {} : { asked: sourceJson(walked.source) };
  const tried = happened === undefined ? {} : { happened: { ...happened, asPredicted: agrees(walked) ?? null } };
  if (!('result' in walked)) {
    const end = { verdict: 'unknown', at: null, by: walked.why, from, to, ...asked, ...tried };
    return { ...end, malformed: walked.malformed, missing: [], steps: [], reply: null };
  }
  const { result } = walked;
  return { ...branchJson(result, { from, to, ...asked, ...tried }), ...branchesJson(result) };
}

function branchesJson({ branches }: WalkResult): Record<string, unknown> {
  if (branches === undefined || branches.length < 2) return {};
  return { branches: branches.map((branch) => branchJson(branch, { label: branch.label })) };
}

function branchJson(branch: WalkBranch, own: Record<string, unknown>): Record<string, unknown> {
  const { reply } = branch;
  return {
    ...endJson(branch, own),
    steps: branch.steps.map(stepJson),
    reply: reply === undefined ? null : { ...endJson(reply, {}), steps: reply.steps.map(stepJson) },
  };
}

function endJson(end: WalkEnd, own: Record<string, unknown>): Record<string, unknown> {
  const json: Record<string, unknown> = { verdict: end.verdict, at: end.at, by: end.by ?? null, ...own };
  if (end.reason !== undefined) json.reason = end.reason;
  if (end.source !== undefined) json.source = sourceJson(end.source);
  if (end.beyond !== undefined) json.beyond = end.beyond;
  if (end.otherwise !== undefined) json.otherwise = end.otherwise;
  json.missing = end.missing.map(({ on, what, source, collect }) => ({
    on,
    what,
    ...(source === undefined ? {} : { source: sourceJson(source) }),
    ...(collect === undefined ? {} : { collect }),
  }));
  return json;
}

function stepJson({ on, kind, device, hook, packet, text, source, detail }: WalkStep): Record<string, unknown> {
  return {
    on,
    kind,
    ...(device === undefined ? {} : { device }),
    ...(hook === undefined ? {} : { hook }),
    packet,
    ...(text === undefined ? {} : { text }),
    ...(source === undefined ? {} : { source: sourceJson(source) }),
    detail,
  };
}

function sourceJson({ file, line, packet, probe, answer }: Source): Record<string, unknown> {
  return JSON.parse(JSON.stringify({ file, line, packet, probe, answer })) as Record<string, unknown>;
}
