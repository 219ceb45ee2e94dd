import { componentLine } from './system-log.mjs';

/** Faults of the CNI's agent and of address management. */
export const cni = [
  {
    id: 'node-without-pod-cidr',
    cause: 'pod-cidr-not-assigned',
    variant: 'flannel',
    // Node 3 was registered again and got no podCIDR: flannel gives up there, and the peers forget its network.
    inject: async (c) => {
      const node = c.node(3);
      const mac = node.tunnelMac;
      node.broken = {
        'kube-flannel': {
          reason: 'CrashLoopBackOff',
          message: 'back-off 5m0s restarting failed container=kube-flannel',
        },
      };
      c.objects['nodes/node-3'] = {
        spec: { podCIDR: null, podCIDRs: null },
        metadata: {
          annotations: {
            'flannel.alpha.coreos.com/backend-data': null,
            'flannel.alpha.coreos.com/public-ip': null,
            'flannel.alpha.coreos.com/backend-type': null,
            'flannel.alpha.coreos.com/kube-subnet-manager': null,
          },
        },
      };
      c.log('kube-flannel', 'node-3', [
        componentLine('I', 'main.go:211', 'CLI flags config: {etcdEndpoints: kubeSubnetMgr:true ipMasq:true}'),
        componentLine(
          'E',
          'main.go:335',
          'Error registering network: failed to acquire lease: node "node-3" pod cidr not assigned',
        ),
        componentLine('I', 'main.go:523', 'Stopping shutdownHandler...'),
      ]);
      for (const index of [1, 2]) {
        await c.on(
          index,
          `ip route del 10.244.3.0/24; ip neigh del 10.244.3.0 dev flannel.1; bridge fdb del ${mac} dev flannel.1`,
        );
      }
    },
    breaks: ['ping client api', 'ping api client', 'http client svc/api'],
    spares: ['ping node/3 node/1', 'ping client web/3', 'ping api web/1'],
  },
  {
    id: 'no-address-left',
    cause: 'ipam-exhausted',
    variant: 'flannel',
    inject: async (c) => {
      const message =
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "7d1f": plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.244.2.1-10.244.2.254';
      const api = c.pod('api');
      const pod = {
        ...api,
        name: 'worker-5f7d8c9b6-k2m4x',
        labels: { app: 'worker', 'pod-template-hash': '5f7d8c9b6' },
        container: 'worker',
        image: 'registry.example.com/worker:2.0.1',
        ip: undefined,
        phase: 'Pending',
        ready: false,
        pending: true,
        waiting: { reason: 'ContainerCreating' },
      };
      c.addPending(pod);
      c.events.push({
        name: pod.name,
        namespace: 'default',
        reason: 'FailedCreatePodSandBox',
        message,
        node: 'node-2',
        count: 214,
      });
      c.log('kubelet', 'node-2', [
        componentLine(
          'E',
          'pod_workers.go:965',
          `"Error syncing pod, skipping" err="failed to \\"CreatePodSandbox\\" for \\"worker-5f7d8c9b6-k2m4x_default\\": ${message}"`,
        ),
      ]);
      c.lab.services.push({
        name: 'worker',
        namespace: 'default',
        clusterIP: '10.96.30.30',
        type: 'ClusterIP',
        selector: { app: 'worker' },
        ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
      });
      await c.syncProxy();
      c.ask(c.pod('client'), 'curl -sv -m 4 http://10.96.30.30');
    },
    breaks: ['http client svc/worker'],
    spares: ['http client svc/api', 'ping client api'],
  },
  {
    id: 'flannel-gone-after-reboot',
    cause: 'cni-agent-down',
    alsoAcceptable: ['route-missing'],
    variant: 'flannel',
    // The node was rebooted and flannel does not come up: no tunnel device, no routes; the pods are there.
    inject: async (c) => {
      const node = c.node(3);
      node.broken = {
        'kube-flannel': {
          reason: 'CrashLoopBackOff',
          message: 'back-off 5m0s restarting failed container=kube-flannel',
        },
      };
      c.log('kube-flannel', 'node-3', [
        componentLine(
          'E',
          'main.go:228',
          'Failed to create SubnetManager: error retrieving pod spec for "kube-flannel/kube-flannel-ds-x2x7k": Unauthorized',
        ),
      ]);
      await c.on(
        3,
        `ip link del flannel.1
        iptables -D FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD; iptables -F FLANNEL-FWD; iptables -X FLANNEL-FWD
        iptables -t nat -D POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG; iptables -t nat -F FLANNEL-POSTRTG; iptables -t nat -X FLANNEL-POSTRTG
        rm -f /run/flannel/subnet.env`,
      );
    },
    breaks: ['ping client web/1', 'ping api client', 'http client svc/api'],
    spares: ['ping client web/3', 'ping node/3 node/1', 'ping api web/1'],
  },
];
