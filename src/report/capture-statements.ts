import type { Lang } from '../engine/rulebook/types.js';
import type { CaptureFinding, CaptureFindingId } from '../facts/capture.js';
import { type Catalogues, fill } from './catalogue.js';
import { clip } from './sanitize.js';

/**
 * What each finding says, and what it means, in one sentence. Keys with a colon are said in place of the one before it, those
 * with a plus behind it, where `variantOf` and `clausesOf` say so.
 */
type Key = CaptureFindingId | Variant | Clause;

type Variant =
  | 'echo-unanswered:large'
  | 'echo-partly-unanswered:large'
  | 'echo-unanswered:unsaid'
  | 'echo-partly-unanswered:unsaid'
  | 'connection-reset:server'
  | 'fragmentation-needed:unsaid'
  | 'lost-between:reply'
  | 'lost-between:nodes'
  | 'lost-between:nodes-reply'
  | 'left-outside-tunnel:reply'
  | 'unanswered-beyond:reply';

type Clause = '+about' | '+times' | '+large' | '+inside' | '+alike';

const EN = {
  'syn-unanswered':
    '{client} > {server} tcp: SYN sent {times}x, no answer of any kind: it or the answer is lost or silently dropped',
  'syn-answered-late':
    '{client} > {server} tcp: connected only after {seconds} s and several SYNs: the first ones or their answers were lost',
  'connection-refused':
    '{client} > {server} tcp: refused with a reset: nothing listens on that port there, or a rule rejects it so',
  'connection-rejected':
    '{client} > {server}: rejected with an ICMP error: a firewall or a router on the way does not let it through',
  'reply-from-other-address':
    '{client}: the SYN-ACK comes from an address that was not asked ({answered} instead of {asked}), so the client resets it: the reply was not translated back',
  'reset-by-client':
    '{client} > {server} tcp: the client resets the SYN-ACK: it had given up, or did not ask this address',
  'handshake-unconfirmed':
    '{client} > {server} tcp: the server sends its SYN-ACK again and again, since no ACK comes: the SYN-ACK or the ACK is lost',
  'transfer-stalled':
    '{client} > {server} tcp: connected, then {sender} sends the same {payload} bytes {times}x and no ACK comes: full-size packets (or the ACKs) are lost, as with an MTU that is too large',
  'request-without-response':
    '{client} > {server} tcp: the request was received (ACK) and nothing came back: the network delivered it, the application does not answer',
  'connection-reset': '{client} > {server} tcp: reset by the client after it was connected',
  'connection-reset:server': '{client} > {server} tcp: reset by the server after it was connected',
  retransmissions:
    '{client} > {server} tcp: {count} of {of} packets in one direction were sent again: packets or their ACKs get lost',
  'echo-unanswered':
    '{client} > {server} ping: {times} echo requests (packets of {bytes} bytes), no reply: lost or dropped on the way there or back',
  'echo-unanswered:large':
    '{client} > {server} ping: {times} echo requests in large packets ({bytes} bytes), no reply: see whether small ones pass (MTU)',
  'echo-unanswered:unsaid':
    '{client} > {server} ping: {times} echo requests, no reply: lost or dropped on the way there or back',
  'echo-partly-unanswered:unsaid':
    '{client} > {server} ping: {missing} of {of} echo requests without a reply: some are lost',
  'echo-partly-unanswered':
    '{client} > {server} ping: {missing} of {of} echo requests without a reply (packets of {bytes} bytes): some are lost',
  'echo-partly-unanswered:large':
    '{client} > {server} ping: {missing} of {of} echo requests without a reply, in large packets ({bytes} bytes): some are lost',
  'fragmentation-needed':
    '{from} tells {to}: packet too big, the next link takes at most {mtu} bytes: the sender must send smaller ones',
  'fragmentation-needed:unsaid':
    '{from} tells {to}: packet too big, without saying what would fit: the sender cannot tell how small to send',
  'admin-prohibited': '{from} tells {to}: administratively prohibited: a firewall rule there rejects it',
  'host-unreachable':
    '{from} tells {to}: host unreachable: it gets no answer for the address on its last link (ARP), or a rule rejects it so',
  'net-unreachable': '{from} tells {to}: network unreachable: it has no route there',
  'port-unreachable': '{from} tells {to}: port unreachable: nothing listens on that port, or a rule rejects it so',
  'time-exceeded':
    '{from} tells {to}: time to live exceeded: the packet went in a circle (routing loop), or traceroute',
  'reassembly-timeout': '{from} tells {to}: fragments are missing: some of a large packet got lost on the way',
  'icmp-redirect':
    '{from} tells {to}: there is a better next hop: two routers are on one link, and answers may take another way',
  'dns-unanswered':
    '{client} asked {server} for {name} {type} {times}x and got no answer: the question or the answer is lost',
  'dns-servfail':
    '{server} answered SERVFAIL for {name} {type} (asked by {client}): it could not get an answer from its upstream',
  'dns-refused':
    '{server} refused to answer for {name} {type} (asked by {client}): it does not serve this name or this client',
  'dns-nxdomain':
    '{server} says that {name} {type} does not exist (asked by {client}); of search domains that is usual',
  'dns-slow':
    '{client} asked {server} for {name} {type} and waited {seconds} s for the answer: the server or its upstream is slow',
  'dns-asked-again':
    '{client} asked {server} for {name} {type} {times}x and was answered after {seconds} s: the first question or its answer was lost',
  'dns-answered-twice':
    '{server} answered {times}x for {name} {type} (asked by {client}): packets are doubled, or seen twice on this interface',
  'address-claimed-twice':
    '{ip} is claimed by several MAC addresses ({macs}): two machines have this address, or one replies for the other',
  'arp-unanswered':
    '{ip} was asked for {times}x (ARP or neighbour discovery) and nobody answers: no such machine on this link, or it does not hear',
  'tunnel-unanswered':
    '{kind} tunnel {from} > {to}: {times} packets and none back: the peer does not get them, drops them, or answers another way',
  'tunnel-port-unreachable':
    '{from} tells {to}: nothing receives tunnel packets on UDP port {port}: no tunnel device there, another port, or a firewall',
  'tunnel-source-changes':
    'packets of {inner} come in tunnels from two nodes ({one} and {other}): a duplicate address, or a tunnel address that was translated',
  'tunnel-fragmented':
    '{kind} tunnel {from} > {to}: {times} packets were sent in fragments: the MTU inside of the tunnel is too large for the link',
  'wireguard-handshake-unanswered':
    'WireGuard {from} > {to}: {times} handshakes begun, none answered: wrong keys or endpoint, or UDP does not get through',
  'fragments-incomplete':
    '{incomplete} of {datagrams} fragmented packets are incomplete: fragments get lost or filtered (or were not captured)',
  'bad-ip-checksum':
    '{count} packets with a wrong IP header checksum: they were damaged on the way, and receivers drop them',
  'bad-checksum':
    "{count} packets with a wrong TCP or UDP checksum, sent by {from}: receivers drop them silently; often a NIC's checksum offload of tunnel packets",
  'lost-between': '{from} > {to} {protocol}: requests are on {last} and not on {next}: lost between the two',
  'lost-between:reply': '{from} > {to} {protocol}: replies are on {last} and not on {next}: lost between the two',
  'lost-between:nodes':
    '{from} > {to} {protocol}: requests left {last} and did not arrive at {next}: lost between the nodes',
  'lost-between:nodes-reply':
    '{from} > {to} {protocol}: replies left {last} and did not arrive at {next}: lost between the nodes',
  'left-outside-tunnel':
    '{from} > {to} {protocol}: requests are on {last} and left the node without passing the tunnel device {next}: another route or rule took them',
  'left-outside-tunnel:reply':
    '{from} > {to} {protocol}: replies are on {last} and left the node without passing the tunnel device {next}: another route or rule took them',
  'unanswered-beyond':
    '{from} > {to} {protocol}: requests got as far as {last}, and no reply came back there: what lies behind it was not captured',
  'unanswered-beyond:reply':
    '{from} > {to} {protocol}: replies got as far as {last} and nothing shows that they arrived: what lies behind it was not captured',
  '+about': ' (about {client} > {server})',
  '+times': ' ({times}x)',
  '+large': '; only large packets are lost, small ones pass',
  '+inside': ', inside {node}',
  '+alike': ' ({count} flows alike)',
} as const satisfies Record<Key, string>;

