import { formatIpv4 } from '../derive/ipv4.js';
import type { Fact, Scalar } from '../model.js';
import { drop, type Journey, mayDivert } from './journey.js';
import type { NetNamespace } from './namespace.js';
import { type BaseChain, type ChainOutcome, type Hook, PRIORITY, type Translation } from './netfilter/base-chain.js';
import type { DropReason } from './result.js';
import { addStep, expectReply, forkOf, host, type Tracked, type Tuple, type Way } from './way.js';

/** Devices as a hook sees them. */
export interface HookDevices {
  in?: string;
  out?: string;
  physIn?: string;
  physOut?: string;
  bridged?: boolean;
}

/** Connection tracking sees what comes in and what is sent; the other hooks find the packet's connection known. */
const TRACKS: ReadonlySet<Hook> = new Set(['prerouting', 'output']);
/** Where translations are put into effect: the destination's before routing, the source's after it. */
const TRANSLATES: Readonly<Partial<Record<Hook, 'dst' | 'src'>>> = {
  prerouting: 'dst',
  output: 'dst',
  input: 'src',
  postrouting: 'src',
};

type Stage = { priority: number } & (
  | { does: 'chain'; chain: BaseChain }
  | { does: 'track' }
  | { does: 'translate'; side: 'dst' | 'src' }
);

const stagesByNamespace = new WeakMap<NetNamespace, Map<Hook, readonly Stage[]>>();

/** Chains of a hook with conntrack and NAT at their places among them, in the order in which they see a packet. */
function stagesOf(namespace: NetNamespace, hook: Hook): readonly Stage[] {
  let byHook = stagesByNamespace.get(namespace);
  if (byHook === undefined) {
    byHook = new Map();
    stagesByNamespace.set(namespace, byHook);
  }
  const known = byHook.get(hook);
  if (known !== undefined) return known;
  const chains = namespace.netfilter.chains(hook);
  const stages: Stage[] = chains.map((chain) => ({ does: 'chain', chain, priority: chain.priority }));
  if (TRACKS.has(hook)) stages.push({ does: 'track', priority: PRIORITY.conntrack });
  const side = TRANSLATES[hook];
  if (side !== undefined) {
    // All nat chains of a hook are asked at one place, before the translation takes effect.
    const last = Math.max(
      side === 'dst' ? PRIORITY.dstnat : PRIORITY.srcnat,
      ...chains.filter(({ type }) => type === 'nat').map(({ priority }) => priority),
    );
    stages.push({ does: 'translate', side, priority: last + 0.5 });
  }
  stages.sort((a, b) => a.priority - b.priority);
  byHook.set(hook, stages);
  return stages;
}

/** Takes a way through one hook of a namespace. What a rule or policy drops ends; every other way that it may leave goes to `next`. */
export function passHook(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  hook: Hook,
  devices: HookDevices,
  next: (way: Way) => void,
): void {
  const { packet } = way;
  packet.in = devices.in;
  packet.out = devices.out;
  packet.physIn = devices.physIn;
  packet.physOut = devices.physOut;
  packet.bridged = devices.bridged ?? false;
  packet.size = way.size;
  runStages(journey, way, namespace, hook, stagesOf(namespace, hook), 0, {}, next);
}

interface HookProgress {
  /** The first nat chain that translates decides; those after it are not asked. */
  translation?: Translation;
}

function runStages(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  hook: Hook,
  stages: readonly Stage[],
  from: number,
  progress: HookProgress,
  next: (way: Way) => void,
): void {
  for (let i = from; i < stages.length; i += 1) {
    const stage = stages[i]!;
    if (stage.does === 'track') {
      const full = track(way, namespace);
      if (full === undefined) continue;
      const by = `the connection table is full, ${String(full.value)} % of nf_conntrack_max`;
      drop(journey, way, namespace.subject, 'conntrack-full', by, full.source);
      return;
    }
    if (stage.does === 'translate') {
      translate(way, namespace, hook, stage.side, progress.translation);
      continue;
    }
    const { chain } = stage;
    if (chain.type === 'nat' && (progress.translation !== undefined || way.current?.fresh !== true)) continue;
    if (chain.type === 'nat' && way.current?.balanced === true && TRANSLATES[hook] === 'dst') continue;
    const outcomes = chain.evaluate(way.packet, namespace.routing);
    if (outcomes.length === 1) {
      if (!applyOutcome(journey, way, namespace, hook, chain, outcomes[0]!, progress)) return;
      continue;
    }
    for (const outcome of outcomes) {
      const fork = forkOf(way);
      const own = { ...progress };
      if (applyOutcome(journey, fork, namespace, hook, chain, outcome, own))
        runStages(journey, fork, namespace, hook, stages, i + 1, own, next);
    }
    return;
  }
  next(way);
}

