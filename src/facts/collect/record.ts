import type { Subject } from '../model.js';
import type { BundleWriter } from './bundle-writer.js';
import type { CommandResult } from './runner.js';

/** Where in the bundle an output belongs. */
export interface Recorded {
  /** `nodes/n1`, `pods/default/web-1`. */
  folder: string;
  subject: Subject;
  /** The node of a pod. */
  node?: string;
  /** What its file is called, where that is not the command. */
  name?: string;
  /** What was run as the index shall have it, where that is not the result's own. */
  argv?: readonly string[];
  /** For outputs of which a beginning says something true, such as logs: what was printed up to a time limit is kept. */
  partial?: boolean;
}

/** The name of an output's file, as sos names it: blanks are `_`, slashes `.`. */
export function fileNameOf(argv: readonly string[]): string {
  return argv.join(' ').replaceAll('/', '.').replace(/\s+/g, '_');
}

/**
 * Writes what a command printed into the bundle. Where it gave no whole output the file says why, in its own words or in
 * podnet's (`podnet: …`), so that its facts are unknown for that reason.
 */
export function record(writer: Pick<BundleWriter, 'add'>, result: CommandResult, place: Recorded): void {
  const argv = place.argv ?? result.argv;
  const exit = result.exit ?? (result.failure === 'not-found' ? 127 : result.failure === 'denied' ? 126 : undefined);
  writer.add({
    path: `${place.folder}/${place.name ?? fileNameOf(argv)}`,
    ...{ subject: place.subject, argv, startedAt: result.startedAt, ms: result.ms },
    ...(place.node === undefined ? {} : { node: place.node }),
    ...(exit === undefined ? {} : { exit }),
    content: contentOf(result, place.partial === true),
  });
}

/** Writes why something was not run, or not read, in the place of its output. */
export function recordReason(
  writer: Pick<BundleWriter, 'add'>,
  reason: string,
  place: Recorded & { argv: readonly string[] },
): void {
  writer.add({
    path: `${place.folder}/${place.name ?? fileNameOf(place.argv)}`,
    ...{ subject: place.subject, argv: place.argv, startedAt: new Date().toISOString() },
    ...(place.node === undefined ? {} : { node: place.node }),
    content: `podnet: ${reason}\n`,
  });
}

function contentOf(result: CommandResult, partial: boolean): Uint8Array | string {
  const { stdout, stderr, failure, exit } = result;
  if (failure !== undefined) {
    if (partial && stdout.length > 0) return stdout;
    return `podnet: ${reasonOf(result)}\n`;
  }
  if (stdout.length > 0) return stdout;
  if (stderr.length > 0) return stderr;
  return exit === undefined ? 'podnet: killed by a signal\n' : stdout;
}

/** Why a command gave no whole output, in words. */
export function reasonOf({ argv, failure, ms }: CommandResult): string {
  const program = argv[0] ?? '';
  switch (failure) {
    case 'not-found':
      return `${program}: command not found`;
    case 'denied':
      return `${program}: permission denied (collecting as root would tell)`;
    case 'timeout':
      return `${program}: gave no whole answer within ${Math.max(1, Math.round(ms / 1000))} s and was ended`;
    case 'too-large':
      return `${program}: printed too much and was ended`;
    case 'gone':
      return `${program}: the pod ended while it was being looked at`;
    case 'interrupted':
      return `${program}: the collection was ended before`;
    default:
      return `${program}: no answer`;
  }
}
