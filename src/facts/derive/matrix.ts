import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Source, Subject } from '../model.js';
import type { Derivation } from './derivation.js';

interface Tally {
  ok: number;
  failing: number;
}

/** What fails around one node, counted by what the flows have in common. */
class NodeShape {
  readonly from: Tally = { ok: 0, failing: 0 };
  readonly to: Tally = { ok: 0, failing: 0 };
  readonly ownNode: Tally = { ok: 0, failing: 0 };
  readonly sameNode: Tally = { ok: 0, failing: 0 };
  readonly crossNode: Tally = { ok: 0, failing: 0 };
  readonly large: Tally = { ok: 0, failing: 0 };
  readonly small: Tally = { ok: 0, failing: 0 };
  readonly services: Tally = { ok: 0, failing: 0 };
  readonly direct: Tally = { ok: 0, failing: 0 };
  readonly leaving: Tally = { ok: 0, failing: 0 };
  readonly arriving: Tally = { ok: 0, failing: 0 };
  /** What fails between machines, without any pod: no tunnel and no pod route is to blame. */
  bareFailing = 0;
  source: Source = {};

  /** The shapes that the counts show; a shape needs both what fails and what does not. */
  words(): string[] {
    const words: string[] = [];
    const dead = (tally: Tally): boolean => tally.failing > 0 && tally.ok === 0;
    const mostly = (tally: Tally): boolean => tally.failing > 0 && tally.failing >= 4 * tally.ok;
    if (mostly(this.from)) words.push('row');
    if (mostly(this.to)) words.push('column');
    if (dead(this.leaving) && dead(this.arriving) && this.bareFailing > 0) words.push('cut-off');
    if (dead(this.ownNode) && this.ownNode.failing > 1) words.push('own-node');
    if (this.large.failing > 0 && this.small.failing === 0 && this.small.ok > 0) words.push('only-large');
    if (this.sameNode.failing > 0 && this.crossNode.failing === 0 && this.crossNode.ok > 0)
      words.push('only-same-node');
    if (
      this.crossNode.failing > 0 &&
      this.sameNode.failing + this.ownNode.failing === 0 &&
      this.sameNode.ok + this.ownNode.ok > 0
    ) {
      words.push('only-cross-node');
    }
    if (this.services.failing > 0 && this.direct.failing === 0 && this.direct.ok > 0) words.push('only-services');
    return words;
  }
}

/** The shape of what fails around each node in the matrix of flows: a dead row, a dead column, only large packets, … */
export const matrix: Derivation = {
  id: 'matrix',
  derive({ store, flows }) {
    const shapes = new Map<Subject, NodeShape>();
    const shapeOf = (node: Subject): NodeShape => {
      let shape = shapes.get(node);
      if (shape === undefined) {
        shape = new NodeShape();
        shapes.set(node, shape);
      }
      return shape;
    };
    for (const flow of flows) {
      if (flow.expected !== 'works' || flow.alsoFails !== undefined) continue;
      const failing = isSymptom(flow);
      if (flow.from.node !== undefined) count(shapeOf(flow.from.node), 'from', flow, failing);
      if (flow.to.node !== undefined && flow.to.node !== flow.from.node)
        count(shapeOf(flow.to.node), 'to', flow, failing);
    }
    for (const [subject, shape] of [...shapes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const words = shape.words();
      if (words.length > 0) store.add({ subject, name: 'matrix.shape', value: words, source: shape.source });
    }
  },
};

function count(shape: NodeShape, end: 'from' | 'to', flow: Flow, failing: boolean): void {
  const outcome = failing ? 'failing' : 'ok';
  if (failing && shape.source.file === undefined) shape.source = flow.sources[0] ?? {};
  shape[end][outcome] += flow.count;
  const near = flow.leg.near;
  if (near !== 'own-node' && near !== 'self' && near !== 'same-node') {
    // What fails at times gets through at others.
    const tally = shape[end === 'from' ? 'leaving' : 'arriving'];
    const whole = flow.state === 'failing' && (flow.pattern ?? 'constant') === 'constant';
    tally[failing && whole ? 'failing' : 'ok'] += flow.count;
    const machines = flow.leg.from !== 'pod' && (flow.leg.to === 'node' || flow.leg.to === 'external');
    // A port may be filtered where the machine is reached.
    if (failing && machines && (flow.proto === 'icmp' || flow.error !== 'timeout')) shape.bareFailing += 1;
  }
  if (near === 'own-node' || near === 'self') shape.ownNode[outcome] += flow.count;
  else if (near === 'same-node') shape.sameNode[outcome] += flow.count;
  else if (near === 'cross-node') shape.crossNode[outcome] += flow.count;
  shape[flow.large ? 'large' : 'small'][outcome] += flow.count;
  const service = flow.leg.to === 'clusterip' || flow.leg.to === 'nodeport' || flow.leg.to === 'loadbalancer';
  shape[service ? 'services' : 'direct'][outcome] += flow.count;
}
