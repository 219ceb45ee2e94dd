import type { Lang } from '../engine/rulebook/types.js';
import { type CaptureHop, type CapturePath, type Conversation, endText } from '../facts/capture.js';
import {
  type CaptureReport,
  findingsInOrder,
  linesOf,
  type PlacedFinding,
  type ReportedCapture,
} from './capture-report.js';
import { statementOf } from './capture-statements.js';
import { timeText } from './capture-time.js';
import { type CaptureSay, captureWordsOf, FATE_ORDER, FATES } from './capture-words.js';
import { Page } from './page.js';
import { clip, sanitize } from './sanitize.js';
import { tableLines } from './table.js';
import { displayWidth } from './wrap.js';

/** How much of long lists a person is shown. */
const SHOWN = { ofAKind: 5, files: 4, packets: 6, paths: 5, problems: 12, readFiles: 12 } as const;
/** Characters of a path that are easy to read in a line. */
const LONG_PATH = 50;
/** Conversations that are shown where nobody says how many. */
const TOP = 20;

export interface CaptureTextOptions {
  color: boolean;
  width: number;
  lang: Lang;
  /** Conversations that are shown. */
  top?: number;
}

/** What captures show, for a person. */
export function renderCapture(report: CaptureReport, { color, width, lang, top = TOP }: CaptureTextOptions): string {
  const say = captureWordsOf(lang);
  const page = new Page(width, color);
  const groups = grouped(findingsInOrder(report), lang);
  const faults = groups.filter(({ first }) => first.finding.weight === 'fault');
  verdict(page, say, report, faults);
  findings(page, say, say('faults'), faults, report);
  const notes = groups.filter(({ first }) => first.finding.weight === 'note');
  findings(page, say, say('notes'), notes, report);
  paths(page, say, report.paths);
  conversations(page, say, report, lang, top);
  read(page, say, report);
  return page.toString();
}

/** The same said of several files. */
interface Group {
  statement: string;
  first: PlacedFinding;
  all: PlacedFinding[];
}

