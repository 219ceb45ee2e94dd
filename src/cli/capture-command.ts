import { setFlagsFromString } from 'node:v8';
import type { Lang } from '../engine/rulebook/types.js';
import { whereCaptured } from '../facts/bundle/capture-place.js';
import { withoutPackingSuffix } from '../facts/bundle/format.js';
import type { CaptureHop } from '../facts/capture.js';
import { findingsOf } from '../facts/captures/findings.js';
import { followFlows } from '../facts/captures/path/follow.js';
import { roleOfInterface } from '../facts/captures/path/hop-role.js';
import type { PlacedCapture } from '../facts/captures/path/placed-capture.js';
import type { CaptureReport, ReportedCapture, ReportedInterface } from '../report/capture-report.js';
import { sanitize } from '../report/sanitize.js';
import { type CaptureInputs, type ReadCapture, readCaptureInputs } from './capture-inputs.js';
import { pathFindings } from './capture-path-findings.js';
import { wantsColor } from './diagnose-command.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { pageWidth } from './page-width.js';
import { Progress } from './progress.js';
import { UsageError } from './usage-error.js';
import { type Say, wordsOf } from './words.js';

export interface CaptureOptions {
  format: 'text' | 'json';
  lang?: Lang;
  top?: number;
  quiet?: boolean;
}

/** Bytes between two progress lines. */
const PROGRESS_EVERY = 8 * 1024 * 1024;

/**
 * `podnet capture`: what captures show, each and together. Of packets nothing lives long, so the young generation gains nothing
 * by growing: its growth is a third of the memory that a large capture takes.
 */
export async function runCapture(files: readonly string[], options: CaptureOptions): Promise<ExitStatus> {
  setFlagsFromString('--semi-space-growth-factor=1');
  const spoken = chooseLang(options.lang, process.env);
  const say = wordsOf(spoken);
  if (files.includes('-') && process.stdin.isTTY) throw new UsageError(say('captureStdinTerminal'));
  if (files.indexOf('-') !== files.lastIndexOf('-')) throw new UsageError(say('captureStdinTwice'));
  const progress = new Progress(process.stderr, options.quiet !== true);
  const onInterrupt = (): void => progress.done();
  process.prependOnceListener('SIGINT', onInterrupt);
  try {
    const report = reportOf(await readCaptureInputs(files, say, progressOf(progress, say)));
    progress.done();
    if (options.format === 'json') {
      const { renderCaptureJson } = await import('../report/capture-json.js');
      await write(renderCaptureJson(report, options.lang ?? 'en'));
    } else {
      const { renderCapture } = await import('../report/capture.js');
      const page = { color: wantsColor(), width: pageWidth(), lang: spoken };
      process.stdout.write(renderCapture(report, options.top === undefined ? page : { ...page, top: options.top }));
    }
    return statusOf(report);
  } finally {
    progress.done();
    process.off('SIGINT', onInterrupt);
  }
}

/** Piece by piece, at the pace of who reads: an answer on a large capture is large. */
async function write(pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!process.stdout.write(piece)) await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }
}

function progressOf(progress: Progress, say: Say): (file: string, read: number, of: number | undefined) => void {
  let told = 0;
  return (file, read, of) => {
    if (read < told) told = 0;
    if (read - told < PROGRESS_EVERY) return;
    told = read;
    const name = sanitize(file).slice(-40);
    const mb = Math.round(read / 1e6);
    if (of === undefined || of === 0) progress.step(say('captureProgress', { file: name, mb }));
    else
      progress.step(
        say('captureProgressOf', { file: name, mb, percent: Math.min(100, Math.round((100 * read) / of)) }),
      );
  };
}

/** Of nothing, or of packets of which none could be read, nothing is known: that is not the same as nothing wrong. */
function statusOf({ captures, pathFindings }: CaptureReport): ExitStatus {
  const all = captures.flatMap(({ interfaces }) => interfaces.flatMap(({ findings }) => findings));
  if ([...all, ...pathFindings].some(({ weight }) => weight === 'fault')) return EXIT.diagnosed;
  return captures.every(({ decoded }) => decoded === 0) ? EXIT.insufficient : EXIT.healthy;
}

/** Judges what was read, each capture and all together. */
export function reportOf({ captures: read, passedOver, problems }: CaptureInputs): CaptureReport {
  const captures: ReportedCapture[] = [];
  const placed: { capture: PlacedCapture; file: number }[] = [];
  for (const [file, one] of read.entries()) {
    const { node, iface: named } = placeOf(one);
    const interfaces = one.reading.interfaces.map(({ iface, summary }): ReportedInterface => {
      const device = iface ?? named;
      const role = device === undefined ? undefined : roleOfInterface(device);
      if (device !== undefined) placed.push({ capture: { node: node ?? '', iface: device, role, summary }, file });
      return {
        ...(device === undefined ? {} : { iface: device }),
        ...(role === undefined ? {} : { role }),
        summary,
        findings: findingsOf(summary),
      };
    });
    const { format, linkTypes, packets, decoded } = one.reading;
    captures.push({
      ...{ file: one.file, format, linkTypes, packets, decoded, problems: one.reading.problems, interfaces },
      ...(node === undefined ? {} : { node }),
    });
  }
  // One alone follows nothing.
  const paths = placed.length < 2 ? [] : followFlows(placed.map(({ capture }) => capture));
  const fileOf = (hop: CaptureHop): number | undefined => {
    const here = placed.filter(({ capture }) => capture.node === hop.node && capture.iface === hop.iface);
    return (here.find(({ capture }) => capture.summary.packets > 0) ?? here[0])?.file;
  };
  return {
    captures,
    paths: paths.filter(({ verdict }) => verdict !== 'answered'),
    pathFindings: pathFindings(paths, fileOf),
    passedOver,
    problems,
  };
}

/** Node and interface, as far as tcpdump itself or the path tells them: a file is not always named after an interface. */
function placeOf({ place, reading }: ReadCapture): { node?: string; iface?: string } {
  const listening = 'listeningOn' in reading ? reading.listeningOn : undefined;
  const said = listening === undefined || listening === 'any' ? undefined : listening;
  const { node, iface: named } = place === '-' ? {} : whereCaptured(withoutPackingSuffix(place));
  const iface = named !== undefined && roleOfInterface(named) !== undefined ? named : said;
  return { ...(node === undefined ? {} : { node }), ...(iface === undefined ? {} : { iface }) };
}
