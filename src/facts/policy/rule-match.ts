import { CLUSTER } from '../model.js';
import type { Answer, MissingFact } from './answer.js';
import { allOf, anyOf, notKnown } from './answer.js';
import type { ResolvedEnd } from './connection-end.js';
import type { IpBlock } from './ip-block.js';
import { blockHas } from './ip-block.js';
import type { PolicyPod } from './policy-cluster.js';
import { NAME_LABEL } from './policy-cluster.js';
import type { PolicyPort } from './policy-port.js';
import type { Direction, ParsedPolicy, Peer, Rule } from './policy-spec.js';
import type { KnownLabels, LabelSelector } from './selector.js';
import { selects } from './selector.js';

/** What a rule is held against. */
export interface Attempt {
  /** The end at the other side of the pod whose policy it is. */
  peer: ResolvedEnd;
  /** The end that is connected to, on which named ports are looked up. */
  target: ResolvedEnd;
  /** In capitals. */
  protocol: string;
  port: number | undefined;
  labelsOf(namespace: string): KnownLabels;
}

/** Whether any of a policy's rules allows the attempt. */
export function allows(policy: ParsedPolicy, direction: Direction, attempt: Attempt): Answer {
  const rules = policy.rules[direction];
  if (rules === undefined) return notKnown(policy.partial ? unread(policy) : malformed(policy));
  return anyOf(rules, (rule) => ruleAllows(policy, rule, attempt));
}

/** Whether a rule names neither peers nor ports: it allows everything, of whatever protocol. */
export function isOpen(rule: Rule): boolean {
  return rule.peers === 'all' && rule.ports === 'all' && !rule.malformed;
}

/** Whether the rule that allows the attempt does so by an ipBlock alone. */
export function byBlock(policy: ParsedPolicy, direction: Direction, attempt: Attempt): boolean {
  const allowing = (policy.rules[direction] ?? []).filter((rule) => ruleAllows(policy, rule, attempt) === true);
  return !allowing.some(
    ({ peers }) =>
      peers === 'all' || peers.some((peer) => peer.kind !== 'block' && peerMatches(policy, peer, attempt) === true),
  );
}

export function malformed({ namespace, name, source }: ParsedPolicy): MissingFact {
  return {
    on: CLUSTER,
    what: `what the malformed part of NetworkPolicy ${namespace}/${name} means`,
    source,
    collect: 'kubectl get networkpolicies -A -o yaml',
  };
}

export function unread({ namespace, name, source }: ParsedPolicy): MissingFact {
  return {
    on: CLUSTER,
    what: `the rules of NetworkPolicy ${namespace}/${name}`,
    source,
    collect: 'kubectl get networkpolicies -A -o yaml',
  };
}

export function labelsMissing(pod: PolicyPod): MissingFact {
  return { on: pod.subject, what: 'the pod’s labels', collect: 'kubectl get pods -A -o yaml' };
}

function ruleAllows(policy: ParsedPolicy, rule: Rule, attempt: Attempt): Answer {
  const ports = rule.ports === 'all' ? true : anyOf(rule.ports, (port) => portMatches(policy, port, attempt));
  if (ports === false) return false;
  const peers = rule.peers === 'all' ? true : anyOf(rule.peers, (peer) => peerMatches(policy, peer, attempt));
  return allOf(ports, peers, rule.malformed ? notKnown(malformed(policy)) : true);
}

function portMatches(policy: ParsedPolicy, { protocol, port }: PolicyPort, attempt: Attempt): Answer {
  if (protocol !== undefined && protocol !== attempt.protocol) return false;
  const known: Answer = protocol === undefined ? notKnown(malformed(policy)) : true;
  if (port === 'all') return known;
  if (port === 'malformed') return notKnown(malformed(policy));
  if (attempt.port === undefined) return notKnown({ on: attempt.target.who.on, what: 'the port that is connected to' });
  if ('name' in port) return allOf(known, namedPort(port.name, attempt.port, attempt));
  return allOf(known, attempt.port >= port.first && attempt.port <= port.last);
}

