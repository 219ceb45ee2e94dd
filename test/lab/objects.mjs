import { endpointsOf, podNetworkOf, uuid } from './layout.mjs';

/**
 * The cluster's objects as the API server would hold them: `{resource: list}`, for cluster/<resource>.json of a bundle. They
 * follow from the layout as a fault has changed it; `policies`, `events` and `change` (by resource, a function over the
 * items) are what else is in them.
 */
export function clusterObjects({ lab, policies = [], events = [], objects = {} }, now = Date.now()) {
  const made = new Date(now - 9 * 86_400_000).toISOString().replace(/\.\d+/, '');
  const meta = (name, namespace, rest = {}) => ({
    name,
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: made,
    uid: uuid(`${namespace}/${name}`),
    ...rest,
  });
  const items = {
    nodes: lab.nodes.map((node) => nodeObject(lab, node, meta)),
    pods: [
      ...lab.pods.filter(({ gone }) => !gone).map((pod) => podObject(lab, pod, meta, made)),
      ...systemPods(lab).map((pod) => podObject(lab, pod, meta, made)),
    ],
    services: lab.services.map((service) => serviceObject(service, meta)),
    endpoints: lab.services.map((service) => endpointsObject(lab, service, meta)),
    endpointslices: lab.services.flatMap((service) => sliceObjects(lab, service, meta)),
    daemonsets: daemonSets(lab, meta),
    configmaps: configMaps(lab, meta),
    networkpolicies: policies.map((policy) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: meta(policy.name, policy.namespace),
      spec: policy.spec,
    })),
    events: events.map((event, i) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: meta(`${event.name}.17c${i}`, event.namespace),
      involvedObject: { kind: event.kind ?? 'Pod', namespace: event.namespace, name: event.name },
      reason: event.reason,
      message: event.message,
      type: event.type ?? 'Warning',
      count: event.count ?? 12,
      firstTimestamp: new Date(now - 600_000).toISOString(),
      lastTimestamp: new Date(now - 20_000).toISOString(),
      source: { component: event.component ?? 'kubelet', host: event.node },
    })),
  };
  const lists = {};
  for (const [resource, list] of Object.entries(items)) {
    if (list.length === 0 && resource === 'events') continue;
    const changed = list.map((item) => merged(item, objects[`${resource}/${item.metadata.name}`]));
    lists[resource] = { apiVersion: 'v1', items: changed, kind: 'List', metadata: { resourceVersion: '' } };
  }
  return lists;
}

/** An object with another one's keys over its own; null takes a key away. */
function merged(item, over) {
  if (over === undefined) return item;
  const result = { ...item };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete result[key];
    else if (typeof value === 'object' && !Array.isArray(value)) result[key] = merged(result[key] ?? {}, value);
    else result[key] = value;
  }
  return result;
}