/** False where the outcome ends the way. */
function applyOutcome(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  hook: Hook,
  chain: BaseChain,
  outcome: ChainOutcome,
  progress: HookProgress,
): boolean {
  for (const choice of outcome.choices) way.choices.push({ ...choice, on: namespace.subject });
  const { by, gaveUpAt } = outcome;
  if (gaveUpAt !== undefined)
    mayDivert(way, {
      on: namespace.subject,
      what: `what ${chain.name} makes of the packet: there are too many rules to follow from "${gaveUpAt.text}" on`,
      source: gaveUpAt.source,
    });
  const marked = outcome.packet.mark !== way.packet.mark || outcome.packet.connmark !== way.packet.connmark;
  const device = way.packet.physIn ?? way.packet.in ?? way.packet.out;
  way.packet = { ...outcome.packet };
  if (way.packet.state === 'UNTRACKED') way.current = undefined;
  else if (way.current !== undefined && way.packet.connmark !== undefined)
    way.current.entry.connmark = way.packet.connmark;
  if (marked || outcome.changed.length > 0) {
    const rule = outcome.changed.at(-1);
    addStep(way, namespace.subject, 'marked', {
      hook,
      device,
      ...(rule === undefined ? {} : { text: rule.text, source: rule.source }),
      detail: marked ? { mark: way.packet.mark === undefined ? '?' : `0x${way.packet.mark.toString(16)}` } : {},
    });
  }
  if (outcome.translation !== undefined) {
    const { translation } = outcome;
    progress.translation = translation;
    if (
      translation.kind === 'dnat' &&
      translation.to !== undefined &&
      outcome.choices.some(({ kind }) => kind === 'random')
    )
      way.labels.push(
        `${formatIpv4(translation.to[0])}${translation.port === undefined ? '' : `:${translation.port[0]}`}`,
      );
    return true;
  }
  if (outcome.verdict === 'accept') {
    addStep(way, namespace.subject, 'passed-chain', {
      hook,
      device,
      text: by.text,
      source: by.source,
      detail: { chain: chain.name },
    });
    return true;
  }
  const policy = by.text.startsWith(':') || by.text.startsWith('-P ');
  const what = policy
    ? `${chain.name} policy ${outcome.verdict === 'drop' ? 'DROP' : 'REJECT'}`
    : `${chain.name}: ${by.text}`;
  drop(journey, way, namespace.subject, reasonOf(outcome), what, by.source);
  return false;
}

/** kube-proxy rejects, or drops, what goes to a Service without endpoints: by its comment, or by nftables' sets of such Services. */
const NO_ENDPOINTS = /has no (?:local )?endpoints|no-endpoint-(?:services|nodeports)|\breject-chain\b/;

function reasonOf({ verdict, by }: ChainOutcome): DropReason {
  if (NO_ENDPOINTS.test(by.text) || by.chain === 'reject-chain') return 'no-endpoints';
  return verdict === 'drop' ? 'netfilter-drop' : 'netfilter-reject';
}

/**
 * Finds the packet's connection in the namespace or begins one, as nf_conntrack_in does. Returns how full the table is where there
 * is no room for a new one: such packets are dropped.
 */
function track(way: Way, namespace: NetNamespace): Fact<Scalar> | undefined {
  const { packet } = way;
  // What IPVS sends on keeps its connection.
  if (packet.state === 'UNTRACKED' || way.current?.balanced === true) return undefined;
  const tuple = tupleOf(way);
  const entries = way.tracked.get(namespace.subject) ?? [];
  for (const entry of entries) {
    if (entry.proto !== packet.proto) continue;
    const direction = sameTuple(entry.original, tuple)
      ? 'original'
      : sameTuple(entry.reply, tuple)
        ? 'reply'
        : undefined;
    if (direction === undefined) continue;
    const replied = way.direction === 'back' || direction === 'reply';
    way.current = { entry, direction, fresh: !replied };
    packet.state = replied ? 'ESTABLISHED' : 'NEW';
    setStatus(way, entry);
    return undefined;
  }
  // An answer to what went another way: conntrack takes no SYN-ACK and no echo reply for the start of a connection.
  const startsNone = packet.tcp === 'syn-ack' || (packet.proto === 'icmp' && packet.icmpType === 0);
  if (startsNone) {
    packet.state = 'INVALID';
    way.current = undefined;
    return undefined;
  }
  const fill = namespace.scalar('conntrack.fill');
  if (typeof fill?.value === 'number' && fill.value >= 100) return fill;
  const entry: Tracked = { proto: packet.proto, original: tuple, reply: reversed(tuple), connmark: 0 };
  way.tracked.set(namespace.subject, [...entries, entry]);
  way.current = { entry, direction: 'original', fresh: true };
  packet.state = 'NEW';
  setStatus(way, entry);
  return undefined;
}

