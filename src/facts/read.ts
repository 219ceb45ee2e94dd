import { captureSubject } from './bundle/capture-place.js';
import { commandOfArgv } from './bundle/command.js';
import { sessionsInComplaint } from './bundle/complaint.js';
import { type BundleContents, type BundleEntry, HEAD_BYTES } from './bundle/entry.js';
import { codeOf } from './bundle/folder.js';
import { formatOf } from './bundle/format.js';
import { type IndexLine, readIndex } from './bundle/index-file.js';
import { KnownNames } from './bundle/known-names.js';
import { layoutOf } from './bundle/layout.js';
import { looseFile } from './bundle/loose-file.js';
import { printable } from './bundle/path.js';
import { type Place, UNNAMED_NAMESPACE, UNNAMED_NODE } from './bundle/place.js';
import type { Section } from './bundle/section.js';
import { beginsWithPrompt, sectionsOf } from './bundle/sections.js';
import { StoreSink } from './bundle/store-sink.js';
import { surroundingsOf } from './bundle/surroundings.js';
import { withoutEscapes } from './bundle/terminal-escapes.js';
import { cutLongLines, type DecodedText, decodeText } from './bundle/text.js';
import { readCapture } from './captures/capture-reader.js';
import type { Cnis } from './cnis.js';
import {
  CLUSTER,
  type Fact,
  kindOf,
  nodeSubject,
  type PodObject,
  type Problem,
  partsOf,
  type Scalar,
  type Source,
  type Subject,
} from './model.js';
import { DOCUMENT_PARSERS, looksLikeLog, ParserChoice, whyNoOutput } from './parser-choice.js';
import type { LogPattern, Parser, ParserInput } from './parsers/parser.js';
import { PARSERS } from './parsers/registry.js';
import { FactStore } from './store.js';

/**
 * What became of the files of a bundle. Each is recognised (read, or found to hold an error message in place of its
 * output), unrecognised, or has nothing but a problem. What only says how the others came to be, an index or the list of
 * the answers in a saved interview, is neither.
 */
export interface InputSummary {
  /** Files of the bundle, those included that could not be taken from it. */
  files: number;
  recognised: number;
  unrecognised: { path: string; reason?: string }[];
  /** By file, in the order of their paths; of one file by line. */
  problems: Problem[];
  /** Files by the id of the parser that read them; a session's file stands under each of its parsers. */
  byParser: Record<string, number>;
}

export interface ReadFactsOptions {
  logPatterns: readonly LogPattern[];
  /** The rulebook's CNIs; without them no name of a device or pod tells any. */
  cnis?: Cnis;
  /** Called after each file with how many are done, and of how many. */
  onProgress?: (done: number, files: number) => void;
  /** Other parsers than podnet's own, for tests. */
  parsers?: readonly Parser[];
}

/** Files above this are told by their first bytes; below it all of them may be looked at. Bytes. */
const LOOKED_THROUGH = 16 * 1024 * 1024;

/** Names of binary captures, which are read whatever else their place says. */
const CAPTURE = /\.(?:pcap|pcapng|cap)\d*$/i;

/** Sections of one file whose commands nobody reads, that are named. */
const NAMED_UNREAD = 8;

/** As which binary captures are counted among the parsers. */
const BINARY_CAPTURE = 'capture';

/**
 * Makes facts of a bundle's files. Nothing that they hold makes it throw: a file that is damaged, unknown or too much for
 * its parser costs itself only, and the summary says so. Facts stand in the order of paths, but behind the rest what
 * depends on names that the rest makes known: sessions in pods, outputs of agents, logs.
 */
export function readFacts(
  contents: BundleContents,
  options: ReadFactsOptions,
): { store: FactStore; input: InputSummary } {
  const reading = new Reading(contents, options);
  return { store: reading.store, input: reading.read() };
}

/** One output to be parsed: a file, or a part of one. */
interface Output {
  path: string;
  place: Place;
  text: DecodedText;
  /** Lines of the file before it. */
  offset: number;
  index?: IndexLine | undefined;
}

