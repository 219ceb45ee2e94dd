/** The five field reports, and what each of them is. */
export const CASE_STUDIES = [
  {
    name: 'pods of one underlay node reach nothing but their node',
    path: 'ip-forward-disabled/field-underlay-veth-not-nic',
    cause: 'ip-forward-disabled',
    subjects: ['node/10.9.189.51'],
  },
  {
    name: 'a new node cannot use a ClusterIP',
    path: 'node-ip-conflict/field-new-node-clusterip',
    cause: 'node-ip-conflict',
    subjects: ['node/yq01-aip-aikefu12'],
  },
  {
    name: 'databases fail and heal when the Cilium agent is restarted',
    path: 'rp-filter-strict/field-cilium-after-recovery',
    cause: 'rp-filter-strict',
    subjects: ['node/10-10-40-120'],
  },
  {
    name: 'no pod reaches a pod of another virtual machine',
    path: 'overlay-nat-mangled/field-vm-nat-network',
    cause: 'overlay-nat-mangled',
    subjects: ['node/k8s-master1', 'node/k8s-node2'],
  },
  {
    name: 'a Service answers pods of one node only where the backend is elsewhere',
    path: 'bridge-nf-call-disabled/field-ipvs-same-node-timeout',
    cause: 'bridge-nf-call-disabled',
    subjects: ['node/node-prod-07'],
  },
] as const;
