import { commandOfArgv, isKnownProgram } from './bundle/command.js';
import type { BundleContents, BundleEntry } from './bundle/entry.js';
import { errorInsteadOfOutput } from './bundle/error-output.js';
import { formatOf } from './bundle/format.js';
import { type IndexLine, readIndex } from './bundle/index-file.js';
import { type FileRole, layoutOf, logSubject } from './bundle/layout.js';
import { printable } from './bundle/path.js';
import { StoreSink } from './bundle/store-sink.js';
import { cutLongLines, type DecodedText, decodeText } from './bundle/text.js';
import { type Problem, partsOf } from './model.js';
import type { LogPattern, Parser, ParserInput } from './parsers/parser.js';
import { PARSERS } from './parsers/registry.js';
import { isSystemComponent } from './parsers/system-log.js';
import { FactStore } from './store.js';

/**
 * What became of the files of a bundle. Each is recognised (read, or found to hold an error message in place of its
 * output), unrecognised, or has nothing but a problem.
 */
export interface InputSummary {
  /** Files of the bundle, those included that could not be taken from it. */
  files: number;
  recognised: number;
  unrecognised: { path: string; reason?: string }[];
  /** By file, in the order of their paths; of one file by line. */
  problems: Problem[];
  /** Files by the id of the parser that read them. */
  byParser: Record<string, number>;
}

export interface ReadFactsOptions {
  logPatterns: readonly LogPattern[];
  /** Called after each file with how many are done, and of how many. */
  onProgress?: (done: number, files: number) => void;
  /** Other parsers than podnet's own, for tests. */
  parsers?: readonly Parser[];
}

/** Lines at the start of a file by which a parser may recognise it. */
const HEAD_LINES = 20;

/** Parsers that read a document rather than lines: a long line is no mistake there. */
const DOCUMENT_PARSERS: ReadonlySet<string> = new Set(['kube-objects', 'facts-file']);

/** Parsers of logs: a message such as `command not found` is a line of the log there, not what stands in its place. */
const LOG_PARSERS: ReadonlySet<string> = new Set(['system-log', 'component-log']);

/**
 * Makes facts of a bundle's files. Nothing that they hold makes it throw: a file that is damaged, unknown or too much for
 * its parser costs itself only, and the summary says so. Facts stand in the order of paths, logs last, since whose a log
 * is depends on the names that the rest makes known.
 */
export function readFacts(
  contents: BundleContents,
  options: ReadFactsOptions,
): { store: FactStore; input: InputSummary } {
  const reading = new Reading(contents, options);
  return { store: reading.store, input: reading.read() };
}

class Reading {
  readonly store = new FactStore();
  readonly #contents: BundleContents;
  readonly #options: ReadFactsOptions;
  readonly #parsers: readonly Parser[];
  readonly #index = new Map<string, IndexLine>();
  readonly #problems: Problem[] = [];
  readonly #unrecognised: { path: string; reason?: string }[] = [];
  readonly #byParser = new Map<string, number>();
  /** Nodes that have folders of their own. */
  readonly #nodeFolders = new Set<string>();
  /** Namespaces by pod, of pods that have folders of their own or objects. */
  readonly #namespaces = new Map<string, Set<string>>();
  #recognised = 0;

  constructor(contents: BundleContents, options: ReadFactsOptions) {
    this.#contents = contents;
    this.#options = options;
    this.#parsers = options.parsers ?? PARSERS;
  }

  read(): InputSummary {
    const { entries, problems } = this.#contents;
    for (const { path, message } of problems) this.#problems.push({ file: path, message });
    const roles = entries.map((entry) => layoutOf(entry.path));
    const logs: number[] = [];
    let done = 0;
    const progress = () => this.#options.onProgress?.(++done, entries.length);
    for (const [i, role] of roles.entries()) if (role.kind === 'index') this.#readIndex(entries[i]!, progress);
    for (const [i, role] of roles.entries()) {
      if (role.kind === 'index') continue;
      this.#learnNames(role);
      if (role.kind === 'log') {
        logs.push(i);
        continue;
      }
      this.#readFile(entries[i]!, role);
      progress();
    }
    this.#learnObjects();
    for (const i of logs) {
      this.#readFile(entries[i]!, this.#withSubject(roles[i]!));
      progress();
    }
    return this.#summary();
  }