class Reading {
  readonly store: FactStore;
  readonly #contents: BundleContents;
  readonly #options: ReadFactsOptions;
  readonly #choice: ParserChoice;
  readonly #index = new Map<string, IndexLine>();
  readonly #problems: Problem[] = [];
  readonly #unrecognised: { path: string; reason?: string }[] = [];
  readonly #byParser = new Map<string, number>();
  readonly #names = new KnownNames();
  readonly #placed = new Map<Subject, { subject: Subject; node: string; source: Source }>();
  #recognised = 0;

  constructor(contents: BundleContents, options: ReadFactsOptions) {
    this.#contents = contents;
    this.#options = options;
    this.store = new FactStore(options.cnis);
    this.#choice = new ParserChoice(options.parsers ?? PARSERS);
  }

  read(): InputSummary {
    const { entries, problems } = this.#contents;
    for (const { path, message } of problems) this.#problems.push({ file: path, message });
    const around = surroundingsOf(entries);
    const places = entries.map((entry) => layoutOf(entry.path, around));
    const later: number[] = [];
    let done = 0;
    const progress = () => this.#options.onProgress?.(++done, entries.length);
    for (const [i, place] of places.entries()) if (place.kind === 'index') this.#readIndex(entries[i]!, progress);
    for (const [i, place] of places.entries()) {
      if (place.kind === 'index') continue;
      if (place.kind === 'interview') {
        progress();
        continue;
      }
      this.#names.learnPlace(place);
      if (place.kind === 'log' || place.onNodeOf !== undefined || !this.#readFile(entries[i]!, place, 'first')) {
        later.push(i);
        continue;
      }
      progress();
    }
    this.#names.learnObjects(this.store);
    // Logs last: whose they are may be told by what sessions make known.
    for (const isLog of [false, true]) {
      for (const i of later) {
        if ((places[i]!.kind === 'log') !== isLog) continue;
        this.#readFile(entries[i]!, this.#names.settled(places[i]!), 'last');
        progress();
      }
    }
    for (const { subject, node, source } of this.#placed.values()) this.#placePod(subject, node, source);
    this.#placeLogs();
    return this.#summary();
  }

  #readIndex(entry: BundleEntry, progress: () => void): void {
    const bytes = this.#bytesOf(entry.path, () => entry.bytes);
    const text = bytes === undefined ? undefined : this.#decode(entry.path, bytes);
    if (text !== undefined) {
      const { byPath, problems } = readIndex(entry.path, text.lines);
      for (const [path, line] of byPath) this.#index.set(path, line);
      for (const { line, message } of problems) this.#problems.push({ file: entry.path, line, message });
    }
    progress();
  }

  /** Reads one file. In the first round, false where it must wait for what the others make known. */
  #readFile(entry: BundleEntry, byPath: Place, round: 'first' | 'last'): boolean {
    const { path } = entry;
    if (byPath.kind === 'unread') {
      this.#unrecognised.push(byPath.reason === undefined ? { path } : { path, reason: byPath.reason });
      return true;
    }
    const index = this.#index.get(path);
    const indexed = withIndex(byPath, index);
    // Of a pod whose namespace the collector could not tell, the objects may know it.
    if (round === 'first' && index !== undefined && isUnnamedPod(indexed.subject)) return false;
    const place = index === undefined ? indexed : this.#names.withNamespace(indexed);
    const byPlace = this.#choice.byPlace(place);
    // What nobody reads is not even opened.
    const isCapture = CAPTURE.test(path);
    if (!isCapture && (byPlace === 'nobody' || (byPlace === 'content' && !this.#isOfUse(entry)))) {
      this.#unrecognised.push(unread(path, place, entry.size === 0));
      return true;
    }
    const bytes = this.#bytesOf(path, () => entry.bytes);
    if (bytes === undefined) return true;
    if (formatOf(bytes, path) === 'pcap') {
      this.#readCapture(path, place, bytes, index);
      return true;
    }
    const text = this.#decode(path, bytes);
    if (text === undefined) return true;
    const output: Output = { path, place, text, offset: 0, index };
    return this.#readText(output, byPlace, round);
  }

  /** A binary capture: what its packets show, one record an interface. */
  #readCapture(path: string, place: Place, bytes: Uint8Array, index: IndexLine | undefined): void {
    this.#recognised += 1;
    this.#byParser.set(BINARY_CAPTURE, (this.#byParser.get(BINARY_CAPTURE) ?? 0) + 1);
    const { interfaces, problems } = readCapture(bytes);
    for (const { iface, summary } of interfaces) {
      const subject = captureSubject(path, place, iface);
      const at = index?.startedAt;
      const fact = { subject, name: 'capture' as const, value: summary, source: { file: path } };
      this.store.add(at === undefined ? fact : { ...fact, at });
    }
    for (const { packet, message } of problems) {
      this.#problems.push(packet === undefined ? { file: path, message } : { file: path, packet, message });
    }
  }

