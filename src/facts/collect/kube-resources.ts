/** One list of the cluster's API, and the file that it becomes: `cluster/<resource>.json`. */
export interface KubeResource {
  /** Plural, as kubectl names it. */
  resource: string;
  /** `/api/v1/pods`; of a custom resource the group alone is known before the API tells its version. */
  path: string;
}

/** What every cluster has. Secrets are not among them, and configmaps are asked for by name only. */
export const CORE_RESOURCES: readonly KubeResource[] = [
  { resource: 'nodes', path: '/api/v1/nodes' },
  { resource: 'namespaces', path: '/api/v1/namespaces' },
  { resource: 'pods', path: '/api/v1/pods' },
  { resource: 'services', path: '/api/v1/services' },
  { resource: 'endpoints', path: '/api/v1/endpoints' },
  { resource: 'endpointslices', path: '/apis/discovery.k8s.io/v1/endpointslices' },
  { resource: 'networkpolicies', path: '/apis/networking.k8s.io/v1/networkpolicies' },
  { resource: 'daemonsets', path: '/apis/apps/v1/daemonsets' },
  { resource: 'deployments', path: '/apis/apps/v1/deployments' },
  { resource: 'ingresses', path: '/apis/networking.k8s.io/v1/ingresses' },
  { resource: 'ingressclasses', path: '/apis/networking.k8s.io/v1/ingressclasses' },
  {
    resource: 'validatingwebhookconfigurations',
    path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  },
  {
    resource: 'mutatingwebhookconfigurations',
    path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  },
  { resource: 'events', path: '/api/v1/events' },
];

/** Custom resources of CNIs, of policies that they go by, of gateways and of ways out, by their group. Asked for where the API says that it has the group. */
export const CNI_RESOURCES: Readonly<Record<string, readonly string[]>> = {
  'crd.projectcalico.org': [
    'ippools',
    'bgppeers',
    'bgpconfigurations',
    'felixconfigurations',
    'blockaffinities',
    'globalnetworkpolicies',
  ],
  'cilium.io': [
    'ciliumnetworkpolicies',
    'ciliumclusterwidenetworkpolicies',
    'ciliumnodes',
    'ciliumegressgatewaypolicies',
  ],
  'policy.networking.k8s.io': ['adminnetworkpolicies', 'baselineadminnetworkpolicies'],
  'operator.tigera.io': ['installations'],
  'kubeovn.io': ['subnets', 'vpc-egress-gateways'],
  'k8s.ovn.org': ['egressips'],
  'crd.antrea.io': ['egresses'],
  'gateway.networking.k8s.io': ['gateways', 'httproutes', 'grpcroutes', 'tlsroutes'],
  'metallb.io': ['ipaddresspools', 'l2advertisements'],
  'k8s.cni.cncf.io': ['network-attachment-definitions'],
};

/** Configuration of the network, by namespace and name: nothing else of what configmaps hold concerns anybody. */
export const CONFIG_MAPS: readonly (readonly [namespace: string, name: string])[] = [
  ['kube-system', 'kube-proxy'],
  ['kube-system', 'coredns'],
  ['kube-system', 'kube-flannel-cfg'],
  ['kube-flannel', 'kube-flannel-cfg'],
  ['kube-system', 'cilium-config'],
  ['kube-system', 'calico-config'],
  ['kube-system', 'kubeadm-config'],
  ['kube-system', 'coredns-custom'],
  ['kube-system', 'kube-dns'],
  ['kube-system', 'node-local-dns'],
  ['kube-system', 'ip-masq-agent'],
  ['kube-system', 'azure-ip-masq-agent-config'],
  ['kube-system', 'azure-ip-masq-agent-config-reconciled'],
  ['kube-system', 'amazon-vpc-cni'],
  ['kube-system', 'antrea-config'],
  ['kube-system', 'kube-router-cfg'],
];

/** Containers whose logs tell of the network. */
const COMPONENT =
  /^(coredns|kube-dns|node-cache|node-local-dns|kube-proxy|kube-flannel|calico-node|calico-kube-controllers|calico-typha|cilium-agent|cilium-operator|cilium|antrea-agent|antrea-controller|weave|weave-npc|kube-router|aws-node|kube-ovn-cni|cni-server|ovnkube-node|multus|kube-multus|speaker|kindnet|terway|canal|ovnkube-controller|kube-apiserver|ip-masq-agent)(?=$|-)/;

/** Controllers of ingresses and gateways, by their pods' names: their containers are called anything. */
const INGRESS =
  /^(?:ingress-nginx|nginx-ingress|rke2-ingress-nginx|traefik|haproxy-ingress|haproxy-kubernetes-ingress|contour|envoy|istio-ingressgateway|kong|aws-load-balancer-controller|alb-ingress-controller|azure-alb|ingress-appgw)(?=$|-)/;
/** Controllers of clouds: routes, load balancers. Distributions put the cloud's name before. */
const CLOUD =
  /^(?:(?:[a-z0-9]+-){0,3}cloud-controller-manager|kube-controller-manager|openstack-cloud-controller|cloud-node-manager)(?=$|-)/;
const NAMESPACE =
  /^(?:kube-|calico-|cilium|antrea|tigera|metallb|openshift-|weave|ovn|ingress|nginx-ingress|traefik|haproxy|projectcontour|contour|istio-system$|istio-ingress|kong|envoy-gateway)/;

/** Whether a component's log has lines of single requests, with clients and URLs. */
export function logsRequests(component: string): boolean {
  return INGRESS.test(component);
}

/** Which component a container of a pod is, where its log is of use. */
export function loggedComponent(namespace: string, pod: string, container: string): string | undefined {
  if (!NAMESPACE.test(namespace)) return undefined;
  const own = COMPONENT.exec(container)?.[1] ?? CLOUD.exec(container)?.[0];
  if (own !== undefined) return own;
  return /^(?:sidecar|dnsmasq|install|mount|config|upgrade|mem|clean|apply)/.test(container)
    ? undefined
    : (INGRESS.exec(pod)?.[0] ?? COMPONENT.exec(pod)?.[1] ?? CLOUD.exec(pod)?.[0]);
}
