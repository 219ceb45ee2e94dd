import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';

/** Ethernet's MTU with the few bytes that some providers add: what is larger is a jumbo frame. Bytes. */
const JUMBO = 1600;
/** The least that a network carries on which nodes exchange full packets, in bytes: 1492 is PPPoE's, 1500 Ethernet's. */
const FULL = 1492;
/** What is smaller than this passes everywhere, and that it does says nothing. Bytes. */
const SMALL = 576;

type Place = 'nodes' | 'pods' | 'outside' | 'same-node';

/** The attempts of one place, by what their size or their transfer came to. */
interface Tried {
  /** Largest packet that passed and smallest that was lost, of pings and datagrams. */
  passed: number;
  lost: number;
  lostSource?: Source;
  passedSource?: Source;
  /** Transfers that stalled, and that ended though they were large. */
  stalled?: Flow;
  ended?: Flow;
  small?: Flow;
}

/**
 * Which sizes pass and which are lost, and where: between nodes, between pods of different nodes, to the outside. It
 * parts a tunnel that is too large from jumbo frames, a small path outside, and an offload that breaks TCP alone.
 */
export const sizes: Derivation = {
  id: 'sizes',
  derive({ store, flows }) {
    const places = new Map<Place, Tried>();
    for (const flow of flows) {
      const place = placeOf(flow);
      if (place === undefined || (flow.state !== 'ok' && !isSymptom(flow))) continue;
      let tried = places.get(place);
      if (tried === undefined) {
        tried = { passed: 0, lost: Number.POSITIVE_INFINITY };
        places.set(place, tried);
      }
      note(tried, flow);
    }
    const add = (name: string, value: boolean | number, source: Source | undefined): void =>
      store.add({ subject: CLUSTER, name, value, source: source ?? {} });
    const nodes = places.get('nodes');
    const pods = places.get('pods');
    const outside = places.get('outside');
    if (nodes !== undefined) judgeNodes(nodes, add);
    if (nodes !== undefined && pods !== undefined) judgeTunnel(nodes, pods, add);
    if (pods !== undefined) judgeTransfers(pods, add);
    if (outside !== undefined && pods !== undefined) judgeOutside(outside, pods, add);
    judgeOneWay(flows, add);
  },
};

type Add = (name: string, value: boolean | number, source: Source | undefined) => void;

function placeOf({ leg }: Flow): Place | undefined {
  const from = leg.from === 'pod' || leg.from === 'node';
  if (!from) return undefined;
  if (leg.to === 'external') return 'outside';
  if (leg.near === 'same-node' && leg.to === 'pod') return 'same-node';
  if (leg.near !== 'cross-node') return undefined;
  if (leg.from === 'node' && leg.to === 'node') return 'nodes';
  return leg.from === 'pod' && leg.to !== 'node' ? 'pods' : undefined;
}

function note(tried: Tried, flow: Flow): void {
  const source = flow.sources[0] ?? {};
  if (flow.leg.proto === 'tcp') {
    if (flow.state === 'ok') {
      if (flow.large) tried.ended ??= flow;
      else tried.small ??= flow;
    } else if (flow.large) tried.stalled ??= flow;
    return;
  }
  if (flow.size === undefined || flow.alsoFails !== undefined) return;
  if (flow.state === 'ok') {
    if (flow.size <= tried.passed) return;
    tried.passed = flow.size;
    tried.passedSource = source;
  } else if (flow.state === 'failing' && flow.error !== 'refused' && flow.size < tried.lost) {
    tried.lost = flow.size;
    tried.lostSource = source;
  }
}

/** Something passes, and all that is larger is lost: it is the size that decides. */
function hasLimit({ passed, lost }: Tried): boolean {
  return passed > 0 && Number.isFinite(lost) && lost > passed;
}

function judgeNodes(nodes: Tried, add: Add): void {
  if (hasLimit(nodes) && nodes.lost > JUMBO && nodes.passed >= FULL - 92) {
    add('size.only-jumbo-lost', true, nodes.lostSource);
  } else if (nodes.passed > JUMBO && !Number.isFinite(nodes.lost))
    add('size.only-jumbo-lost', false, nodes.passedSource);
  if (nodes.passed >= FULL && nodes.lost > nodes.passed) add('size.nodes-carry-full', true, nodes.passedSource);
  else if (hasLimit(nodes) && nodes.lost <= 1500) add('size.nodes-carry-full', false, nodes.lostSource);
}

/** Full packets pass between the nodes and not between their pods: what is added on the way between pods is too much. */
function judgeTunnel(nodes: Tried, pods: Tried, add: Add): void {
  if (nodes.passed < FULL || nodes.lost <= nodes.passed) return;
  const larger = Number.isFinite(pods.lost) && pods.lost <= nodes.passed && pods.passed < pods.lost;
  const small = pods.passed > 0 || pods.small !== undefined;
  if (larger && small) add('size.only-pods-lose-full', true, pods.lostSource);
  else if (pods.passed >= FULL - 130 && !Number.isFinite(pods.lost)) {
    add('size.only-pods-lose-full', false, pods.passedSource);
  }
}

/** Full packets pass one by one, and transfers between the same places stall: not the size, but who cuts it up. */
function judgeTransfers(pods: Tried, add: Add): void {
  if (pods.stalled === undefined) return;
  if (Number.isFinite(pods.lost) && pods.passed < pods.lost) {
    add('size.transfers-alone-stall', false, pods.lostSource);
    return;
  }
  if (pods.passed >= FULL - 130 && !Number.isFinite(pods.lost)) {
    add('size.transfers-alone-stall', true, pods.stalled.sources[0]);
  }
}

function carriesFull(tried: Tried): boolean {
  return !Number.isFinite(tried.lost) && tried.stalled === undefined && (tried.passed >= FULL - 130 || !!tried.ended);
}

function judgeOutside(outside: Tried, pods: Tried, add: Add): void {
  const failing = outside.stalled ?? undefined;
  const lost = Number.isFinite(outside.lost) && outside.lost >= SMALL && outside.passed < outside.lost;
  if ((failing !== undefined || lost) && carriesFull(pods)) {
    add('size.only-outside-loses-full', true, failing?.sources[0] ?? outside.lostSource);
  }
}

/** A transfer one way between two nodes stalls, one the other way ends. A ping cannot tell: its answer is as large. */
function judgeOneWay(flows: readonly Flow[], add: Add): void {
  const ended = new Set<string>();
  const stalled: Flow[] = [];
  for (const flow of flows) {
    if (flow.leg.proto !== 'tcp' || !flow.large || flow.from.node === undefined || flow.to.node === undefined) continue;
    if (flow.from.node === flow.to.node) continue;
    if (flow.state === 'ok' && flow.alsoFails === undefined) ended.add(`${flow.from.node} ${flow.to.node}`);
    else if (isSymptom(flow)) stalled.push(flow);
  }
  if (stalled.length === 0) return;
  const oneWay = stalled.find(
    ({ from, to }) => ended.has(`${to.node} ${from.node}`) && !ended.has(`${from.node} ${to.node}`),
  );
  const bothWays = stalled.find(({ from, to }) =>
    stalled.some((other) => other.from.node === to.node && other.to.node === from.node),
  );
  if (oneWay !== undefined) add('size.one-way-only', true, oneWay.sources[0]);
  else if (bothWays !== undefined) add('size.one-way-only', false, bothWays.sources[0]);
}