  /** Whether a file that only its content can tell may be one that is read; large ones are judged by their beginning. */
  #isOfUse(entry: BundleEntry): boolean {
    if ((entry.size ?? 0) <= LOOKED_THROUGH) return true;
    let head: Uint8Array;
    try {
      head = entry.head ?? entry.bytes.subarray(0, HEAD_BYTES);
    } catch {
      // Reading it says why.
      return true;
    }
    const lines = decodeText(head)?.lines;
    if (lines === undefined) return true;
    return this.#choice.byContent(lines) !== undefined || looksLikeLog(lines) || sectionsOf(lines).length > 0;
  }

  #readText(output: Output, byPlace: Parser | 'nobody' | 'content', round: 'first' | 'last'): boolean {
    const { path, place, text } = output;
    // Of a file that somebody named as he liked (`ping.txt`), a prompt at its beginning tells more than its name.
    const isSession = byPlace !== 'content' && place.kind === 'loose' && beginsWithPrompt(text.lines);
    if (typeof byPlace !== 'string' && !isSession) {
      this.#readOutput(output, this.#unlessMisnamed(output, byPlace));
      if (place.kind === 'facts') this.#readComplaint(output);
      return true;
    }
    const lines = withoutEscapes(text.lines);
    const sections = byPlace === 'content' || isSession ? sectionsOf(lines) : [];
    // Of a pod whose namespace nobody said the objects may know it, and of an agent's the node.
    if (round === 'first' && sections.some(({ pod }) => pod !== undefined)) return false;
    if (sections.length > 0 && this.#readSections(output, sections)) return true;
    const parser = typeof byPlace === 'string' ? this.#choice.byContent(lines) : byPlace;
    if (parser !== undefined) this.#readOutput(output, parser);
    else if (looksLikeLog(lines)) this.#readLog(output);
    else this.#unrecognised.push(unread(path, place, text.lines.length === 0));
    return true;
  }

  /** Sessions that stand in the reporter's own words. */
  #readComplaint(output: Output): void {
    for (const { value, source } of this.store.of(CLUSTER).get('complaint') ?? []) {
      if (source.file !== output.path || typeof value !== 'string') continue;
      const sections = sessionsInComplaint(value, output.text.lines, source.line ?? 1);
      if (sections.length > 0) this.#readSections({ ...output, place: looseFile('complaint') }, sections, true);
    }
  }

  /** A log that no layout placed: the file's name is all that may tell whose it is. */
  #readLog(output: Output): void {
    const name = output.path.slice(output.path.lastIndexOf('/') + 1);
    const component = name.replace(/\.(?:log|txt|out|gz)\b.*$/i, '');
    const place = this.#names.settled({ ...output.place, kind: 'log', component, owner: component });
    const parser = this.#choice.log(component);
    if (typeof parser === 'string') this.#unrecognised.push({ path: output.path });
    else this.#readOutput({ ...output, place }, parser);
  }

  /** The parser of what the file really holds; that it is not what the name says is a problem, once. */
  #unlessMisnamed({ path, place, text, index }: Output, named: Parser): Parser {
    if (place.kind !== 'output' || place.command.exact || index !== undefined) return named;
    const other = this.#choice.instead(named, text.lines);
    if (other === undefined) return named;
    const message = `named as ${named.id} and holds what ${other.id} prints: read as that`;
    this.#problems.push({ file: path, line: 1, message });
    return other;
  }

  #readOutput(output: Output, parser: Parser): void {
    this.#recognised += 1;
    this.#count(parser);
    this.#parse(output, parser);
  }

  #count(parser: Parser): void {
    this.#byParser.set(parser.id, (this.#byParser.get(parser.id) ?? 0) + 1);
  }

  /** Reads the parts of a file; false where none of them is for any parser. `isCounted`: it is recognised already. */
  #readSections(file: Output, sections: readonly Section[], isCounted = false): boolean {
    const read = new Set<Parser>();
    const left: string[] = [];
    for (const section of sections) {
      const { lines, offset } = section;
      const place = this.#names.placeOf(section, file.place);
      const byPlace = section.unread === undefined ? this.#choice.byPlace(place) : 'nobody';
      const parser = byPlace === 'content' ? this.#choice.byContent(lines) : byPlace;
      if (parser === undefined || parser === 'nobody') {
        const what = section.unread ?? 'no parser reads it';
        if (section.kind !== 'loose') left.push(`${printable(place.command.program).slice(0, 60)} (${what})`);
        continue;
      }
      read.add(parser);
      this.#parse({ ...file, place, text: { text: lines.join('\n'), lines }, offset }, parser);
    }
    if (read.size === 0) return false;
    if (!isCounted) this.#recognised += 1;
    for (const parser of read) this.#count(parser);
    if (left.length > 0) {
      const more = left.length > NAMED_UNREAD ? ` and ${left.length - NAMED_UNREAD} more` : '';
      const named = left.slice(0, NAMED_UNREAD).join(', ');
      this.#problems.push({ file: file.path, message: `outputs that were not read: ${named}${more}` });
    }
    return true;
  }

  /** Makes known on which node a pod runs of which nothing else is known. */
  #placePod(subject: Subject, node: string, source: Source): void {
    const [namespace, name] = partsOf(subject);
    if (kindOf(subject) !== 'pod' || namespace === undefined || name === undefined) return;
    if (this.store.records(subject, 'pod-object').length > 0) return;
    const value: PodObject = {
      ...{ namespace, name, node, ips: [], hostNetwork: false, labels: {}, containers: [] },
      partial: true,
    };
    this.store.add({ subject, name: 'pod-object', value, source });
  }

  /** Where an output was taken tells where its pod runs; for a pod with a name its object may tell it, once it is read. */
  #learnNode({ path, place: { subject, node }, offset }: Output): void {
    if (node === undefined) return;
    const source = offset > 0 ? { file: path, line: offset } : { file: path };
    if (isUnnamedPod(subject)) this.#placePod(subject, node, source);
    else if (!this.#placed.has(subject)) this.#placed.set(subject, { subject, node, source });
  }

  #parse(output: Output, parser: Parser): void {
    const { path, place, text, offset, index } = output;
    const missing = whyNoOutput(text.lines, parser, index?.exit);
    if (missing !== undefined) {
      for (const name of parser.provides) {
        const source = { file: path, line: offset + 1 };
        this.store.addUnknown({ subject: place.subject, name, reason: missing, source });
      }
      return;
    }
    this.#learnNode(output);
    const input = this.#inputFor(output, parser);
    const sink = new StoreSink(this.store, { ...input, offset });
    try {
      parser.parse(input, sink);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      sink.problem(0, `internal: the parser ${parser.id} failed: ${printable(message).slice(0, 200)}`);
    }
    for (const problem of sink.problems()) this.#problems.push(problem);
  }

  #inputFor({ path, place, text: decoded, offset, index }: Output, parser: Parser): ParserInput {
    let { text, lines } = decoded;
    if (decoded.nulAt !== undefined) {
      this.#problems.push({ file: path, line: decoded.nulAt, message: 'NUL bytes were left out' });
    }
    if (!DOCUMENT_PARSERS.has(parser.id)) {
      if (text.includes('\u001b') || text.includes('\b')) {
        lines = withoutEscapes(lines);
        text = lines.join('\n');
      }
      const cut = cutLongLines(lines);
      for (const line of cut)
        this.#problems.push({ file: path, line: line + offset, message: 'line longer than 1 MB: cut' });
      if (cut.length > 0) text = lines.join('\n');
    }
    return {
      lines,
      text,
      command: place.command,
      subject: place.subject,
      file: path,
      logPatterns: this.#options.logPatterns,
      ...(index?.startedAt === undefined ? {} : { at: index.startedAt }),
      ...(place.component === undefined ? {} : { component: place.component }),
    };
  }

  #bytesOf(path: string, read: () => Uint8Array): Uint8Array | undefined {
    try {
      return read();
    } catch (error) {
      this.#problems.push({ file: path, message: `cannot be read (${codeOf(error)})` });
      return undefined;
    }
  }

  #decode(path: string, bytes: Uint8Array): DecodedText | undefined {
    const decoded = decodeText(bytes);
    if (decoded === undefined) this.#problems.push({ file: path, message: 'binary data: not read' });
    return decoded;
  }

  /**
   * What logs and events tell of a node, where the input names none at all: a table of events is often all that is sent, and
   * the node is told as one without a name, as that of a loose file is.
   */
  #placeLogs(): void {
    if (this.store.subjects('node').length > 0 || this.store.all('node-object').length > 0) return;
    if (this.store.all('pod-object').some(({ value }) => value.node !== undefined)) return;
    for (const { fact: name, subject } of this.#options.logPatterns) {
      if (subject !== 'node') continue;
      const [first] = this.store.named(name) as readonly Fact<Scalar>[];
      if (first !== undefined) this.store.add({ ...first, subject: nodeSubject(UNNAMED_NODE) });
    }
  }

  #summary(): InputSummary {
    const taken = new Set(this.#contents.entries.map((entry) => entry.path));
    const refused = new Set<string>();
    for (const { path } of this.#contents.problems) if (!taken.has(path)) refused.add(path);
    return {
      files: taken.size + refused.size,
      recognised: this.#recognised,
      unrecognised: this.#unrecognised.sort((a, b) => order(a.path, b.path)),
      problems: this.#problems.sort(
        (a, b) => order(a.file, b.file) || (a.line ?? a.packet ?? 0) - (b.line ?? b.packet ?? 0),
      ),
      byParser: Object.fromEntries([...this.#byParser].sort(([a], [b]) => order(a, b))),
    };
  }
}

/** A file's place with what the index says of it. Objects, facts and logs stay what their place makes them. */
function withIndex(place: Place, index: IndexLine | undefined): Place {
  if (index === undefined) return place;
  return {
    ...place,
    ...(place.kind === 'loose' ? { kind: 'output' as const } : {}),
    ...(index.subject === undefined ? {} : { subject: index.subject }),
    ...(index.argv === undefined ? {} : { command: commandOfArgv(index.argv) }),
    ...(index.node === undefined ? {} : { node: index.node }),
  };
}

/** A pod of which only its host's name, or a process, is known. */
function isUnnamedPod(subject: Subject): boolean {
  return subject.startsWith(`pod/${UNNAMED_NAMESPACE}/`);
}

function unread(path: string, place: Place, isEmpty: boolean): { path: string; reason?: string } {
  if (isEmpty) return { path, reason: 'the file is empty' };
  if (place.command.program === '') return { path };
  return { path, reason: `no parser reads the output of ${printable(place.command.program)}` };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