function nodeObject({ variant }, node, meta) {
  const control = node.index === 1;
  const flannel = variant === 'flannel' && {
    'flannel.alpha.coreos.com/backend-data': `{"VNI": 1, "VtepMAC": "${node.tunnelMac}"}`,
    'flannel.alpha.coreos.com/backend-type': 'vxlan',
    'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    'flannel.alpha.coreos.com/public-ip': node.knownAs ?? node.ip,
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: meta(node.name, undefined, {
      labels: {
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...(control ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', ...flannel },
    }),
    spec: {
      ...(node.podCIDR ? { podCIDR: node.podCIDR, podCIDRs: [node.podCIDR] } : {}),
      ...(control ? { taints: [{ effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane' }] } : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: node.knownAs ?? node.ip },
        { type: 'Hostname', address: node.name },
      ],
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        node.ready
          ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
          : condition('Ready', 'False', 'KubeletNotReady', node.notReady),
      ],
      nodeInfo: {
        kernelVersion: '6.1.0-18-amd64',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        containerRuntimeVersion: 'containerd://1.6.20',
        kubeletVersion: 'v1.25.16',
        kubeProxyVersion: 'v1.25.16',
      },
    },
  };
}

function condition(type, status, reason, message) {
  return { type, status, ...(reason ? { reason, message } : {}) };
}

/** Pods in their node's own network: kube-proxy, the CNI's agent, the API server. */
export function systemPods({ variant, nodes }) {
  const each = nodes.flatMap((node) => [
    host(
      node,
      `kube-proxy-${uuid(node.name).slice(0, 5)}`,
      'kube-system',
      { 'k8s-app': 'kube-proxy' },
      'kube-proxy',
      'registry.k8s.io/kube-proxy:v1.25.16',
    ),
    agentOf(variant, node),
  ]);
  each.push(
    host(
      nodes[0],
      `kube-apiserver-${nodes[0].name}`,
      'kube-system',
      { component: 'kube-apiserver' },
      'kube-apiserver',
      'registry.k8s.io/kube-apiserver:v1.25.16',
    ),
  );
  return each;
}

function agentOf(variant, node) {
  const suffix = uuid(`agent ${node.name}`).slice(0, 5);
  if (variant === 'flannel') {
    return host(
      node,
      `kube-flannel-ds-${suffix}`,
      'kube-flannel',
      { app: 'flannel' },
      'kube-flannel',
      'docker.io/flannel/flannel:v0.22.0',
      ['--ip-masq', '--kube-subnet-mgr'],
    );
  }
  if (variant === 'cilium') {
    return host(
      node,
      `cilium-${suffix}`,
      'kube-system',
      { 'k8s-app': 'cilium' },
      'cilium-agent',
      'quay.io/cilium/cilium:v1.13.4',
    );
  }
  return host(
    node,
    `ucni-agent-${suffix}`,
    'kube-system',
    { app: 'ucni-agent' },
    'ucni-agent',
    'registry.example.com/ucni-agent:0.9.1',
  );
}

function host(node, name, namespace, labels, container, image, args) {
  const { broken } = node;
  return {
    name,
    namespace,
    node: node.name,
    ip: node.ip,
    labels,
    container,
    image,
    args,
    hostNetwork: true,
    dnsPolicy: 'ClusterFirst',
    ready: broken?.[container] === undefined,
    waiting: broken?.[container],
  };
}

function podObject({ nodes }, pod, meta, made) {
  const node = nodes.find(({ name }) => name === pod.node);
  const ready = String(pod.ready).replace(/^./, (letter) => letter.toUpperCase());
  const ports =
    pod.app === 'dns'
      ? [
          { containerPort: 53, name: 'dns', protocol: 'UDP' },
          { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
        ]
      : pod.app === 'web'
        ? [{ containerPort: pod.port, name: 'http', protocol: 'TCP' }]
        : undefined;
  const crashed = pod.waiting !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(pod.name, pod.namespace, { labels: pod.labels }),
    spec: {
      nodeName: pod.node,
      containers: [
        {
          name: pod.container,
          image: pod.image,
          ...(pod.args ? { args: pod.args } : {}),
          ...(ports ? { ports } : {}),
          ...(pod.readinessProbe ? { readinessProbe: pod.readinessProbe } : {}),
        },
      ],
      dnsPolicy: pod.dnsPolicy,
      ...(pod.dnsConfig ? { dnsConfig: pod.dnsConfig } : {}),
      restartPolicy: 'Always',
      ...(pod.hostNetwork ? { hostNetwork: true } : {}),
    },
    status: {
      phase: pod.phase ?? 'Running',
      ...(pod.phase === 'Pending' ? {} : { podIP: pod.ip, podIPs: [{ ip: pod.ip }] }),
      hostIP: node.knownAs ?? node.ip,
      startTime: made,
      conditions: [
        condition('Initialized', 'True'),
        condition(
          'Ready',
          ready,
          ...(pod.ready ? [] : ['ContainersNotReady', `containers with unready status: [${pod.container}]`]),
        ),
        condition(
          'ContainersReady',
          ready,
          ...(pod.ready ? [] : ['ContainersNotReady', `containers with unready status: [${pod.container}]`]),
        ),
        condition('PodScheduled', 'True'),
      ],
      containerStatuses: [
        {
          name: pod.container,
          image: pod.image,
          ready: pod.ready,
          restartCount: crashed ? 37 : 0,
          started: !crashed,
          state: crashed ? { waiting: pod.waiting } : { running: { startedAt: made } },
          ...(crashed ? { lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: made } } } : {}),
        },
      ],
    },
  };
}

function serviceObject(service, meta) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(service.name, service.namespace, { labels: { app: service.name } }),
    spec: {
      clusterIP: service.clusterIP,
      clusterIPs: [service.clusterIP],
      internalTrafficPolicy: service.internalTrafficPolicy ?? 'Cluster',
      ports: service.ports,
      sessionAffinity: 'None',
      type: service.type,
      ...(service.externalTrafficPolicy ? { externalTrafficPolicy: service.externalTrafficPolicy } : {}),
      ...(service.selector ? { selector: service.selector } : {}),
    },
    status: { loadBalancer: {} },
  };
}

