import {
  CAPTURE_FINDING_IDS,
  type CaptureFinding,
  type CaptureFindingId,
  type CapturePath,
  type CaptureSummary,
  type HopRole,
} from '../facts/capture.js';

/** What one interface of a file shows. */
export interface ReportedInterface {
  /** Where the file tells it for each packet. */
  iface?: string;
  /** What its name says that it is. */
  role?: HopRole;
  summary: CaptureSummary;
  findings: CaptureFinding[];
}

/** One file that was read. */
export interface ReportedCapture {
  file: string;
  format: 'pcap' | 'pcapng' | 'text' | undefined;
  /** Node, as the path names it. */
  node?: string;
  linkTypes: string[];
  packets: number;
  /** Of which at least a network header was read. */
  decoded: number;
  /** `packet` from 1, `line` from 1; neither where it is about the file. */
  problems: { packet?: number; line?: number; message: string }[];
  interfaces: ReportedInterface[];
}

/** What several captures show, each and together. */
export interface CaptureReport {
  captures: ReportedCapture[];
  /** Flows that were lost, refused or not answered, through the captures on their way. */
  paths: CapturePath[];
  /** What follows from the paths; `file` is an index of `captures`. */
  pathFindings: CaptureFinding[];
  /** Files of folders and archives that are no captures. */
  passedOver: number;
  /** What could not be taken from folders and archives. */
  problems: { file: string; message: string }[];
}

/** A finding with where it was found; `capture` is absent where none of the files is meant alone. */
export interface PlacedFinding {
  finding: CaptureFinding;
  capture?: ReportedCapture;
  iface?: ReportedInterface;
}

/** What tells a place or a mechanism comes before what only says that something failed. */
const TELLING: readonly CaptureFindingId[] = [
  'lost-between',
  'left-outside-tunnel',
  'reply-from-other-address',
  'address-claimed-twice',
  'tunnel-port-unreachable',
  'admin-prohibited',
  'fragmentation-needed',
  'bad-checksum',
  'bad-ip-checksum',
  'tunnel-source-changes',
];
const RANKS = new Map(
  [...TELLING, ...CAPTURE_FINDING_IDS.filter((id) => !TELLING.includes(id))].map((id, i) => [id, i]),
);

/** All findings: faults before notes, the most telling first, then by file and packet. */
export function findingsInOrder({ captures, pathFindings }: CaptureReport): PlacedFinding[] {
  const placed: PlacedFinding[] = pathFindings.map((finding) => {
    const capture = finding.file === undefined ? undefined : captures[finding.file];
    return capture === undefined ? { finding } : { finding, capture };
  });
  for (const capture of captures) {
    for (const iface of capture.interfaces) {
      for (const finding of iface.findings) placed.push({ finding, capture, iface });
    }
  }
  const weight = ({ finding }: PlacedFinding): number => (finding.weight === 'fault' ? 0 : 1);
  const rank = ({ finding }: PlacedFinding): number => RANKS.get(finding.id)!;
  return placed.sort((a, b) => weight(a) - weight(b) || rank(a) - rank(b));
}

/** The lines of a text on which packets stand; undefined of a binary capture. */
export function linesOf(packets: readonly number[], summary: CaptureSummary | undefined): number[] | undefined {
  const lines = summary?.lines;
  return lines === undefined ? undefined : packets.flatMap((packet) => lines[packet] ?? []);
}
