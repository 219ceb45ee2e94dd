import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import type { MissingFact } from './answer.js';
import { addMissing } from './answer.js';
import type { ResolvedEnd } from './connection-end.js';
import { EndResolver, ofOneFamily } from './connection-end.js';
import type { Side } from './judgement.js';
import { Judgement, OPEN, refOf } from './judgement.js';
import type { PolicyCluster, PolicyPod } from './policy-cluster.js';
import { policyCluster } from './policy-cluster.js';
import type { Selection } from './policy-index.js';
import { PolicyIndex } from './policy-index.js';
import { POLICY_PROTOCOLS } from './policy-port.js';
import type { Direction } from './policy-spec.js';
import type { Attempt } from './rule-match.js';
import { labelsOfUnknown, networkMissing } from './rule-match.js';
import type { Connection, Permission, PolicyVerdict } from './verdict.js';

/**
 * NetworkPolicy (networking.k8s.io/v1) as Kubernetes defines it (kubernetes.io/docs/concepts/services-networking/
 * network-policies and the API reference), over what the input shows of a cluster. A pod is isolated in a direction where a
 * policy of its namespace selects it for that direction; then it may have the connections that any of those policies
 * allows. A connection needs the leave of both ends.
 */
export class PolicyEvaluator {
  /** Whether the input has policies of other APIs: where one may apply, the verdict is `unknown`. */
  readonly otherPolicies: boolean;
  readonly #cluster: PolicyCluster;
  readonly #index: PolicyIndex;
  readonly #ends: EndResolver;
  readonly #selections = new Map<PolicyPod, readonly Selection[]>();
  /** Whether there may be a pod that is isolated in a direction. */
  readonly #mayIsolate: Readonly<Record<Direction, boolean>>;

  constructor(cluster: PolicyCluster) {
    this.#cluster = cluster;
    this.#index = new PolicyIndex(cluster.policies);
    this.#ends = new EndResolver(cluster);
    this.otherPolicies = cluster.others.length > 0;
    const mayIsolate = (direction: Direction): boolean =>
      cluster.listed === undefined ||
      cluster.others.length > 0 ||
      cluster.policies.some(({ isolates }) => isolates[direction] !== false);
    this.#mayIsolate = { ingress: mayIsolate('ingress'), egress: mayIsolate('egress') };
  }