function endpointsObject({ pods }, service, meta) {
  const all = endpointsOf(service, service.ports[0], pods);
  const address = ({ ip, pod }) =>
    pod ? { ip, nodeName: pod.node, targetRef: { kind: 'Pod', name: pod.name, namespace: pod.namespace } } : { ip };
  const ready = all.filter((endpoint) => endpoint.ready).map(address);
  const notReady = all.filter((endpoint) => !endpoint.ready).map(address);
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports: service.ports.map(portOf),
  };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: meta(service.name, service.namespace),
    ...(all.length > 0 ? { subsets: [subset] } : {}),
  };
}

function portOf({ name, targetPort, protocol }) {
  return { ...(name ? { name } : {}), port: targetPort, protocol };
}

function sliceObjects({ pods }, service, meta) {
  const all = endpointsOf(service, service.ports[0], pods);
  const suffix = uuid(`slice ${service.name}`).slice(0, 5);
  return [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      addressType: 'IPv4',
      metadata: meta(service.addresses ? service.name : `${service.name}-${suffix}`, service.namespace, {
        labels: { 'kubernetes.io/service-name': service.name },
      }),
      endpoints: all.map(({ ip, pod, ready }) => ({
        addresses: [ip],
        conditions: { ready, serving: ready, terminating: false },
        ...(pod ? { nodeName: pod.node, targetRef: { kind: 'Pod', namespace: pod.namespace, name: pod.name } } : {}),
      })),
      ports: service.ports.map(({ name = '', targetPort, protocol }) => ({ name, port: targetPort, protocol })),
    },
  ];
}

function daemonSets(lab, meta) {
  const sets = new Map();
  for (const pod of systemPods(lab)) {
    if (pod.container === 'kube-apiserver') continue;
    const set = sets.get(pod.container) ?? { pod, all: 0, ready: 0 };
    set.all += 1;
    set.ready += pod.ready ? 1 : 0;
    sets.set(pod.container, set);
  }
  return [...sets.values()].map(({ pod, all, ready }) => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta(pod.name.replace(/-[^-]+$/, ''), pod.namespace),
    spec: {
      selector: { matchLabels: pod.labels },
      template: {
        metadata: { labels: pod.labels },
        spec: {
          hostNetwork: true,
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: pod.container, image: pod.image, ...(pod.args ? { args: pod.args } : {}) }],
        },
      },
    },
    status: {
      desiredNumberScheduled: all,
      currentNumberScheduled: all,
      numberReady: ready,
      numberAvailable: ready,
      numberUnavailable: all - ready,
      numberMisscheduled: 0,
    },
  }));
}

function configMaps(lab, meta) {
  const map = (name, namespace, data) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta(name, namespace),
    data,
  });
  const maps = [
    map('coredns', 'kube-system', { Corefile: COREFILE }),
    map('kube-proxy', 'kube-system', {
      'config.conf': `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: ${lab.proxyCIDR ?? podNetworkOf(lab.variant)}\nmode: "iptables"\n`,
    }),
  ];
  if (lab.variant === 'flannel') {
    maps.push(
      map('kube-flannel-cfg', 'kube-flannel', {
        'net-conf.json': '{\n  "Network": "10.244.0.0/16",\n  "Backend": {\n    "Type": "vxlan"\n  }\n}',
      }),
    );
  }
  return maps;
}

const COREFILE = `.:53 {
    errors
    log
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
