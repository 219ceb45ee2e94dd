import { isMap, isScalar, isSeq } from 'yaml';
import type { Probe } from '../model.js';
import { plainText, probeOf, yesOrNo } from '../parsers/fact-values.js';
import { isObject, type JsonObject } from '../parsers/json-shape.js';
import { readLimitedYaml } from '../parsers/limited-yaml.js';
import { parseUrl } from '../parsers/url.js';
import { elementLines } from './json-lines.js';
import type { WalkProto } from './request.js';

/** One entry of a list of flows, in the list's order: what it asks for, or what is wrong with it. */
export type ListedFlow = { line: number } & (
  | { probe: Probe; proto?: WalkProto }
  /** For a person: `has no \`to\``. */
  | { wrong: string }
);

/** A list of flows as far as it can be read, with what is wrong with the file itself. */
export interface ListedFlows {
  flows: ListedFlow[];
  problems: { line: number; message: string }[];
}

const NO_LIST = 'no list of flows: expected a list of {from, to, proto}, or a mapping with one under `reachability`';
/** What begins like JSON and is none is read as YAML's flow style up to this size; above it is a cut file. */
const MAX_FLOW_STYLE = 1024 * 1024;

/**
 * Reads flows to walk: a bare list of entries of `reachability`, a mapping with that list, or a whole facts.yaml, as YAML or
 * JSON. What came of a flow (`ok`, `error`, …) is passed over. A malformed entry keeps its place in the list.
 */
export function readFlowsFile(text: string): ListedFlows {
  const bare = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const braced = /^\s*[[{]/.test(bare.slice(0, 4096));
  if (braced) {
    const read = readJson(bare);
    if (read !== undefined) return read;
    if (bare.length > MAX_FLOW_STYLE)
      return { flows: [], problems: [{ line: 1, message: 'not JSON: the file is malformed or cut' }] };
  }
  return readYaml(bare);
}

function readJson(text: string): ListedFlows | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = Array.isArray(value) ? value : isObject(value) ? value.reachability : undefined;
  if (!Array.isArray(list)) return { flows: [], problems: [{ line: 1, message: NO_LIST }] };
  const lines = elementLines(text, Array.isArray(value) ? undefined : 'reachability');
  return { flows: list.map((entry, i) => listedFlow(entry, lines[i] ?? 1)), problems: [] };
}

function readYaml(text: string): ListedFlows {
  const problems: ListedFlows['problems'] = [];
  const read = readLimitedYaml(text, 'JSON', (line, message) => problems.push({ line, message }));
  if (read === undefined) return { flows: [], problems };
  const { contents } = read;
  const list = isMap(contents)
    ? contents.items.find(({ key }) => isScalar(key) && key.value === 'reachability')?.value
    : contents;
  if (!isSeq(list)) return { flows: [], problems: [...problems, { line: 1, message: NO_LIST }] };
  return { flows: list.items.map((item) => listedFlow(read.plain(item), read.lineOf(item))), problems };
}

function listedFlow(entry: unknown, line: number): ListedFlow {
  if (!isObject(entry)) return { line, wrong: 'is no flow: expected {from, to, proto}' };
  const { from, to, size, family, backend, large } = entry;
  const said = plainText(entry.proto)?.toLowerCase();
  const asked = withUrl(said, to);
  // A probe speaks no SCTP; whether it worked is not asked here, but a probe has to say so.
  const probe = probeOf({ from, size, family, backend, large, ok: true, ...asked });
  if (probe === 'unknown' || 'wrong' in probe) return { line, wrong: probe === 'unknown' ? NO_LIST : probe.wrong };
  if (from === undefined || from === null) return { line, wrong: 'has no `from`' };
  const server = plainText(entry.server);
  if (server !== undefined) probe.probe.server = server;
  const dontFragment = yesOrNo(entry.dontFragment);
  if (typeof dontFragment === 'boolean') probe.probe.dontFragment = dontFragment;
  return said === 'sctp' ? { line, probe: probe.probe, proto: 'sctp' } : { line, probe: probe.probe };
}

/** A request over HTTP may name its URL; its scheme has a port. */
function withUrl(said: string | undefined, to: unknown): { to: unknown; proto?: string } {
  const url = typeof to === 'string' && to.length < 2000 && /^https?:\/\//i.test(to) ? parseUrl(to, false) : undefined;
  const proto = said === 'sctp' ? 'tcp' : (said ?? (url === undefined ? undefined : 'http'));
  const words = proto === undefined ? {} : { proto };
  if (url !== undefined) {
    const host = url.host.includes(':') ? `[${url.host}]` : url.host;
    return { to: url.port === undefined ? host : `${host}:${url.port}`, ...words };
  }
  const port: JsonObject = said === 'https' && isObject(to) && to.port === undefined ? { port: 443 } : {};
  return { to: isObject(to) ? { ...to, ...port } : to, ...words };
}
