import { type CaptureFinding, type CaptureHop, type CapturePath, endText } from '../facts/capture.js';

/**
 * What follows from flows that were followed through captures: those that were lost at the same place are one finding with
 * the first as its example. That a flow was not answered behind the last capture is a fault where no other was lost in between.
 * `fileOf` gives the index of the file in which a hop was captured.
 */
export function pathFindings(
  paths: readonly CapturePath[],
  fileOf: (hop: CaptureHop) => number | undefined,
): CaptureFinding[] {
  const byPlace = new Map<string, CaptureFinding>();
  for (const path of paths) {
    const finding = findingOf(path, fileOf);
    if (finding === undefined) continue;
    const { last = '', next = '', direction = '', only = '' } = finding.values;
    const key = [finding.id, last, next, direction, only].join('\n');
    const known = byPlace.get(key);
    if (known === undefined) byPlace.set(key, finding);
    else known.values.count = Number(known.values.count) + 1;
  }
  const found = [...byPlace.values()];
  const isLost = found.some(({ id }) => id !== 'unanswered-beyond');
  for (const finding of found) finding.weight = finding.id === 'unanswered-beyond' && isLost ? 'note' : 'fault';
  // The place that lost most first; as long as they are equal, the first flow's.
  return found.sort((a, b) => Number(b.values.count) - Number(a.values.count));
}

/** Of a flow that was lost or not answered somewhere that more than one capture was to see. */
function findingOf(path: CapturePath, fileOf: (hop: CaptureHop) => number | undefined): CaptureFinding | undefined {
  const { verdict, direction, last, next, hops, packets, largeOnly, protocol } = path;
  if (last === undefined || hops.length < 2) return undefined;
  const [from, to] = direction === 'request' ? [path.client, path.server] : [path.server, path.client];
  const values: CaptureFinding['values'] = {
    from: endText(from),
    to: endText(to),
    protocol,
    direction,
    last: placeText(last),
  };
  if (next !== undefined) values.next = placeText(next);
  values.lastNode = last.node;
  if (next !== undefined) values.nextNode = next.node;
  if (largeOnly) values.only = 'large';
  values.count = 1;
  const finding: CaptureFinding = { id: 'lost-between', weight: 'fault', values, packets };
  const file = fileOf(last);
  if (file !== undefined) finding.file = file;
  if (verdict === 'unanswered') return { ...finding, id: 'unanswered-beyond' };
  if (next === undefined) return undefined;
  if (verdict === 'other-way') return { ...finding, id: 'left-outside-tunnel' };
  if (verdict !== 'lost') return undefined;
  // Two files of one place (a capture that was rotated) lose nothing between them.
  if (values.last === values.next) return undefined;
  if (last.node === next.node && last.node !== '') values.node = last.node;
  return finding;
}

/** `n2 eth0`; `eth0` where no node was named. */
function placeText({ node, iface }: CaptureHop): string {
  return node === '' ? iface : `${node} ${iface}`;
}
