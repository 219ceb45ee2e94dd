import type { PolicyEngine } from '../cnis.js';
import { formatIpv4 } from '../derive/ipv4.js';
import { CLUSTER } from '../model.js';
import { type PolicyEvaluator, policyEvaluator } from '../policy/evaluator.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import { drop, type Journey, mayDrop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import { addStep, type Way, whereOf } from './way.js';

/**
 * NetworkPolicies where no rule of the packet filter shows them being enforced: in eBPF, in Open vSwitch, or of a CNI of whose
 * rules nothing is in the input. Rules that are there are walked as they stand, whatever the objects say.
 */
export class Enforcement {
  readonly #store: FactStore;
  readonly #topology: Topology;
  readonly #any: boolean;
  #evaluator: PolicyEvaluator | undefined;

  constructor(store: FactStore, topology: Topology) {
    this.#store = store;
    this.#topology = topology;
    this.#any = store.all('networkpolicy-object').length > 0;
  }

  /** False where a policy ends the way. `to` is the pod or node that the packet came to, `origin` where it was sent. */
  allows(journey: Journey, way: Way, origin: NetNamespace | undefined, to: NetNamespace, source: number): boolean {
    if (!this.#any) return true;
    const pods = [origin, to].filter((each) => each?.isPod === true);
    if (pods.length === 0 || pods.every((pod) => this.#shownByRules(pod!))) return true;
    const { packet } = way;
    this.#evaluator ??= policyEvaluator(this.#store, this.#topology);
    const verdict = this.#evaluator.verdict({
      from: { ...(origin === undefined ? {} : { subject: origin.subject }), ip: formatIpv4(source) },
      to: { subject: to.subject, ip: formatIpv4(packet.dst!.start) },
      protocol: packet.proto,
      ...(packet.dport === undefined ? {} : { port: packet.dport[0] }),
    });
    const [policy] = verdict.policies;
    if (verdict.verdict === 'allowed') {
      if (policy !== undefined)
        addStep(way, to.subject, 'allowed-by-policy', {
          source: policy.source,
          detail: { policy: `${policy.namespace}/${policy.name}` },
        });
      return true;
    }
    const names = verdict.policies.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    const by = `NetworkPolicy ${names}: no ${verdict.direction ?? 'ingress'} rule allows it`;
    const engine = this.#engine();
    if (verdict.verdict === 'denied' && (engine === 'iptables' || engine === 'ebpf' || engine === 'ovs')) {
      const at = verdict.direction === 'egress' && origin !== undefined ? origin : to;
      drop(journey, way, at.subject, 'network-policy', by, policy?.source);
      return false;
    }
    if (verdict.verdict === 'denied') {
      const where = whereOf(policy?.source);
      mayDrop(way, {
        on: to.subject,
        what: `whether anything enforces ${names}, which would deny it${where === undefined ? '' : ` (${where})`}`,
        collect: 'kubectl get pods -n kube-system -o wide',
      });
    }
    for (const missing of verdict.missing) mayDrop(way, missing);
    return true;
  }

  /** Whether the pod's node shows rules of an engine, or the CNI enforces nothing. */
  #shownByRules(pod: NetNamespace): boolean {
    const engine = pod.node === undefined ? undefined : this.#store.value(pod.node.subject, 'netfilter.policy-engine');
    if (engine === true) return true;
    return this.#engine() === 'none';
  }

  #engine(): PolicyEngine | undefined {
    return this.#store.cnis.named(this.#store.value(CLUSTER, 'cni'))?.policy;
  }
}