  #readIndex(entry: BundleEntry, progress: () => void): void {
    const text = this.#decode(entry);
    if (text !== undefined) {
      const { byPath, problems } = readIndex(entry.path, text.lines);
      for (const [path, line] of byPath) this.#index.set(path, line);
      for (const { line, message } of problems) this.#problems.push({ file: entry.path, line, message });
      this.#recognised += 1;
    }
    progress();
  }

  #learnNames(role: FileRole): void {
    const [kind] = role.subject.split('/', 1);
    const [first, second] = partsOf(role.subject);
    if (role.kind !== 'output' || first === undefined) return;
    if (kind === 'pod' && second !== undefined) this.#learnPod(first, second);
    else this.#nodeFolders.add(first);
  }

  #learnObjects(): void {
    for (const { value } of this.store.all('pod-object')) this.#learnPod(value.namespace, value.name);
    for (const { value } of this.store.all('node-object')) this.#nodeFolders.add(value.name);
  }

  #learnPod(namespace: string, name: string): void {
    const namespaces = this.#namespaces.get(name);
    if (namespaces === undefined) this.#namespaces.set(name, new Set([namespace]));
    else namespaces.add(namespace);
  }

  #withSubject(role: FileRole): FileRole {
    const subject = logSubject(role.component ?? '', role.owner ?? '', {
      isNode: (name) => this.#nodeFolders.has(name),
      namespacesOf: (pod) => [...(this.#namespaces.get(pod) ?? [])],
    });
    return { ...role, subject };
  }

  #readFile(entry: BundleEntry, byPath: FileRole): void {
    const { path } = entry;
    if (formatOf(entry.bytes, path) === 'pcap' || (entry.bytes.length > 0 && /\.pcap(?:ng)?$/i.test(path))) {
      this.#unrecognised.push({ path, reason: 'binary capture: not decoded yet' });
      return;
    }
    const decoded = this.#decode(entry);
    if (decoded === undefined) return;
    const index = this.#index.get(path);
    const role = withIndex(byPath, index);
    const parser = this.#parserFor(role, decoded.lines);
    if (parser === undefined) {
      this.#unrecognised.push(unread(path, role, decoded.lines));
      return;
    }
    this.#recognised += 1;
    this.#byParser.set(parser.id, (this.#byParser.get(parser.id) ?? 0) + 1);
    const missing = whyNoOutput(decoded.lines, parser, index?.exit);
    if (missing !== undefined) {
      for (const name of parser.provides) {
        this.store.addUnknown({ subject: role.subject, name, reason: missing, source: { file: path, line: 1 } });
      }
      return;
    }
    this.#parse(parser, this.#inputFor(path, role, decoded, parser, index));
  }

  #inputFor(path: string, role: FileRole, decoded: DecodedText, parser: Parser, index?: IndexLine): ParserInput {
    let { text, lines } = decoded;
    if (decoded.nulAt !== undefined) {
      this.#problems.push({ file: path, line: decoded.nulAt, message: 'NUL bytes were left out' });
    }
    if (!DOCUMENT_PARSERS.has(parser.id)) {
      const cut = cutLongLines(lines);
      for (const line of cut) this.#problems.push({ file: path, line, message: 'line longer than 1 MB: cut' });
      if (cut.length > 0) text = lines.join('\n');
    }
    return {
      lines,
      text,
      command: role.command,
      subject: role.subject,
      file: path,
      logPatterns: this.#options.logPatterns,
      ...(index?.startedAt === undefined ? {} : { at: index.startedAt }),
      ...(role.component === undefined ? {} : { component: role.component }),
    };
  }

  #parse(parser: Parser, input: ParserInput): void {
    const sink = new StoreSink(this.store, input);
    try {
      parser.parse(input, sink);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      sink.problem(0, `internal: the parser ${parser.id} failed: ${printable(message).slice(0, 200)}`);
    }
    for (const problem of sink.problems()) this.#problems.push(problem);
  }

  #decode(entry: BundleEntry): DecodedText | undefined {
    const decoded = decodeText(entry.bytes);
    if (decoded === undefined) this.#problems.push({ file: entry.path, message: 'binary data: not read' });
    return decoded;
  }

  #parserFor(role: FileRole, lines: readonly string[]): Parser | undefined {
    if (role.kind === 'facts') return this.#byId('facts-file');
    if (role.kind === 'objects') return this.#byId('kube-objects');
    if (role.kind === 'log')
      return this.#byId(isSystemComponent(role.component ?? '') ? 'system-log' : 'component-log');
    const { command } = role;
    if (command.program !== '') {
      for (const parser of this.#parsers) if (parser.reads(command)) return parser;
      // `ip route get` resembles `ip route`: what a name tells is not overruled by what the content looks like.
      if (isKnownProgram(command.program)) return undefined;
    }
    const head = lines.slice(0, HEAD_LINES);
    return this.#parsers.find((parser) => parser.recognises?.(head) === true);
  }

  #byId(id: string): Parser | undefined {
    return this.#parsers.find((parser) => parser.id === id);
  }

  #summary(): InputSummary {
    const taken = new Set(this.#contents.entries.map((entry) => entry.path));
    const refused = new Set<string>();
    for (const { path } of this.#contents.problems) if (!taken.has(path)) refused.add(path);
    return {
      files: taken.size + refused.size,
      recognised: this.#recognised,
      unrecognised: this.#unrecognised.sort((a, b) => order(a.path, b.path)),
      problems: this.#problems.sort((a, b) => order(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0)),
      byParser: Object.fromEntries([...this.#byParser].sort(([a], [b]) => order(a, b))),
    };
  }
}

/** A file's role with what the index says of it. Objects, facts and logs stay what their place makes them. */
function withIndex(role: FileRole, index: IndexLine | undefined): FileRole {
  if (index === undefined) return role;
  return {
    ...role,
    ...(role.kind === 'loose' ? { kind: 'output' as const } : {}),
    ...(index.subject === undefined ? {} : { subject: index.subject }),
    ...(index.argv === undefined ? {} : { command: commandOfArgv(index.argv) }),
  };
}

/** Why a file holds nothing for its parser: it is empty, or an error message stands there instead. */
function whyNoOutput(lines: readonly string[], parser: Parser, exit: number | undefined): string | undefined {
  if (LOG_PARSERS.has(parser.id)) return undefined;
  const isProbe = parser.provides.every((name) => name === 'probe');
  if (lines.every((line) => line.trim() === '')) {
    return isProbe || parser.emptyIsOutput === true ? undefined : 'the file is empty';
  }
  return errorInsteadOfOutput(lines, isProbe, exit);
}

function unread(path: string, role: FileRole, lines: readonly string[]): { path: string; reason?: string } {
  if (lines.length === 0) return { path, reason: 'the file is empty' };
  if (role.command.program === '') return { path };
  return { path, reason: `no parser reads the output of ${printable(role.command.program)}` };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
