import type { Lang } from '../engine/rulebook/types.js';
import type {
  CaptureDirection,
  CaptureEnd,
  CaptureHop,
  CaptureIcmpError,
  CaptureLookup,
  CapturePath,
  CaptureTunnel,
  CaptureTunnelPath,
  Conversation,
} from '../facts/capture.js';
import {
  type CaptureReport,
  findingsInOrder,
  linesOf,
  type PlacedFinding,
  type ReportedCapture,
  type ReportedInterface,
} from './capture-report.js';
import { statementOf } from './capture-statements.js';
import { timeText } from './capture-time.js';
import { escapeJson } from './sanitize.js';

type Json = Record<string, unknown>;

/** Elements of a list that are written at once. */
const BATCH = 200;

/**
 * What captures show as JSON, described by capture.schema.json, in pieces: stable key order, two-space indent, one trailing
 * newline. What is not known is left out. Control and direction characters are written as JSON escapes.
 */
export function* renderCaptureJson(report: CaptureReport, lang: Lang): Generator<string> {
  const { captures, paths } = report;
  yield '{';
  yield* list('files', captures.map(fileJson), true);
  yield* list(
    'conversations',
    each(captures, ({ summary }) => summary.conversations, conversationJson),
  );
  yield* list(
    'findings',
    findingsInOrder(report).map((placed) => findingJson(placed, lang)),
  );
  yield* list(
    'lookups',
    each(captures, ({ summary }) => summary.lookups, lookupJson),
  );
  yield* list(
    'icmpErrors',
    each(captures, ({ summary }) => summary.icmpErrors, icmpErrorJson),
  );
  yield* list('paths', paths.map(pathJson));
  yield* list('problems', report.problems);
  yield '\n}\n';
}

function* list(name: string, elements: Iterable<Json>, isFirst = false): Generator<string> {
  let batch = `${isFirst ? '' : ','}\n  "${name}": [`;
  let count = 0;
  for (const element of elements) {
    batch += `${count === 0 ? '' : ','}\n    ${JSON.stringify(element, finite, 2).replaceAll('\n', '\n    ')}`;
    count += 1;
    if (count % BATCH > 0) continue;
    yield escapeJson(batch);
    batch = '';
  }
  yield escapeJson(`${batch}${count === 0 ? '' : '\n  '}]`);
}

/** JSON has no NaN: what is not a number is not known. */
function finite(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}

function* each<T>(
  captures: readonly ReportedCapture[],
  of: (iface: ReportedInterface) => readonly T[],
  json: (one: T, place: Json) => Json,
): Generator<Json> {
  for (const { file, interfaces } of captures) {
    for (const one of interfaces) {
      const place: Json = { file, iface: one.iface };
      for (const element of of(one)) yield json(element, place);
    }
  }
}