/** Whether the pod that is connected to declares the port under the name; what is no pod declares none. */
function namedPort(name: string, port: number, { target, protocol }: Attempt): Answer {
  const declares = (pod: PolicyPod): Answer =>
    pod.ports === undefined
      ? notKnown({
          on: pod.subject,
          what: 'the names of its containers’ ports',
          collect: 'kubectl get pods -A -o yaml',
        })
      : pod.ports.some((one) => one.name === name && one.port === port && one.proto === protocol);
  switch (target.kind) {
    case 'pod':
      return declares(target.pod!);
    case 'host-pod':
      return orPlugin(declares(target.pod!), target.pod!);
    case 'node':
      return anyOf(target.hostPods, (pod) => orPlugin(declares(pod), pod));
    case 'outside':
      return false;
    default:
      return notKnown(target.who);
  }
}

function peerMatches(policy: ParsedPolicy, peer: Peer, attempt: Attempt): Answer {
  if (peer.kind === 'malformed') return notKnown(malformed(policy));
  const end = attempt.peer;
  if (peer.kind === 'block') return blockMatches(policy, peer.block, end);
  const matching = (pod: PolicyPod): Answer => podMatches(policy, peer, pod, attempt);
  switch (end.kind) {
    case 'pod':
      if (end.pod!.absent) return false;
      return end.pod!.networkKnown ? matching(end.pod!) : orNetwork(matching(end.pod!), end.pod!);
    case 'host-pod':
      return end.pod!.absent ? false : orPlugin(matching(end.pod!), end.pod!);
    case 'node':
      return anyOf(end.hostPods, (pod) => orPlugin(matching(pod), pod));
    case 'outside':
      return false;
    default:
      return notKnown(end.who);
  }
}

/**
 * A pod of the host's network that would match, were it another: some plugins tell its traffic from its node's, most do
 * not (kubernetes.io, "NetworkPolicy and hostNetwork pods").
 */
function orPlugin(answer: Answer, pod: PolicyPod): Answer {
  if (answer !== true) return answer;
  return notKnown({
    on: pod.subject,
    what: 'whether the network plugin tells a pod of the host’s network from its node',
  });
}

/** A pod that may be of the host's network. */
function orNetwork(answer: Answer, pod: PolicyPod): Answer {
  return answer === true ? notKnown(networkMissing(pod)) : answer;
}

export function networkMissing(pod: PolicyPod): MissingFact {
  return { on: pod.subject, what: 'whether it is in the host’s network', collect: 'kubectl get pods -A -o yaml' };
}

function podMatches(
  policy: ParsedPolicy,
  { pods, namespaces }: Extract<Peer, { kind: 'selectors' }>,
  pod: PolicyPod,
  attempt: Attempt,
): Answer {
  const inNamespace: Answer =
    namespaces === undefined
      ? pod.namespace === policy.namespace
      : matches(policy, namespaces, attempt.labelsOf(pod.namespace), pod, namespaceLabels);
  if (inNamespace === false || pods === undefined) return inNamespace;
  return allOf(inNamespace, matches(policy, pods, pod.labels, pod, labelsMissing));
}

function matches(
  policy: ParsedPolicy,
  selector: LabelSelector,
  labels: KnownLabels,
  pod: PolicyPod,
  missing: (pod: PolicyPod) => MissingFact,
): Answer {
  const selected = selects(selector, labels);
  if (selected !== undefined) return selected;
  const lacksLabels = !labels.whole && selector.requirements.some(({ key }) => !Object.hasOwn(labels.values, key));
  return notKnown(...(lacksLabels ? [missing(pod)] : []), ...(selector.malformed ? [malformed(policy)] : []));
}

function namespaceLabels({ namespace }: PolicyPod): MissingFact {
  return { on: CLUSTER, what: `the labels of namespace ${namespace}`, collect: 'kubectl get namespaces -o yaml' };
}

/** Of a namespace without a record: it bears its name. */
export function labelsOfUnknown(namespace: string): KnownLabels {
  return { values: { [NAME_LABEL]: namespace }, whole: false };
}

function blockMatches(policy: ParsedPolicy, block: IpBlock, end: ResolvedEnd): Answer {
  if (end.kind === 'service' || end.addresses.length === 0) return notKnown(end.who);
  const held = end.addresses.map((address) => blockHas(block, address));
  if (held.includes(undefined)) return notKnown(malformed(policy));
  if (held.every((one) => one === held[0])) return held[0]!;
  return notKnown({ ...end.who, what: 'which of its addresses the connection has' });
}
