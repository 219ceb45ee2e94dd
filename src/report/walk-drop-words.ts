import type { Lang } from '../engine/rulebook/types.js';
import type { DropReason } from '../facts/walk/result.js';

/** Why a packet ends, and what to look at next. */
export interface DropWords {
  what: string;
  /** One sentence; what is in backticks only reads. */
  next: string;
}

type DropCatalogue = Readonly<Record<DropReason, DropWords>>;

const EN: DropCatalogue = {
  'netfilter-drop': {
    what: 'a packet filter drops it silently: the sender waits until it times out',
    next: 'Find out who wrote that rule (firewalld, ufw, Docker, a CNI, a person) and let pod traffic pass before it; `iptables-save -c`, run twice, shows whether its counter grows.',
  },
  'netfilter-reject': {
    what: 'a packet filter rejects it: the sender is told so at once (refused, or unreachable)',
    next: 'Find out who wrote that rule and whether it is meant; a Service without ready endpoints is rejected in this way too (`kubectl get endpointslices -A`).',
  },
  'network-policy': {
    what: 'a NetworkPolicy selects the pod and none allows this packet',
    next: 'Allow it in a NetworkPolicy, on the side that is named, if it ought to work; `kubectl describe networkpolicy -n NAMESPACE` shows what is allowed now.',
  },
  'no-route': {
    what: 'there is no route to the destination',
    next: "See what ought to have written the route: the CNI's agent on this node, or the network configuration; `ip route get ADDRESS` shows the kernel's own choice.",
  },
  'route-blackhole': {
    what: 'a blackhole route swallows it',
    next: 'A blackhole stands for a block of addresses of which this one is not in use here: see whether the pod is gone, or the route is left over from another CNI; `ip route show type blackhole`.',
  },
  'route-unreachable': {
    what: 'an unreachable route refuses it',
    next: 'See who wrote the route, and whether it is left over; `ip route show table all type unreachable`.',
  },
  'route-prohibit': {
    what: 'a prohibit route or rule refuses it',
    next: 'See who wrote it (a VPN client, a hardening script), and whether it is meant for pods; `ip rule` and `ip route show table all type prohibit`.',
  },
  'not-forwarding': {
    what: 'the node does not forward packets',
    next: 'Forwarding is off, for all devices or for this one: find what resets it (tuned, sysctl.d, a network manager) before it is switched on; `sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding`.',
  },
  'reverse-path': {
    what: 'the reverse-path filter drops it: an answer would leave by another device',
    next: 'Mend the route back, or make rp_filter loose (2) on that device; `sysctl -a | grep rp_filter` and `ip route get SOURCE`.',
  },
  'martian-source': {
    what: 'its source address cannot be from there: the kernel drops it as a martian',
    next: 'The same address is here too, or the packet comes from the wrong side; where a pod asks its own Service, the masquerade for it is missing; `ip addr` and `dmesg | grep martian`.',
  },
  'device-down': {
    what: 'a device on the way is down',
    next: 'See why it is down (cable, driver, a network manager that manages CNI devices); `ip -d link`.',
  },
  'device-missing': {
    what: 'a device on the way is not there',
    next: 'The route names a device that no longer exists: see whether its owner (the CNI, a tunnel) is running; `ip -d link`.',
  },
  'mtu-exceeded': {
    what: 'it is larger than the MTU and must not be fragmented',
    next: 'Make the MTU of the pods fit the smallest MTU on the way, less what the tunnel adds (VXLAN: 50 bytes); `ip link` at both ends, `ping -M do -s SIZE`.',
  },
  'neighbour-failed': {
    what: 'nobody answers for the next address: its neighbour entry has failed',
    next: 'See whether the neighbour is up and on the same link; `ip neigh` and, on the other side, `ip addr`.',
  },
  'neighbour-wrong-mac': {
    what: 'the neighbour entry has a MAC address that is not that of the neighbour',
    next: 'The entry is stale, or two machines have one address; `ip neigh` here, `ip link` there.',
  },
  'nobody-has-address': {
    what: 'no machine here has the address',
    next: 'The pod is gone or has another address now, or a name or Endpoint is out of date; `kubectl get pods -A -o wide`.',
  },
  'no-forwarding-entry': {
    what: 'the tunnel has no entry that says which node to send it to',
    next: "The CNI's agent writes these entries from the Node objects: see its log; `bridge fdb show dev DEVICE` and `ip neigh show dev DEVICE`.",
  },
  'wrong-tunnel-endpoint': {
    what: 'the tunnel sends it to an address that is not that of the right node',
    next: "Compare the entry with the node's address; the agent on either node may have chosen the wrong interface or be stale; `bridge fdb show dev DEVICE`.",
  },
  'tunnel-own-mac': {
    what: "a tunnel's frame bears the receiver's own MAC as its sender",
    next: 'Two nodes have tunnel devices with one MAC, as cloned machines do: compare `ip link show` of both; delete one device and restart its CNI agent.',
  },
  'tunnel-mac-mismatch': {
    what: "the frame in the tunnel is addressed to a MAC that is not the receiving device's",
    next: "The receiver's tunnel device was made anew, or shares its MAC with another; `ip -d link` there, `ip neigh show dev DEVICE` here.",
  },
  'not-in-bridge': {
    what: "the pod's device is not in the bridge",
    next: 'Something took it out (a network manager, another bridge): see what manages it; `bridge link` and `nmcli device`.',
  },
  'no-hairpin': {
    what: 'it would have to leave by the bridge port it came in by, and hairpin mode is off',
    next: 'Switch hairpin mode on in the CNI configuration, or let the bridge be promiscuous; `bridge -d link`.',
  },
  'port-not-forwarding': {
    what: 'the bridge port is not in forwarding state',
    next: 'See why spanning tree keeps it blocked, or who set its state; `bridge -d link`.',
  },
  'no-endpoints': {
    what: 'the Service has no ready endpoint',
    next: "Compare the Service's selector with the pods' labels, and see whether they are ready; `kubectl get endpointslices -A` and `kubectl describe service`.",
  },
  'service-not-translated': {
    what: 'the Service address is not translated there: it goes on as if it were a machine',
    next: 'See whether kube-proxy runs on that node and what its log says, and which of the iptables backends it writes to; `iptables-save -t nat | grep KUBE-SERVICES`, `ipvsadm -Ln`.',
  },
  'nobody-listens': {
    what: 'it arrives, and nothing listens on that address and port',
    next: "See whether the application is up, on which address it listens (127.0.0.1 is not enough), and whether the Service's targetPort is right; `ss -lntup` in the pod.",
  },
  'conntrack-full': {
    what: 'the conntrack table is full: new connections are dropped',
    next: 'See what fills it, and raise the limit if it is meant to; `sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max` and `conntrack -S`.',
  },
  loop: {
    what: 'it goes round in a circle until its time to live runs out',
    next: 'Two routes or forwarding entries point at each other: the steps below show them.',
  },
  'reply-not-recognised': {
    what: 'the reply comes from an address that was not asked: the sender refuses it',
    next: 'The reply passes the place that translated the request without being translated back: see net.bridge.bridge-nf-call-iptables on that node, and whether the reply takes another way.',
  },
  'no-way-back': {
    what: 'it arrives, and the reply has no way back',
    next: 'See the route to the sender at the place where the reply stops; a missing masquerade is the usual reason where the sender is a pod and the target outside; `ip route get SENDER`.',
  },
  'no-address': {
    what: 'the sender has no address there that it could send from',
    next: 'See whether the pod has an address and its interface is there; `ip addr` in the pod, `kubectl describe pod`.',
  },
};