function fileJson(capture: ReportedCapture): Json {
  const { file, format, node, linkTypes, packets, decoded, problems, interfaces } = capture;
  const summaries = interfaces.map(({ summary }) => summary);
  const known = (times: number[]): number[] => times.filter((time) => Number.isFinite(time));
  return {
    file,
    format: format ?? null,
    node,
    linkTypes,
    packets,
    decoded,
    firstAt: timeText(Math.min(...known(summaries.map(({ firstAt }) => firstAt)))) ?? null,
    lastAt: timeText(Math.max(...known(summaries.map(({ lastAt }) => lastAt)))) ?? null,
    interfaces: interfaces.map(({ iface, role, summary }) => ({
      ...{ iface, role, packets: summary.packets, decoded: summary.decoded },
    })),
    letGo: {
      conversations: sum(summaries.map(({ letGo }) => letGo.conversations)),
      lookups: sum(summaries.map(({ letGo }) => letGo.lookups)),
      other: sum(summaries.map(({ letGo }) => letGo.other)),
    },
    tunnels: interfaces.flatMap(({ iface, summary }) => summary.tunnels.map((tunnel) => tunnelPathJson(tunnel, iface))),
    problems: problems.map(({ packet, line, message }) => ({ packet, line, message })),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function endJson({ ip, port }: CaptureEnd): Json {
  return { ip, port };
}

function tunnelJson(tunnel: CaptureTunnel | undefined): Json | undefined {
  return tunnel === undefined ? undefined : { kind: tunnel.kind, vni: tunnel.vni, from: tunnel.from, to: tunnel.to };
}

function tunnelPathJson(tunnel: CaptureTunnelPath, iface: string | undefined): Json {
  const { kind, from, to, port, packets, carried, fragmented, innerSources, handshakes, firstAt, examples } = tunnel;
  return {
    ...{ kind, iface, from, to, port, packets, carried, fragmented, innerSources },
    handshakes: handshakes && { initiations: handshakes.initiations, responses: handshakes.responses },
    firstAt: timeText(firstAt),
    examples,
  };
}

function directionJson(direction: CaptureDirection): Json {
  const { packets, bytes, largest, firstPacket, lastPacket, firstAt, lastAt } = direction;
  const { retransmissions, progress, isn, badChecksums, unfilledChecksums } = direction;
  return {
    ...{ packets, bytes, largest, firstPacket, lastPacket, firstAt: timeText(firstAt), lastAt: timeText(lastAt) },
    ...{ retransmissions, progress, isn, badChecksums, unfilledChecksums },
  };
}

function conversationJson(conversation: Conversation, place: Json): Json {
  const { protocol, number, client, server, begun, fate, resetBy, tunnel, forward, reverse } = conversation;
  const { syns, answeredAfter, stalled, echoId, packets } = conversation;
  return {
    ...place,
    ...{ protocol, number, client: endJson(client), server: endJson(server), tunnel: tunnelJson(tunnel) },
    ...{ begun, fate, resetBy, forward: directionJson(forward), reverse: directionJson(reverse) },
    ...{ syns, answeredAfter, echoId },
    stalled: stalled && {
      payload: stalled.payload,
      by: stalled.by,
      times: stalled.times,
      acknowledgedBefore: stalled.acknowledgedBefore,
    },
    packets,
  };
}

function findingJson({ finding, capture, iface }: PlacedFinding, lang: Lang): Json {
  const { id, weight, values, packets } = finding;
  const summary = iface?.summary ?? capture?.interfaces[0]?.summary;
  return {
    ...{ id, weight, statement: statementOf(finding, lang), file: capture?.file, iface: iface?.iface },
    ...{ packets, lines: linesOf(packets, summary), values },
  };
}

function lookupJson(lookup: CaptureLookup, place: Json): Json {
  const { client, server, name, type, id, queries, responses, rcode, answers, answeredAfter, firstAt } = lookup;
  return {
    ...place,
    ...{ client: endJson(client), server: endJson(server), name, type, id, queries, responses, rcode, answers },
    ...{ answeredAfter, firstAt: timeText(firstAt), inTunnel: lookup.inTunnel, packets: lookup.packets },
  };
}

function icmpErrorJson(error: CaptureIcmpError, place: Json): Json {
  const { family, type, code, from, to, about, mtu, count, inTunnel, packets } = error;
  return {
    ...place,
    ...{ family, type, code, from, to },
    about: about && { protocol: about.protocol, from: endJson(about.from), to: endJson(about.to) },
    ...{ mtu, count, inTunnel, packets },
  };
}

function hopJson({ node, iface, role, forward, reverse, client, server, tunnel }: CaptureHop): Json {
  return {
    ...{ node, iface, role, forward, reverse },
    client: client && endJson(client),
    server: server && endJson(server),
    tunnel: tunnelJson(tunnel),
  };
}

function pathJson(path: CapturePath): Json {
  const { protocol, client, server, verdict, direction, largeOnly, last, next, hops, packets } = path;
  return {
    ...{ protocol, client: endJson(client), server: endJson(server), verdict, direction, largeOnly },
    ...{ last: last && hopJson(last), next: next && hopJson(next), hops: hops.map(hopJson), packets },
  };
}