function setStatus(way: Way, { original, reply, connmark }: Tracked): void {
  way.packet.translated = {
    dst: reply.src !== original.dst || reply.sport !== original.dport,
    src: reply.dst !== original.src || reply.dport !== original.sport,
  };
  way.packet.connmark = connmark;
}

/**
 * Puts a translation into effect: a new one into the connection's answers first; then the packet gets the end that its
 * connection has for it (nf_nat_packet).
 */
function translate(
  way: Way,
  namespace: NetNamespace,
  hook: Hook,
  side: 'dst' | 'src',
  translation: Translation | undefined,
): void {
  if (way.current === undefined) return;
  if (translation !== undefined && way.current.fresh) {
    const reply: Partial<Tuple> = {};
    const out = way.packet.out;
    if (side === 'dst') {
      const address =
        translation.to?.[0] ??
        (translation.kind === 'redirect'
          ? hook === 'output'
            ? 0x7f000001
            : (namespace.routing.addressOfDevice(way.packet.in ?? '', undefined) ?? way.current.entry.original.dst)
          : undefined);
      if (address !== undefined) reply.src = address;
      if (translation.port !== undefined) reply.sport = translation.port[0];
    } else {
      const address =
        translation.to?.[0] ??
        (out === undefined
          ? undefined
          : namespace.routing.masqueradeAddress(out, way.nextHop ?? way.packet.dst?.start));
      if (address !== undefined) reply.dst = address;
      else
        mayDivert(way, {
          on: namespace.subject,
          what: `the address of ${out ?? 'the device'} that "${translation.rule.text}" gives the packet`,
          source: translation.rule.source,
          collect: 'ip addr',
        });
      if (translation.port !== undefined) reply.dport = translation.port[0];
    }
    expectReply(way, namespace.subject, reply);
  }
  const { entry, direction } = way.current;
  const target = reversed(direction === 'original' ? entry.reply : entry.original);
  const { packet } = way;
  const address = side === 'dst' ? target.dst : target.src;
  const port = side === 'dst' ? target.dport : target.sport;
  const oldAddress = side === 'dst' ? packet.dst?.start : packet.src?.start;
  const ports = side === 'dst' ? packet.dport : packet.sport;
  const changed = address !== oldAddress || (ports !== undefined && ports[0] !== port);
  if (!changed) return;
  if (side === 'dst') {
    packet.dst = host(address);
    if (packet.dport !== undefined) packet.dport = [port, port];
  } else {
    packet.src = host(address);
    if (packet.sport !== undefined) packet.sport = [port, port];
  }
  setStatus(way, entry);
  const fresh = translation !== undefined && direction === 'original';
  const kind = !fresh ? 'untranslated' : side === 'dst' ? 'translated-destination' : 'translated-source';
  addStep(way, namespace.subject, kind, {
    hook,
    ...(fresh ? { text: translation.rule.text, source: translation.rule.source } : {}),
    detail: {
      from: oldAddress === undefined ? '?' : formatIpv4(oldAddress),
      to: packet.dport === undefined || side === 'src' ? formatIpv4(address) : `${formatIpv4(address)}:${port}`,
    },
  });
}

export function tupleOf({ packet }: Way): Tuple {
  return {
    src: packet.src?.start ?? 0,
    sport: packet.sport?.[0] ?? 0,
    dst: packet.dst?.start ?? 0,
    dport: packet.dport?.[0] ?? 0,
  };
}

export function reversed(tuple: Tuple): Tuple {
  return { src: tuple.dst, sport: tuple.dport, dst: tuple.src, dport: tuple.sport };
}

function sameTuple(a: Tuple, b: Tuple): boolean {
  return a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport;
}