const ZH = {
  'syn-unanswered': '{client} > {server} tcp：SYN 发送了 {times} 次，没有任何应答：SYN 或应答丢失，或被静默丢弃',
  'syn-answered-late': '{client} > {server} tcp：重发多个 SYN、{seconds} 秒后才建立连接：最初的 SYN 或其应答丢失',
  'connection-refused': '{client} > {server} tcp：被 RST 拒绝：该端口没有进程监听，或有规则以 RST 拒绝',
  'connection-rejected': '{client} > {server}：被 ICMP 错误拒绝：途中的防火墙或路由器不予放行',
  'reply-from-other-address':
    '{client}：SYN-ACK 来自未曾请求的地址（是 {answered}，而不是 {asked}），因此客户端回 RST：应答没有被转换回原地址',
  'reset-by-client': '{client} > {server} tcp：客户端用 RST 回应 SYN-ACK：它已放弃，或没有请求过这个地址',
  'handshake-unconfirmed': '{client} > {server} tcp：服务端反复重发 SYN-ACK，因为收不到 ACK：SYN-ACK 或 ACK 丢失',
  'transfer-stalled':
    '{client} > {server} tcp：连接已建立，之后 {sender} 把同样的 {payload} 字节发送了 {times} 次，始终没有 ACK：大包（或 ACK）丢失，常见于 MTU 过大',
  'request-without-response': '{client} > {server} tcp：请求已送达（有 ACK），但没有响应：网络已送达，应用没有回答',
  'connection-reset': '{client} > {server} tcp：连接建立后被客户端重置',
  'connection-reset:server': '{client} > {server} tcp：连接建立后被服务端重置',
  retransmissions: '{client} > {server} tcp：单方向 {of} 个包中有 {count} 个是重传：数据包或其 ACK 丢失',
  'echo-unanswered':
    '{client} > {server} ping：{times} 个 echo 请求（每包 {bytes} 字节），没有回复：在去程或回程丢失或被丢弃',
  'echo-unanswered:large':
    '{client} > {server} ping：{times} 个大包 echo 请求（{bytes} 字节），没有回复：请看小包是否可通（MTU）',
  'echo-unanswered:unsaid': '{client} > {server} ping：{times} 个 echo 请求，没有回复：在去程或回程丢失或被丢弃',
  'echo-partly-unanswered:unsaid': '{client} > {server} ping：{of} 个 echo 请求中有 {missing} 个没有回复：部分丢失',
  'echo-partly-unanswered':
    '{client} > {server} ping：{of} 个 echo 请求中有 {missing} 个没有回复（每包 {bytes} 字节）：部分丢失',
  'echo-partly-unanswered:large':
    '{client} > {server} ping：{of} 个大包 echo 请求（{bytes} 字节）中有 {missing} 个没有回复：部分丢失',
  'fragmentation-needed': '{from} 告知 {to}：数据包过大，下一跳链路最多 {mtu} 字节：发送方必须发更小的包',
  'fragmentation-needed:unsaid': '{from} 告知 {to}：数据包过大，但没有给出可用的大小：发送方无从知道该发多小',
  'admin-prohibited': '{from} 告知 {to}：管理性禁止：那里的防火墙规则拒绝了它',
  'host-unreachable': '{from} 告知 {to}：主机不可达：最后一段链路上该地址没有应答（ARP），或有规则以此拒绝',
  'net-unreachable': '{from} 告知 {to}：网络不可达：它没有到那里的路由',
  'port-unreachable': '{from} 告知 {to}：端口不可达：该端口没有进程监听，或有规则以此拒绝',
  'time-exceeded': '{from} 告知 {to}：TTL 超时：数据包在环路中转圈，或是 traceroute',
  'reassembly-timeout': '{from} 告知 {to}：分片不全：大包的某些分片在途中丢失',
  'icmp-redirect': '{from} 告知 {to}：有更好的下一跳：同一链路上有两个路由器，应答可能走另一条路',
  'dns-unanswered': '{client} 向 {server} 查询 {name} {type} 共 {times} 次，没有应答：查询或应答丢失',
  'dns-servfail': '{server} 对 {name} {type} 应答 SERVFAIL（{client} 查询）：它从上游得不到答案',
  'dns-refused': '{server} 拒绝回答 {name} {type}（{client} 查询）：它不服务此域名或此客户端',
  'dns-nxdomain': '{server} 应答 {name} {type} 不存在（{client} 查询）；搜索域中这很常见',
  'dns-slow': '{client} 向 {server} 查询 {name} {type}，{seconds} 秒后才得到应答：该服务器或其上游很慢',
  'dns-asked-again':
    '{client} 向 {server} 查询 {name} {type} 共 {times} 次，{seconds} 秒后才得到应答：最初的查询或其应答丢失',
  'dns-answered-twice':
    '{server} 对 {name} {type} 应答了 {times} 次（{client} 查询）：数据包重复，或在此接口上被抓到两次',
  'address-claimed-twice': '{ip} 被多个 MAC 地址声称（{macs}）：两台机器使用同一地址，或一台代另一台应答',
  'arp-unanswered': '{ip} 被询问 {times} 次（ARP 或邻居发现），无人应答：此链路上没有这台机器，或它收不到',
  'tunnel-unanswered': '{kind} 隧道 {from} > {to}：发出 {times} 个包，没有一个返回：对端收不到、丢弃，或从另一条路应答',
  'tunnel-port-unreachable':
    '{from} 告知 {to}：UDP 端口 {port} 上没有接收隧道包的一方：没有隧道设备、端口不同，或被防火墙拦截',
  'tunnel-source-changes': '{inner} 的数据包在来自两个节点的隧道中出现（{one} 和 {other}）：地址重复，或隧道地址被转换',
  'tunnel-fragmented': '{kind} 隧道 {from} > {to}：{times} 个包被分片发送：隧道内的 MTU 对链路来说过大',
  'wireguard-handshake-unanswered':
    'WireGuard {from} > {to}：发起 {times} 次握手，没有应答：密钥或端点有误，或 UDP 不通',
  'fragments-incomplete': '{datagrams} 个分片包中有 {incomplete} 个不完整：分片丢失或被过滤（或未被抓到）',
  'bad-ip-checksum': '{count} 个包的 IP 头校验和错误：在途中受损，接收方会丢弃',
  'bad-checksum':
    '{count} 个包的 TCP 或 UDP 校验和错误，发送方为 {from}：接收方会静默丢弃；常见于网卡对隧道包的校验和卸载',
  'lost-between': '{from} > {to} {protocol}：请求在 {last} 上抓到，在 {next} 上没有：丢失在两者之间',
  'lost-between:reply': '{from} > {to} {protocol}：应答在 {last} 上抓到，在 {next} 上没有：丢失在两者之间',
  'lost-between:nodes': '{from} > {to} {protocol}：请求离开了 {last}，没有到达 {next}：丢失在节点之间',
  'lost-between:nodes-reply': '{from} > {to} {protocol}：应答离开了 {last}，没有到达 {next}：丢失在节点之间',
  'left-outside-tunnel':
    '{from} > {to} {protocol}：请求在 {last} 上抓到，离开节点时没有经过隧道设备 {next}：被别的路由或规则带走',
  'left-outside-tunnel:reply':
    '{from} > {to} {protocol}：应答在 {last} 上抓到，离开节点时没有经过隧道设备 {next}：被别的路由或规则带走',
  'unanswered-beyond': '{from} > {to} {protocol}：请求最远到达 {last}，那里没有应答返回：其后的路径没有抓包',
  'unanswered-beyond:reply': '{from} > {to} {protocol}：应答最远到达 {last}，看不出是否送达：其后的路径没有抓包',
  '+about': '（关于 {client} > {server}）',
  '+times': '（{times} 次）',
  '+large': '；仅大包丢失，小包可通',
  '+inside': '（{node} 内部）',
  '+alike': '（同样情形的流共 {count} 条）',
} as const satisfies Record<Key, string>;

