import { calico } from './calico.scenarios.js';
import { cloudCnis } from './cloud-cnis.scenarios.js';
import { ebpfAndOvs } from './ebpf-and-ovs.scenarios.js';
import { firewalls } from './firewalls.scenarios.js';
import { flannelBackends } from './flannel-backends.scenarios.js';
import { kubeProxyIptables } from './kube-proxy-iptables.scenarios.js';
import { kubeProxyIpvs } from './kube-proxy-ipvs.scenarios.js';
import { partialInput } from './partial-input.scenarios.js';
import type { Scenario } from './scenario.js';

/** Every scenario, by what it is about. */
export const ALL_SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  'kube-proxy with iptables': kubeProxyIptables,
  'kube-proxy with IPVS': kubeProxyIpvs,
  Calico: calico,
  firewalls,
  "clouds' CNIs": cloudCnis,
  'flannel without VXLAN, kubenet, NodeLocal DNS': flannelBackends,
  'eBPF and Open vSwitch': ebpfAndOvs,
  'part of the input': partialInput,
};
