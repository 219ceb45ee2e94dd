import { isMap, type Node } from 'yaml';
import type { FlowProto } from '../../facts/model.js';
import { askedEnd, formatEnd } from './asked-end.js';
import { boolean, optional, type Reading, required, word } from './schema.js';
import type { AskedEnd, AskedLeg } from './types.js';
import { FLOW_PROTOS } from './words.js';

/** The keys of an attempt, for whatever holds one. */
export const ATTEMPT = {
  from: required(askedEnd),
  to: required(askedEnd),
  proto: required(word('protocol', FLOW_PROTOS)),
  large: optional(boolean),
};

/** Where a packet of ours can start. */
const SOURCES: readonly AskedEnd['kind'][] = ['pod', 'node', 'external'];
/** What has an address that is translated: it answers no ping, whether it works or not. */
const TRANSLATED: readonly AskedEnd['kind'][] = ['service', 'self', 'nodeport'];
const LOOKUPS: readonly AskedEnd['kind'][] = ['dns-internal', 'dns-external'];

/** The attempt of a map whose `ATTEMPT` keys were read; undefined, and reported, where nobody could try that. */
export function attemptOf(
  read: { from: AskedEnd; to: AskedEnd; proto: FlowProto; large?: boolean | undefined },
  node: Node,
  reading: Reading,
): AskedLeg | undefined {
  const { from, to, proto } = read;
  const fail = (key: string, message: string): undefined =>
    reading.fail(isMap(node) ? (node.get(key, true) as Node) : node, message);
  if (!SOURCES.includes(from.kind))
    return fail('from', `nothing starts at "${formatEnd(from)}": expected a pod, a node or external`);
  if (from.kind === 'external' && to.kind !== 'pod' && to.kind !== 'node' && to.kind !== 'nodeport')
    return fail('to', `"${formatEnd(to)}" is not reached from outside: expected a pod, a node or a nodeport`);
  if (to.kind === 'self' && from.kind !== 'pod')
    return fail('to', '"self" is a Service of the asking pod: "from" must be a pod');
  if (from.kind === 'node' && to.kind === 'node' && from.place === to.place)
    return fail('to', 'a node reaches itself without a network');
  if (LOOKUPS.includes(to.kind) !== (proto === 'dns'))
    return fail(
      'proto',
      proto === 'dns'
        ? `a lookup goes to dns-internal or dns-external, not to "${formatEnd(to)}"`
        : `"${to.kind}" is a lookup: expected the protocol dns`,
    );
  if (proto === 'icmp' && TRANSLATED.includes(to.kind))
    return fail('proto', `"${formatEnd(to)}" answers no ping, working or not: expected tcp, udp or http`);
  return { from, to, proto, large: read.large ?? false };
}