/** Does not compile where the languages differ in what they name. */
const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

/** IP packets above this are large for a ping, whose usual ones have 84 bytes. */
const LARGE = 1000;
/** Characters of a single value: names come from strangers. */
const VALUE_LENGTH = 120;

/** What a finding says, in one sentence; all texts that come from the packets are as they were, not made safe. */
export function statementOf(finding: CaptureFinding, lang: Lang): string {
  const texts = CATALOGUES[lang];
  const sentence = [variantOf(finding), ...clausesOf(finding)].map((key) => texts[key]).join('');
  const values = Object.entries(finding.values).map(([name, value]) => [
    name,
    typeof value === 'string' ? clip(value, VALUE_LENGTH) : value,
  ]);
  return fill(sentence, Object.fromEntries(values));
}

function variantOf({ id, values }: CaptureFinding): CaptureFindingId | Variant {
  const isReply = values.direction === 'reply';
  switch (id) {
    case 'connection-reset':
      return values.by === 'server' ? 'connection-reset:server' : id;
    case 'echo-unanswered':
      if (!(Number(values.bytes) > 0)) return 'echo-unanswered:unsaid';
      return Number(values.bytes) > LARGE ? 'echo-unanswered:large' : id;
    case 'echo-partly-unanswered':
      if (!(Number(values.bytes) > 0)) return 'echo-partly-unanswered:unsaid';
      return Number(values.bytes) > LARGE ? 'echo-partly-unanswered:large' : id;
    case 'fragmentation-needed':
      return Number(values.mtu) > 0 ? id : 'fragmentation-needed:unsaid';
    case 'lost-between':
      if (values.lastNode !== values.nextNode) return isReply ? 'lost-between:nodes-reply' : 'lost-between:nodes';
      return isReply ? 'lost-between:reply' : id;
    case 'left-outside-tunnel':
      return isReply ? 'left-outside-tunnel:reply' : id;
    case 'unanswered-beyond':
      return isReply ? 'unanswered-beyond:reply' : id;
    default:
      return id;
  }
}

const ICMP_ERRORS: ReadonlySet<CaptureFindingId> = new Set([
  'fragmentation-needed',
  'admin-prohibited',
  'host-unreachable',
  'net-unreachable',
  'port-unreachable',
  'time-exceeded',
  'reassembly-timeout',
  'icmp-redirect',
  'tunnel-port-unreachable',
]);

function clausesOf({ id, values }: CaptureFinding): Clause[] {
  const clauses: Clause[] = [];
  if (ICMP_ERRORS.has(id)) {
    if (values.client !== undefined) clauses.push('+about');
    if (Number(values.times) > 1) clauses.push('+times');
  }
  if (values.node !== undefined) clauses.push('+inside');
  if (values.only === 'large') clauses.push('+large');
  if (values.last !== undefined && Number(values.count) > 1) clauses.push('+alike');
  return clauses;
}