function grouped(findings: readonly PlacedFinding[], lang: Lang): Group[] {
  const groups = new Map<string, Group>();
  for (const placed of findings) {
    const statement = statementOf(placed.finding, lang);
    const key = `${placed.finding.weight} ${statement}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { statement, first: placed, all: [placed] });
    else group.all.push(placed);
  }
  return [...groups.values()];
}

function verdict(page: Page, say: CaptureSay, { captures }: CaptureReport, faults: readonly Group[]): void {
  const [telling] = faults;
  if (telling !== undefined) {
    const { statement } = telling;
    const text =
      faults.length === 1 ? say('verdictOne', { statement }) : say('verdictMany', { n: faults.length, statement });
    page.verdict(text, 'diagnosed');
    return;
  }
  const packets = captures.reduce((sum, capture) => sum + capture.packets, 0);
  if (packets === 0) page.verdict(say('verdictEmpty'), 'insufficient');
  else if (captures.every(({ decoded }) => decoded === 0))
    page.verdict(say('verdictUnread', { packets }), 'insufficient');
  // Never that all is well.
  else page.verdict(say('verdictQuiet', { packets }), 'insufficient');
}

function findings(page: Page, say: CaptureSay, title: string, groups: readonly Group[], report: CaptureReport): void {
  if (groups.length === 0) return;
  page.heading(title);
  const counts = new Map<string, number>();
  for (const [i, group] of groups.entries()) {
    const { id } = group.first.finding;
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    if (count <= SHOWN.ofAKind) {
      page.item('-', group.statement, 2);
      for (const placed of group.all.slice(0, SHOWN.files)) where(page, say, placed, report);
      const more = group.all.length - SHOWN.files;
      if (more > 0) page.paragraph(say('andElsewhere', { n: more }), 6, 'faint');
    }
    const isLast = groups[i + 1]?.first.finding.id !== id;
    if (isLast && count > SHOWN.ofAKind) page.paragraph(say('moreAlike', { n: count - SHOWN.ofAKind }), 4, 'faint');
  }
}

/** The file with the packets that show it. */
function where(page: Page, say: CaptureSay, { finding, capture, iface }: PlacedFinding, report: CaptureReport): void {
  if (capture === undefined) return;
  const several = capture.interfaces.length > 1 && iface?.iface !== undefined;
  const file = several ? `${shortName(capture.file)} ${iface.iface}` : shortName(capture.file);
  const summary = iface?.summary ?? capture.interfaces[0]?.summary;
  const lines = linesOf(finding.packets, summary);
  const numbers = (all: readonly number[]): string => {
    const once = [...new Set(all)];
    return once.slice(0, SHOWN.packets).join(', ') + (once.length > SHOWN.packets ? ', …' : '');
  };
  if (lines !== undefined && lines.length > 0) {
    page.paragraph(say('atLines', { file, numbers: numbers(lines) }), 6, 'faint');
  } else if (lines === undefined && finding.packets.length > 0) {
    page.paragraph(say('atPackets', { file, numbers: numbers(finding.packets) }), 6, 'faint');
  } else if (report.captures.length > 1) page.paragraph(file, 6, 'faint');
}

/** `-` is how the command line names standard input, and says little in an answer. */
function nameOf(file: string): string {
  return file === '-' || file.startsWith('-/') ? `stdin${file.slice(1)}` : file;
}

/** A long path by its end; what was read names it whole. */
function shortName(path: string): string {
  const file = nameOf(path);
  if (file.length <= LONG_PATH) return file;
  return clip(`…/${file.split('/').slice(-2).join('/')}`, LONG_PATH * 2);
}

/** One flow of each place at which flows were lost, or not answered. */
function paths(page: Page, say: CaptureSay, all: readonly CapturePath[]): void {
  const byPlace = new Map<string, CapturePath>();
  for (const path of all) {
    const { last, next, verdict, direction, largeOnly, hops } = path;
    if (last === undefined || hops.length < 2 || verdict === 'refused') continue;
    const key = JSON.stringify([last.node, last.iface, next?.node, next?.iface, verdict, direction, largeOnly]);
    if (!byPlace.has(key)) byPlace.set(key, path);
  }
  if (byPlace.size === 0) return;
  const order = (path: CapturePath): number => (path.verdict === 'unanswered' ? 1 : 0);
  const shown = [...byPlace.values()].sort((a, b) => order(a) - order(b)).slice(0, SHOWN.paths);
  page.heading(say('paths'));
  for (const path of shown) {
    page.item('-', pathTitle(path, say), 2);
    page.rows(tableLines(path.hops.map((hop) => hopCells(hop, path, say))), 6);
  }
}

function pathTitle({ protocol, client, server, verdict, direction, largeOnly }: CapturePath, say: CaptureSay): string {
  const flow = `${endText(client)} > ${endText(server)} ${protocol}`;
  if (largeOnly) return say('pathLarge', { flow });
  if (verdict === 'unanswered') return say('pathUnanswered', { flow });
  if (verdict === 'untranslated') return say('pathUntranslated', { flow });
  return say(direction === 'request' ? 'pathRequest' : 'pathReply', { flow });
}

function hopCells(hop: CaptureHop, { direction, largeOnly, next }: CapturePath, say: CaptureSay): string[] {
  const { node, iface, forward, reverse, tunnel } = hop;
  const isNext = next !== undefined && next.node === node && next.iface === iface;
  const seen = (direction === 'request' ? forward : reverse) > 0 && !(largeOnly && isNext);
  const name = [node, iface].filter((part) => part !== '').join(' ');
  const cells = [`${seen ? '✓' : '✗'} ${sanitize(name)}`, say('hopSeen', { forward, reverse })];
  if (tunnel !== undefined) cells.push(`${tunnelText(tunnel)}`);
  return cells;
}

function tunnelText({ kind, vni }: { kind: string; vni?: number }): string {
  return vni === undefined ? kind : `${kind} ${vni}`;
}

interface Row {
  capture: ReportedCapture;
  conversation: Conversation;
}

function conversations(page: Page, say: CaptureSay, { captures }: CaptureReport, lang: Lang, top: number): void {
  const all: Row[] = captures.flatMap((capture) =>
    capture.interfaces.flatMap(({ summary }) =>
      summary.conversations.map((conversation) => ({ capture, conversation })),
    ),
  );
  if (all.length === 0) return;
  const weight = ({ conversation }: Row): number => FATE_ORDER.indexOf(conversation.fate);
  const size = ({ conversation: { forward, reverse } }: Row): number => forward.bytes + reverse.bytes;
  const rows = all.sort((a, b) => weight(a) - weight(b) || size(b) - size(a)).slice(0, top);
  for (const capture of captures) {
    const own = rows.filter((row) => row.capture === capture);
    if (own.length === 0) continue;
    const n = capture.interfaces.reduce((sum, { summary }) => sum + summary.conversations.length, 0);
    page.heading(
      captures.length === 1
        ? say('conversations', { n })
        : say('conversationsIn', { file: shortName(capture.file), n }),
    );
    table(
      page,
      say,
      own.map(({ conversation }) => conversation),
      lang,
    );
  }
  const more = all.length - rows.length;
  if (more > 0) page.paragraph(say('moreConversations', { n: more, all: all.length }), 2, 'faint');
}

/** One line a conversation where that fits, else two. */
function table(page: Page, say: CaptureSay, shown: readonly Conversation[], lang: Lang): void {
  const rows = shown.map((conversation) => cellsOf(conversation, lang));
  const hasTunnel = rows.some(({ tunnel }) => tunnel !== '');
  const titles = {
    protocol: say('columnProtocol'),
    ends: say('columnEnds'),
    tunnel: say('columnTunnel'),
    packets: say('columnPackets'),
    bytes: say('columnBytes'),
    fate: say('columnFate'),
  };
  const wide = [titles, ...rows].map(({ protocol, ends, tunnel, packets, bytes, fate }) => [
    ...[protocol, ends],
    ...(hasTunnel ? [tunnel] : []),
    ...[packets, bytes, fate],
  ]);
  const lines = tableLines(wide);
  if (lines.every((line) => displayWidth(line) + 2 <= page.width)) {
    page.rows(lines.slice(0, 1), 2, 'faint');
    page.rows(lines.slice(1), 2);
    return;
  }
  for (const { protocol, ends, tunnel, packets, bytes, fate } of rows) {
    page.item(protocol, ends, 2);
    const details = [fate, packets, bytes, tunnel].filter((part) => part !== '');
    page.paragraph(details.join(' · '), 6, 'faint');
  }
}

interface Cells {
  protocol: string;
  ends: string;
  tunnel: string;
  packets: string;
  bytes: string;
  fate: string;
}

function cellsOf(conversation: Conversation, lang: Lang): Cells {
  const { protocol, number, client, server, tunnel, forward, reverse, fate } = conversation;
  return {
    protocol: protocol === 'other' ? String(number) : protocol,
    ends: sanitize(clip(`${endText(client)} > ${endText(server)}`, 120)),
    tunnel: tunnel === undefined ? '' : tunnelText(tunnel),
    packets: `${forward.packets}/${reverse.packets}`,
    // A text does not always tell.
    bytes: forward.bytes + reverse.bytes === 0 ? '?' : bytesText(forward.bytes + reverse.bytes),
    fate: FATES[lang][fate],
  };
}

/** `640 B`, `1.2 kB`, `34 MB`: powers of 1000. */
function bytesText(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 999.5) return `${value < 9.95 && unit !== 'B' ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1000;
  }
  return `${Math.round(value)} TB`;
}

function read(page: Page, say: CaptureSay, { captures, passedOver, problems }: CaptureReport): void {
  page.heading(say('read'));
  for (const capture of captures.slice(0, SHOWN.readFiles)) {
    page.item('-', fileText(capture, say), 2);
    const gone = capture.interfaces.reduce((sum, { summary }) => sum + summary.letGo.conversations, 0);
    if (gone > 0) page.paragraph(say('letGo', { n: gone }), 4);
  }
  const moreFiles = captures.length - SHOWN.readFiles;
  if (moreFiles > 0) page.paragraph(say('moreProblems', { n: moreFiles }), 2, 'faint');
  if (passedOver > 0) page.paragraph(say('passedOver', { n: passedOver }), 2);
  const told = captures.flatMap((capture) =>
    capture.problems.map(({ packet, line, message }) => {
      const file = nameOf(capture.file);
      if (packet !== undefined) return say('problemPacket', { file, n: packet, message });
      return line === undefined
        ? say('problemFile', { file, message })
        : say('problemLine', { file, n: line, message });
    }),
  );
  for (const problem of problems) told.push(say('problemFile', problem));
  if (told.length === 0) return;
  page.heading(say('problems'));
  for (const problem of told.slice(0, SHOWN.problems)) page.item('-', problem, 2, 'faint');
  const more = told.length - SHOWN.problems;
  if (more > 0) page.paragraph(say('moreProblems', { n: more }), 2, 'faint');
}

function fileText(capture: ReportedCapture, say: CaptureSay): string {
  const { file, format, linkTypes, packets, decoded, interfaces } = capture;
  const kind = [format ?? say('notCapture'), ...linkTypes].join(' ');
  const parts = [say('fileRead', { file: nameOf(file), format: kind, packets })];
  if (decoded < packets) parts.push(say('fileDecoded', { decoded }));
  const times = interfaces.flatMap(({ summary }) => [summary.firstAt, summary.lastAt]).filter(Number.isFinite);
  const [from, to] = [timeText(Math.min(...times)), timeText(Math.max(...times))];
  if (from !== undefined && to !== undefined) parts.push(say('fileTime', { from: short(from), to: short(to) }));
  return parts.join(', ');
}

/** To the second. */
function short(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