  /** Never throws, whatever the policies hold. */
  verdict(connection: Connection): PolicyVerdict {
    const [from, to] = ofOneFamily(this.#ends.resolve(connection.from), this.#ends.resolve(connection.to));
    const protocol = connection.protocol.toUpperCase();
    const attempt = { target: to, protocol, port: connection.port, labelsOf: this.#labelsOf };
    const egress = this.#side('egress', from, { ...attempt, peer: to });
    const ingress = this.#side('ingress', to, { ...attempt, peer: from });
    return together(egress, ingress);
  }

  readonly #labelsOf = (namespace: string) => this.#cluster.namespaces.get(namespace) ?? labelsOfUnknown(namespace);

  #side(direction: Direction, own: ResolvedEnd, attempt: Attempt): Side {
    if (own.kind === 'service' || own.kind === 'unknown') {
      if (!this.#mayIsolate[direction]) return OPEN;
      return { ...OPEN, verdict: 'unknown', missing: [own.who] };
    }
    // Policies are about pods with addresses of their own.
    const { pod } = own;
    if (own.kind !== 'pod' || pod === undefined || pod.absent) return OPEN;
    const { peer } = attempt;
    if (peer.pod === pod) return OPEN;
    const fromNode = peer.kind === 'node' || peer.kind === 'host-pod';
    // A pod cannot block its own node, and cannot be blocked from it.
    if (fromNode && pod.node !== undefined && pod.node === peer.node) return OPEN;
    const decided = this.#withOthers(pod, this.#judge(direction, pod, attempt));
    if (decided.verdict === 'allowed') return decided;
    const missing: MissingFact[] = [];
    if (fromNode && (pod.node === undefined || peer.node === undefined))
      missing.push({ on: pod.subject, what: 'whether it runs on the node at the other end' });
    if (!pod.networkKnown) missing.push(networkMissing(pod));
    if (missing.length === 0) return decided;
    addMissing(missing, decided.missing);
    return { verdict: 'unknown', policies: decided.policies, missing, notes: decided.notes };
  }

  /** What Kubernetes' own policies say of a pod and its peer. */
  #judge(direction: Direction, pod: PolicyPod, attempt: Attempt): Side {
    const known = POLICY_PROTOCOLS.some((protocol) => protocol === attempt.protocol);
    const judged = new Judgement(direction, pod, attempt, this.#cluster.listed !== undefined);
    for (const { policy, selects } of this.#selecting(pod)) judged.hear(policy, selects);
    const side = judged.side();
    if (known || judged.free || judged.open !== undefined) {
      return judged.open === undefined || known ? side : { ...OPEN, policies: [refOf(judged.open, direction)] };
    }
    const missing: MissingFact[] = [
      {
        on: CLUSTER,
        what: `what the network plugin makes of ${attempt.protocol.toLowerCase()}, of which NetworkPolicy says nothing`,
      },
    ];
    addMissing(missing, side.missing);
    return {
      ...side,
      verdict: 'unknown',
      missing,
      ...(side.verdict === 'unknown' ? {} : { otherwise: side.verdict }),
    };
  }

  #selecting(pod: PolicyPod): readonly Selection[] {
    let selecting = this.#selections.get(pod);
    if (selecting === undefined) {
      selecting = this.#index.selecting(pod.namespace, pod.labels);
      this.#selections.set(pod, selecting);
    }
    return selecting;
  }

  #withOthers(pod: PolicyPod, side: Side): Side {
    if (!this.otherPolicies) return side;
    const applying = this.#cluster.others.filter(({ namespace }) => namespace === '' || namespace === pod.namespace);
    if (applying.length === 0) return side;
    const missing: MissingFact[] = [];
    addMissing(missing, side.missing);
    addMissing(
      missing,
      applying.map(({ api, namespace, name, source }) => ({
        on: CLUSTER,
        what: `what ${api} ${namespace === '' ? name : `${namespace}/${name}`} says, which is not evaluated`,
        source,
      })),
    );
    const otherwise = side.verdict === 'unknown' ? side.otherwise : side.verdict;
    return { ...side, verdict: 'unknown', missing, ...(otherwise === undefined ? {} : { otherwise }) };
  }
}

/** The evaluator of what a store holds; to be built once. */
export function policyEvaluator(store: FactStore, topology: Topology): PolicyEvaluator {
  return new PolicyEvaluator(policyCluster(store, topology));
}

/** A connection has the leave of both sides. The source's is asked first. */
function together(egress: Side, ingress: Side): PolicyVerdict {
  const sides: readonly (readonly [Direction, Side])[] = [
    ['egress', egress],
    ['ingress', ingress],
  ];
  for (const [direction, side] of sides) {
    if (side.verdict === 'denied') return { ...side, direction };
  }
  const notes = [...new Set([...egress.notes, ...ingress.notes])];
  const first = sides.find(([, { verdict }]) => verdict === 'unknown');
  if (first === undefined) {
    return { verdict: 'allowed', policies: [...egress.policies, ...ingress.policies], missing: [], notes };
  }
  const missing: MissingFact[] = [];
  for (const [, side] of sides) addMissing(missing, side.missing);
  const both = sides.map(([, { verdict, otherwise }]): Permission | undefined =>
    verdict === 'unknown' ? otherwise : verdict,
  );
  const otherwise = both.includes('denied') ? 'denied' : both.includes(undefined) ? undefined : 'allowed';
  return {
    verdict: 'unknown',
    direction: first[0],
    policies: first[1].policies,
    missing,
    ...(otherwise === undefined ? {} : { otherwise }),
    notes,
  };
}
