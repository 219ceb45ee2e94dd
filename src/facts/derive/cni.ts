import type { TopologyPod } from '../topology.js';
import type { Derivation } from './derivation.js';
import { isCrashing, isReady, podFactOf } from './system-pods.js';

/** The agents of CNIs, one pod a node, by the names their manifests give them and by their labels. */
const AGENTS: readonly { name: RegExp; labels: readonly [string, string][] }[] = [
  {
    name: /^kube-flannel-(?!cfg)/,
    labels: [
      ['app', 'flannel'],
      ['k8s-app', 'flannel'],
    ],
  },
  {
    name: /^(?:calico-node|canal)-/,
    labels: [
      ['k8s-app', 'calico-node'],
      ['k8s-app', 'canal'],
    ],
  },
  { name: /^cilium-(?!operator|envoy|etcd|monitor|test)[a-z0-9]{5}$/, labels: [['k8s-app', 'cilium']] },
  { name: /^weave-net-/, labels: [['name', 'weave-net']] },
  { name: /^antrea-agent-/, labels: [['component', 'antrea-agent']] },
  { name: /^kube-router-/, labels: [['k8s-app', 'kube-router']] },
  { name: /^aws-node-(?!termination)/, labels: [['k8s-app', 'aws-node']] },
  { name: /^(?:azure-cni|azure-vnet|azure-cns)-/, labels: [['k8s-app', 'azure-cns']] },
  {
    name: /^terway(?:-eniip|-eni)?-(?!controlplane)/,
    labels: [
      ['app', 'terway-eniip'],
      ['app', 'terway'],
    ],
  },
  { name: /^ovnkube-node-/, labels: [['app', 'ovnkube-node']] },
  { name: /^(?:kube-ovn-cni|ovs-ovn)-/, labels: [['app', 'kube-ovn-cni']] },
  {
    name: /^kindnet-/,
    labels: [
      ['app', 'kindnet'],
      ['k8s-app', 'kindnet'],
    ],
  },
];

function isAgent(pod: TopologyPod): boolean {
  const labels = pod.object?.labels ?? {};
  for (const agent of AGENTS) {
    if (agent.name.test(pod.name)) return true;
    if (agent.labels.some(([key, value]) => labels[key] === value)) return true;
  }
  return false;
}

/** Whether the CNI's agent on each node runs, is ready and stays up. */
export const cni: Derivation = {
  id: 'cni',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const agents = node.pods.filter((pod) => pod.object !== undefined && isAgent(pod));
      const unready = agents.find((pod) => isReady(pod) === false);
      const ready = agents.find((pod) => isReady(pod) === true);
      const decider = unready ?? ready;
      if (decider !== undefined) {
        store.add({
          subject: node.subject,
          name: 'cni-agent.ready',
          value: unready === undefined,
          source: podFactOf(store, decider)?.source ?? {},
        });
      }
      const crashing = agents.find((pod) => isCrashing(pod) === true);
      const steady = agents.find((pod) => isCrashing(pod) === false);
      const teller = crashing ?? steady;
      if (teller === undefined) continue;
      store.add({
        subject: node.subject,
        name: 'cni-agent.restarting',
        value: crashing !== undefined,
        source: podFactOf(store, teller)?.source ?? {},
      });
    }
  },
};
