import { createHash } from 'node:crypto';

export interface ProxiedService {
  /** `default/web`. */
  name: string;
  ip: string;
  port: number;
  proto?: 'tcp' | 'udp';
  /** `10.244.1.2:8080`. */
  endpoints: readonly string[];
  nodePort?: number;
  loadBalancer?: string;
  /** Endpoints on the node itself, with externalTrafficPolicy Local. */
  local?: readonly string[];
  sticky?: boolean;
}

export interface ProxyOptions {
  podCIDR?: string;
  /** KUBE-POSTROUTING without its MASQUERADE: something else rewrote the table. */
  withoutMasquerade?: boolean;
  /** Endpoints' hairpin marks left out. */
  withoutHairpinMark?: boolean;
  /** Rules put before or behind kube-proxy's, by table and chain. */
  before?: Partial<Record<'raw' | 'nat' | 'filter', readonly string[]>>;
  after?: Partial<Record<'raw' | 'nat' | 'filter', readonly string[]>>;
  chains?: Partial<Record<'raw' | 'nat' | 'filter', readonly string[]>>;
  /** The number of a node whose flannel masquerades what its pods send out of the cluster. */
  flannel?: number;
  forwardPolicy?: 'ACCEPT' | 'DROP';
  inputPolicy?: 'ACCEPT' | 'DROP';
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16).toUpperCase();

