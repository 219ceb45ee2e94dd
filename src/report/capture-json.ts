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

/** Text in which there is nothing to escape: JSON.stringify has done so with C0 controls. */
const PLAIN = /^[\n\x20-\x7e]*$/;

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
  yield `${isFirst ? '' : ','}\n  "${name}": [`;
  let batch: Json[] = [];
  let isEmpty = true;
  for (const element of elements) {
    batch.push(element);
    if (batch.length < BATCH) continue;
    yield inner(batch, isEmpty);
    isEmpty = false;
    batch = [];
  }
  if (batch.length > 0) {
    yield inner(batch, isEmpty);
    isEmpty = false;
  }
  yield isEmpty ? ']' : '\n  ]';
}

/** Elements as they stand in a list of the answer, with what joins them to those before. */
function inner(batch: readonly Json[], isFirst: boolean): string {
  const text = JSON.stringify({ _: batch }, null, 2).slice('{\n  "_": ['.length, -'\n  ]\n}'.length);
  return `${isFirst ? '' : ','}${PLAIN.test(text) ? text : escapeJson(text)}`;
}

/** JSON has no NaN: what is not a number is not known. */
function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function* each<T>(
  captures: readonly ReportedCapture[],
  of: (iface: ReportedInterface) => readonly T[],
  json: (one: T, file: string, iface: string | undefined) => Json,
): Generator<Json> {
  for (const { file, interfaces } of captures) {
    for (const one of interfaces) {
      for (const element of of(one)) yield json(element, file, one.iface);
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
      ...{ iface, role, packets: summary.packets, decoded: summary.decoded, damaged: summary.damaged },
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
  return {
    packets: direction.packets,
    bytes: direction.bytes,
    largest: direction.largest,
    firstPacket: direction.firstPacket,
    lastPacket: direction.lastPacket,
    firstAt: timeText(direction.firstAt),
    lastAt: timeText(direction.lastAt),
    retransmissions: direction.retransmissions,
    progress: direction.progress,
    isn: direction.isn,
    badChecksums: direction.badChecksums,
    unfilledChecksums: direction.unfilledChecksums,
  };
}

function conversationJson(conversation: Conversation, file: string, iface: string | undefined): Json {
  const { stalled } = conversation;
  return {
    file,
    iface,
    protocol: conversation.protocol,
    number: conversation.number,
    client: endJson(conversation.client),
    server: endJson(conversation.server),
    tunnel: tunnelJson(conversation.tunnel),
    begun: conversation.begun,
    fate: conversation.fate,
    resetBy: conversation.resetBy,
    forward: directionJson(conversation.forward),
    reverse: directionJson(conversation.reverse),
    syns: conversation.syns,
    answeredAfter: finite(conversation.answeredAfter),
    echoId: conversation.echoId,
    stalled: stalled && {
      payload: stalled.payload,
      by: stalled.by,
      times: stalled.times,
      acknowledgedBefore: stalled.acknowledgedBefore,
    },
    packets: conversation.packets,
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

function lookupJson(lookup: CaptureLookup, file: string, iface: string | undefined): Json {
  return {
    file,
    iface,
    client: endJson(lookup.client),
    server: endJson(lookup.server),
    name: lookup.name,
    type: lookup.type,
    id: lookup.id,
    queries: lookup.queries,
    responses: lookup.responses,
    rcode: lookup.rcode,
    answers: lookup.answers,
    answeredAfter: finite(lookup.answeredAfter),
    firstAt: timeText(lookup.firstAt),
    inTunnel: lookup.inTunnel,
    packets: lookup.packets,
  };
}

function icmpErrorJson(error: CaptureIcmpError, file: string, iface: string | undefined): Json {
  const { family, type, code, from, to, about, mtu, count, inTunnel, packets } = error;
  return {
    ...{ file, iface, family, type, code, from, to },
    about: about && { protocol: about.protocol, from: endJson(about.from), to: endJson(about.to) },
    ...{ mtu, count, inTunnel, packets },
  };
}

function hopJson({ node, iface, role, forward, reverse, bytes, client, server, tunnel }: CaptureHop): Json {
  return {
    ...{ node, iface, role, forward, reverse },
    bytes: { request: bytes.request, reply: bytes.reply },
    client: client && endJson(client),
    server: server && endJson(server),
    tunnel: tunnelJson(tunnel),
  };
}

function pathJson(path: CapturePath): Json {
  const { protocol, client, server, backend, clientNode, serverNode, startsAtPod, endsAtPod, begun } = path;
  const { verdict, direction, largeOnly, last, next, hops, packets } = path;
  return {
    ...{ protocol, client: endJson(client), server: endJson(server), backend: backend && endJson(backend) },
    ...{ clientNode, serverNode, startsAtPod, endsAtPod, begun, verdict, direction, largeOnly },
    ...{ last: last && hopJson(last), next: next && hopJson(next), hops: hops.map(hopJson), packets },
  };
}