const ZH: DropCatalogue = {
  'netfilter-drop': {
    what: '包过滤规则将其静默丢弃：发送方会一直等到超时',
    next: '查明该规则由谁写入（firewalld、ufw、Docker、CNI 或人工），并在其之前放行 Pod 流量；执行两次 `iptables-save -c` 可看其计数是否增长。',
  },
  'netfilter-reject': {
    what: '包过滤规则将其拒绝：发送方立即得知（被拒绝或不可达）',
    next: '查明该规则由谁写入、是否有意为之；没有就绪端点的 Service 也会这样被拒绝（`kubectl get endpointslices -A`）。',
  },
  'network-policy': {
    what: '有 NetworkPolicy 选中该 Pod，而没有一条允许此包',
    next: '若本应可通，请在所指的一侧用 NetworkPolicy 放行；`kubectl describe networkpolicy -n NAMESPACE` 可看当前允许什么。',
  },
  'no-route': {
    what: '没有到目的地址的路由',
    next: '查看本应写入该路由的一方：此节点上的 CNI 代理，或网络配置；`ip route get ADDRESS` 可看内核自己的选择。',
  },
  'route-blackhole': {
    what: '被 blackhole 路由吞掉',
    next: 'blackhole 代表一段地址，而此地址在本机未使用：查看该 Pod 是否已不存在，或路由是否为其他 CNI 遗留；`ip route show type blackhole`。',
  },
  'route-unreachable': {
    what: '被 unreachable 路由拒绝',
    next: '查明该路由由谁写入、是否为遗留；`ip route show table all type unreachable`。',
  },
  'route-prohibit': {
    what: '被 prohibit 路由或规则拒绝',
    next: '查明由谁写入（VPN 客户端、加固脚本），是否本应影响 Pod；`ip rule` 与 `ip route show table all type prohibit`。',
  },
  'not-forwarding': {
    what: '节点不转发报文',
    next: '转发已关闭（全部或此设备）：先查明是什么将其重置（tuned、sysctl.d、网络管理器）再打开；`sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding`。',
  },
  'reverse-path': {
    what: '被反向路径过滤丢弃：应答会从另一设备离开',
    next: '修正回程路由，或将该设备的 rp_filter 设为宽松（2）；`sysctl -a | grep rp_filter` 与 `ip route get SOURCE`。',
  },
  'martian-source': {
    what: '源地址不可能来自那里：内核将其作为 martian 丢弃',
    next: '此处也有同一地址，或报文来自错误的一侧；若 Pod 访问自身所在的 Service，则缺少为其做的 masquerade；`ip addr` 与 `dmesg | grep martian`。',
  },
  'device-down': {
    what: '途中的设备处于 down 状态',
    next: '查明原因（网线、驱动、管理了 CNI 设备的网络管理器）；`ip -d link`。',
  },
  'device-missing': {
    what: '途中的设备不存在',
    next: '路由指向的设备已不存在：查看其所有者（CNI、隧道）是否在运行；`ip -d link`。',
  },
  'mtu-exceeded': {
    what: '大于 MTU，且不允许分片',
    next: '让 Pod 的 MTU 适合途中最小的 MTU，并减去隧道开销（VXLAN：50 字节）；两端 `ip link`，`ping -M do -s SIZE`。',
  },
  'neighbour-failed': {
    what: '下一跳地址无人应答：邻居表项失败',
    next: '查看邻居是否在线、是否在同一链路；`ip neigh`，对端 `ip addr`。',
  },
  'neighbour-wrong-mac': {
    what: '邻居表项中的 MAC 不是该邻居的',
    next: '表项已过时，或两台机器使用同一地址；本端 `ip neigh`，对端 `ip link`。',
  },
  'nobody-has-address': {
    what: '这里没有机器拥有该地址',
    next: '该 Pod 已不存在或地址已变，或域名、端点已过时；`kubectl get pods -A -o wide`。',
  },
  'no-forwarding-entry': {
    what: '隧道没有表项说明应发往哪个节点',
    next: '这些表项由 CNI 代理根据 Node 对象写入：查看其日志；`bridge fdb show dev DEVICE` 与 `ip neigh show dev DEVICE`。',
  },
  'wrong-tunnel-endpoint': {
    what: '隧道将其发往的地址不是正确节点的',
    next: '将表项与节点地址比较；任一节点的代理可能选错了接口或状态过时；`bridge fdb show dev DEVICE`。',
  },
  'tunnel-own-mac': {
    what: '隧道帧的源 MAC 就是接收节点自己的 MAC',
    next: '两个节点的隧道网卡 MAC 相同（常见于克隆的虚拟机）：对比两边的 `ip link show`，删除其中一个网卡并重启该节点的 CNI 组件。',
  },
  'tunnel-mac-mismatch': {
    what: '隧道内的帧发往的 MAC 不是接收设备的',
    next: '接收端的隧道设备被重建，或与他人 MAC 相同；对端 `ip -d link`，本端 `ip neigh show dev DEVICE`。',
  },
  'not-in-bridge': {
    what: 'Pod 的设备不在网桥中',
    next: '有东西将其移出（网络管理器、另一网桥）：查看由谁管理；`bridge link` 与 `nmcli device`。',
  },
  'no-hairpin': {
    what: '它须从进入的网桥端口再离开，而 hairpin 模式未开启',
    next: '在 CNI 配置中开启 hairpin 模式，或让网桥处于混杂模式；`bridge -d link`。',
  },
  'port-not-forwarding': {
    what: '网桥端口不在转发状态',
    next: '查看生成树为何阻塞它，或由谁设置了状态；`bridge -d link`。',
  },
  'no-endpoints': {
    what: 'Service 没有就绪的端点',
    next: '将 Service 的 selector 与 Pod 标签比较，并查看 Pod 是否就绪；`kubectl get endpointslices -A` 与 `kubectl describe service`。',
  },
  'service-not-translated': {
    what: 'Service 地址在那里没有被转换：被当作普通机器地址继续转发',
    next: '查看该节点上 kube-proxy 是否运行、日志如何、写入哪个 iptables 后端；`iptables-save -t nat | grep KUBE-SERVICES`，`ipvsadm -Ln`。',
  },
  'nobody-listens': {
    what: '已到达，但该地址和端口上没有监听',
    next: '查看应用是否运行、监听在哪个地址（127.0.0.1 不够）、Service 的 targetPort 是否正确；在 Pod 中 `ss -lntup`。',
  },
  'conntrack-full': {
    what: 'conntrack 表已满：新连接被丢弃',
    next: '查看是什么占满了它，若属正常则提高上限；`sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max` 与 `conntrack -S`。',
  },
  loop: {
    what: '循环转发，直到 TTL 耗尽',
    next: '有两条路由或转发表项互相指向：见下面的步骤。',
  },
  'reply-not-recognised': {
    what: '应答来自未曾请求的地址：发送方拒绝',
    next: '应答经过转换请求之处时没有被还原：查看该节点的 net.bridge.bridge-nf-call-iptables，以及应答是否走了另一条路。',
  },
  'no-way-back': {
    what: '已到达，但应答没有回程',
    next: '查看应答停止之处到发送方的路由；发送方是 Pod 而目的在集群外时，常见原因是缺少 masquerade；`ip route get SENDER`。',
  },
  'no-address': {
    what: '发送方没有可用的源地址',
    next: '查看 Pod 是否有地址、接口是否存在；在 Pod 中 `ip addr`，`kubectl describe pod`。',
  },
};

const CATALOGUES: Readonly<Record<Lang, DropCatalogue>> = { en: EN, zh: ZH };

/** Why a packet ends and what to look at next, in one language. */
export function dropWords(reason: DropReason, lang: Lang): DropWords {
  return CATALOGUES[lang][reason];
}