/** `iptables-save` of a node with kube-proxy 1.28 in iptables mode. */
export function kubeProxySave(services: readonly ProxiedService[], options: ProxyOptions = {}): string {
  const {
    podCIDR = '10.244.0.0/16',
    before,
    after,
    chains,
    forwardPolicy = 'ACCEPT',
    inputPolicy = 'ACCEPT',
  } = options;
  const nat: string[] = [];
  const natChains: string[] = [];
  const filterServices: string[] = [];
  const filterExternal: string[] = [];
  const nodePorts: string[] = [];
  for (const service of services) {
    const { name, ip, port, proto = 'tcp', endpoints, nodePort, loadBalancer, local, sticky } = service;
    const comment = `-m comment --comment "${name}:http cluster IP"`;
    const svc = `KUBE-SVC-${hash(name)}`;
    const ext = `KUBE-EXT-${hash(name)}`;
    const svl = `KUBE-SVL-${hash(name)}`;
    if (endpoints.length === 0) {
      const none = `-m comment --comment "${name}:http has no endpoints"`;
      filterServices.push(
        `-A KUBE-SERVICES -d ${ip}/32 -p ${proto} ${none} -m ${proto} --dport ${port} -j REJECT --reject-with icmp-port-unreachable`,
      );
      if (nodePort !== undefined)
        filterExternal.push(
          `-A KUBE-EXTERNAL-SERVICES -p ${proto} ${none} -m addrtype --dst-type LOCAL -m ${proto} --dport ${nodePort} -j REJECT --reject-with icmp-port-unreachable`,
        );
      continue;
    }
    natChains.push(svc);
    nat.push(
      `-A KUBE-SERVICES -d ${ip}/32 -p ${proto} ${comment} -m ${proto} --dport ${port} -j ${svc}`,
      `-A ${svc} ! -s ${podCIDR} -d ${ip}/32 -p ${proto} ${comment} -m ${proto} --dport ${port} -j KUBE-MARK-MASQ`,
    );
    nat.push(...jumpsTo(svc, name, endpoints, sticky === true));
    for (const endpoint of endpoints) {
      const sep = `KUBE-SEP-${hash(`${name} ${endpoint}`)}`;
      natChains.push(sep);
      const address = endpoint.split(':')[0]!;
      if (options.withoutHairpinMark !== true)
        nat.push(`-A ${sep} -s ${address}/32 -m comment --comment "${name}:http" -j KUBE-MARK-MASQ`);
      const recent = sticky === true ? ` -m recent --set --name ${sep} --mask 255.255.255.255 --rsource` : '';
      nat.push(
        `-A ${sep} -p ${proto} -m comment --comment "${name}:http"${recent} -m ${proto} -j DNAT --to-destination ${endpoint}`,
      );
    }
    if (nodePort === undefined && loadBalancer === undefined) continue;
    natChains.push(ext);
    if (loadBalancer !== undefined)
      nat.push(
        `-A KUBE-SERVICES -d ${loadBalancer}/32 -p ${proto} -m comment --comment "${name}:http loadbalancer IP" -m ${proto} --dport ${port} -j ${ext}`,
      );
    if (nodePort !== undefined)
      nodePorts.push(
        `-A KUBE-NODEPORTS -p ${proto} -m comment --comment "${name}:http" -m ${proto} --dport ${nodePort} -j ${ext}`,
      );
    if (local === undefined)
      nat.push(
        `-A ${ext} -m comment --comment "masquerade traffic for ${name}:http external destinations" -j KUBE-MARK-MASQ`,
        `-A ${ext} -j ${svc}`,
      );
    else {
      nat.push(
        `-A ${ext} -s ${podCIDR} -m comment --comment "pod traffic for ${name}:http external destinations" -j ${svc}`,
        `-A ${ext} -m comment --comment "masquerade LOCAL traffic for ${name}:http external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
        `-A ${ext} -m comment --comment "route LOCAL traffic for ${name}:http external destinations" -m addrtype --src-type LOCAL -j ${svc}`,
      );
      if (local.length > 0) {
        natChains.push(svl);
        nat.push(`-A ${ext} -j ${svl}`, ...jumpsTo(svl, name, local, false));
      } else if (nodePort !== undefined)
        filterExternal.push(
          `-A KUBE-EXTERNAL-SERVICES -p ${proto} -m comment --comment "${name}:http has no local endpoints" -m addrtype --dst-type LOCAL -m ${proto} --dport ${nodePort} -j DROP`,
        );
    }
  }
  const of = (table: 'raw' | 'nat' | 'filter', rules: readonly string[]): string[] => [
    ...(before?.[table] ?? []),
    ...rules,
    ...(after?.[table] ?? []),
  ];
  const named = (table: 'raw' | 'nat' | 'filter', own: readonly string[]): string[] =>
    [...own, ...(chains?.[table] ?? [])].map((chain) => `:${chain} - [0:0]`);
  const text = ['# Generated by iptables-save v1.8.7 on Mon Jan  8 10:00:00 2024'];
  if (before?.raw !== undefined || after?.raw !== undefined)
    text.push(
      '*raw',
      ':PREROUTING ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ...named('raw', []),
      ...of('raw', []),
      'COMMIT',
    );
  text.push(
    '*mangle',
    ...['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY', 'KUBE-PROXY-CANARY'].map((chain) => `:${chain} - [0:0]`),
    'COMMIT',
    '*filter',
    `:INPUT ${inputPolicy} [0:0]`,
    `:FORWARD ${forwardPolicy} [0:0]`,
    ':OUTPUT ACCEPT [0:0]',
    ...named('filter', [
      'KUBE-EXTERNAL-SERVICES',
      'KUBE-FIREWALL',
      'KUBE-FORWARD',
      'KUBE-NODEPORTS',
      'KUBE-PROXY-FIREWALL',
      'KUBE-SERVICES',
    ]),
    ...of('filter', [
      '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
      '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
      '-A INPUT -j KUBE-FIREWALL',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
      '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A OUTPUT -j KUBE-FIREWALL',
      ...filterExternal,
      '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      ...filterServices,
    ]),
    'COMMIT',
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...named('nat', [
      'KUBE-KUBELET-CANARY',
      'KUBE-MARK-MASQ',
      'KUBE-NODEPORTS',
      'KUBE-POSTROUTING',
      'KUBE-SERVICES',
      ...(options.flannel === undefined ? [] : ['FLANNEL-POSTRTG']),
      ...natChains,
    ]),
    ...of('nat', [
      '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
      ...(options.flannel === undefined ? [] : flannelMasquerade(options.flannel)),
      '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
      ...nodePorts,
      '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
      ...(options.withoutMasquerade === true
        ? []
        : [
            '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
          ]),
      ...nat,
      '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ]),
    'COMMIT',
    '# Completed on Mon Jan  8 10:00:00 2024',
  );
  return text.map((line) => `${line}\n`).join('');
}

/** What flanneld 0.22 with --ip-masq appends to POSTROUTING. */
function flannelMasquerade(n: number): string[] {
  return [
    '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
    '-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN',
    `-A FLANNEL-POSTRTG -s 10.244.${n}.0/24 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.${n}.0/24 -m comment --comment "flanneld masq" -j RETURN`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.${n}.0/24 -m comment --comment "flanneld masq" -j RETURN`,
    '-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
    '-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
  ];
}

function jumpsTo(chain: string, name: string, endpoints: readonly string[], sticky: boolean): string[] {
  const seps = endpoints.map((endpoint) => ({ endpoint, sep: `KUBE-SEP-${hash(`${name} ${endpoint}`)}` }));
  const recent = sticky
    ? seps.map(
        ({ endpoint, sep }) =>
          `-A ${chain} -m comment --comment "${name}:http -> ${endpoint}" -m recent --rcheck --seconds 10800 --reap --name ${sep} --mask 255.255.255.255 --rsource -j ${sep}`,
      )
    : [];
  const drawn = seps.map(({ endpoint, sep }, i) => {
    const left = seps.length - i;
    const draw = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}`;
    return `-A ${chain} -m comment --comment "${name}:http -> ${endpoint}"${draw} -j ${sep}`;
  });
  return [...recent, ...drawn];
}
