import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../../../src/facts/derive/ipv4.js';
import { chainAt, ENVIRONMENT, filterOf, forwarded, packet, words } from './node-filter.js';

type Sent = Parameters<typeof packet>[0];

/** A rule's conditions, packets that it takes, packets that it does not, packets of which that cannot be told. */
const TABLE: [conditions: string, yes: Sent[], no: Sent[], maybe: Sent[]][] = [
  ['-s 10.244.2.0/24', [{}], [{ src: '10.244.3.7' }], [{ src: '10.244.0.0/16' }]],
  ['! -s 10.244.2.0/24', [{ src: '10.244.3.7' }], [{}], [{ src: '10.244.0.0/16' }]],
  ['-d 10.244.1.5/32', [{}], [{ dst: '10.244.1.4' }], [{ dst: '10.244.1.0/24' }]],
  ['-d 10.244.1.5', [{}], [{ dst: '10.244.1.6' }], []],
  ['-m iprange --src-range 10.244.2.1-10.244.2.7', [{}], [{ src: '10.244.2.8' }], [{ src: '10.244.2.0/24' }]],
  ['-m iprange ! --dst-range 10.244.1.0-10.244.1.4', [{}], [{ dst: '10.244.1.4' }], []],
  ['-p tcp', [{}], [{ proto: 'udp' }, { proto: 'icmp' }], []],
  ['! -p tcp', [{ proto: 'udp' }], [{}], []],
  ['-p ipv4', [{ proto: 'ipencap' }], [{}], []],
  ['-p 47', [{ proto: 'gre' }], [{}], []],
  ['-p all', [{}, { proto: 'gre' }], [], []],
  ['-i eth0', [{}], [{ in: 'eth01' }], [{ in: undefined }]],
  ['-i eth+', [{}, { in: 'eth' }], [{ in: 'et' }], [{ in: undefined }]],
  ['! -o cni0', [{ out: 'flannel.1' }], [{}], [{ out: undefined }]],
  ['-p tcp -m tcp --dport 80', [{}], [{ dport: 81 }, { proto: 'udp' }], []],
  ['-p tcp -m tcp ! --dport 80', [{ dport: 81 }], [{}, { proto: 'udp', dport: 81 }], []],
  ['-p tcp -m tcp --dport 80:90', [{}, { dport: 90 }], [{ dport: 91 }], []],
  ['-p tcp -m tcp --dport :80', [{}], [{ dport: 81 }], []],
  ['-p tcp -m tcp --sport 1024:', [{}], [{ sport: 1023 }], []],
  ['-p tcp -m multiport --dports 22,80,8000:8080', [{}, { dport: 8080 }], [{ dport: 8081 }, { dport: 23 }], []],
  ['-p tcp -m multiport ! --dports 22,443', [{}], [{ dport: 22 }], []],
  ['-p udp -m multiport --sports 53', [{ proto: 'udp', sport: 53 }], [{ proto: 'udp', dport: 53 }], []],
  ['-p tcp -m multiport --ports 40000', [{}, { dport: 40000, sport: 1 }], [{ sport: 1 }], []],
  ['-p tcp -m tcp --dport 80 -m tcp --dport 90', [], [{}, { dport: 90 }], []],
  [
    '-p icmp -m icmp --icmp-type 8',
    [{ proto: 'icmp' }],
    [{ proto: 'icmp', icmpType: 0 }, {}],
    [{ proto: 'icmp', icmpType: undefined }],
  ],
  ['-p icmp -m icmp --icmp-type echo-reply', [{ proto: 'icmp', icmpType: 0 }], [{ proto: 'icmp' }], []],
  ['-p icmp -m icmp ! --icmp-type 8', [{ proto: 'icmp', icmpType: 3 }], [{ proto: 'icmp' }], []],
  ['-p icmp -m icmp --icmp-type 3/4', [], [{ proto: 'icmp' }], [{ proto: 'icmp', icmpType: 3 }]],
  ['-p icmp -m icmp --icmp-type any', [{ proto: 'icmp', icmpType: 5 }], [{}], []],
  ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', [{}], [{ tcp: 'ack' }, { tcp: 'syn-ack' }], [{ tcp: undefined }]],
  ['-p tcp -m tcp --syn', [{}], [{ tcp: 'ack' }], []],
  ['-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN', [{ tcp: 'ack' }, { tcp: 'syn-ack' }], [{}], []],
  ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE', [], [{}, { tcp: 'syn-ack' }], []],
  ['-p tcp -m tcp --tcp-flags SYN,RST SYN', [{}, { tcp: 'syn-ack' }], [{ tcp: 'ack' }], []],
  ['-p tcp -m tcp --tcp-flags PSH,ACK PSH', [], [{}, { tcp: 'syn-ack' }, { tcp: 'ack' }], []],
  ['-m comment --comment "-j DROP --dport 9"', [{}], [], []],
  [
    '-m mark --mark 0x4000/0x4000',
    [{ mark: 0x4000 }, { mark: 0x14001 }],
    [{ mark: 0x8000 }, {}],
    [{ mark: undefined }],
  ],
  ['-m mark ! --mark 0x4000/0x4000', [{}], [{ mark: 0x4000 }], [{ mark: undefined }]],
  ['-m mark --mark 0x0/0xff0000', [{}, { mark: 0xffff }], [{ mark: 0x10000 }], []],
  ['-m mark --mark 0x80000000/0x80000000', [{ mark: 0x80000000 }], [{}], []],
  [
    '-m connmark --mark 0x1',
    [{ connmark: 1 }],
    [{}, { connmark: 3 }, { connmark: 1, state: 'UNTRACKED' }],
    [{ connmark: undefined }],
  ],
  ['-m mark --mark 0x1 -m connmark ! --mark 0x2', [{ mark: 1 }], [{ mark: 1, connmark: 2 }, {}], []],
  ['-m mark ! --mark 0x1/0x1 -m mark ! --mark 0x2/0x2', [{}, { mark: 4 }], [{ mark: 1 }, { mark: 2 }], []],
  [
    '-m conntrack --ctstate RELATED,ESTABLISHED',
    [{ state: 'ESTABLISHED' }, { state: 'RELATED' }],
    [{}, { state: 'INVALID' }],
    [],
  ],
  ['-m conntrack ! --ctstate RELATED,ESTABLISHED', [{}, { state: 'INVALID' }], [{ state: 'ESTABLISHED' }], []],
  ['-m state --state INVALID', [{ state: 'INVALID' }], [{}], []],
  [
    '-m conntrack --ctstate DNAT',
    [{ translated: { dst: true, src: false } }],
    [{}, { translated: { dst: false, src: true } }],
    [],
  ],
  [
    '-m conntrack --ctstate NEW,SNAT',
    [{}, { state: 'ESTABLISHED', translated: { dst: false, src: true } }],
    [{ state: 'ESTABLISHED' }],
    [],
  ],
  ['-m conntrack --ctstate UNTRACKED', [{ state: 'UNTRACKED' }], [{}], []],
  ['-m conntrack --ctdir ORIGINAL', [{}], [{ state: 'UNTRACKED' }], [{ state: 'ESTABLISHED' }]],
  ['-m conntrack --ctorigdst 10.244.1.5', [{}], [{ dst: '10.244.1.6' }], [{ translated: { dst: true, src: false } }]],
  ['-m conntrack --ctorigdstport 80', [{}], [{ dport: 81 }], [{ state: 'ESTABLISHED' }]],
  ['-m conntrack --ctstatus ASSURED', [], [{}], [{ state: 'ESTABLISHED' }]],
  ['-m conntrack ! --ctstatus SEEN_REPLY', [{}], [{ state: 'ESTABLISHED' }, { state: 'INVALID' }], []],
  ['-m conntrack --ctexpire 30', [], [], [{}]],
  ['-m conntrack --ctstate NEW -m conntrack --ctstate DNAT', [{ translated: { dst: true, src: false } }], [{}], []],
  ['-m addrtype --dst-type LOCAL', [{ dst: '10.0.0.1' }], [{}], [{ dst: '10.0.0.0/24' }]],
  ['-m addrtype ! --dst-type LOCAL', [{}], [{ dst: '10.0.0.1' }], []],
  ['-m addrtype --src-type LOCAL', [{ src: '10.0.0.1' }], [{ dst: '10.0.0.1' }], []],
  [
    '-m addrtype ! --src-type LOCAL -m addrtype --dst-type LOCAL',
    [{ dst: '10.0.0.1' }],
    [{}, { src: '10.0.0.1', dst: '10.0.0.1' }],
    [],
  ],
  ['-m addrtype --dst-type MULTICAST,BROADCAST', [{ dst: '224.0.0.1' }, { dst: '255.255.255.255' }], [{}], []],
  ['-m addrtype --dst-type LOCAL --limit-iface-in', [], [{}], [{ dst: '10.0.0.1' }]],
  ['-m pkttype --pkt-type broadcast', [{ dst: '255.255.255.255' }], [{}], []],
  ['-m pkttype --pkt-type unicast', [{}], [{ dst: '224.0.0.5' }], []],
  ['-m length --length 1400:65535', [{ size: 1500 }], [{}], [{ size: undefined }]],
  ['-m length ! --length 60', [{ size: 61 }], [{}], []],
  ['-m physdev --physdev-is-bridged', [{ bridged: true }], [{}], [{ bridged: undefined }]],
  ['-m physdev ! --physdev-is-bridged', [{}], [{ bridged: true }], []],
  ['-m physdev --physdev-in veth1', [{ bridged: true, physIn: 'veth1' }], [{ bridged: true, physIn: 'veth2' }, {}], []],
  ['-m physdev --physdev-out veth+', [{ bridged: true, physOut: 'veth9' }], [{ bridged: true, physOut: 'eth0' }], []],
  ['-m physdev --physdev-is-in', [{ physIn: 'veth1' }], [{}], []],
  ['-m statistic --mode random --probability 1.00000000000', [{}], [], []],
  ['-m statistic --mode random --probability 0.00000000000', [], [{}], []],
  ['-m statistic --mode nth --every 1 --packet 0', [{}], [], []],
  ['-m owner --uid-owner 0', [], [{}], []],
  ['-m owner ! --uid-owner 0', [{}], [], []],
  ['-m recent --set --name x --mask 255.255.255.255 --rsource', [{}], [], []],
  ['-m recent --update --seconds 60 --name x --mask 255.255.255.255 --rsource', [], [], [{}]],
  ['-f', [], [{}], []],
  ['-p udp -m limit --limit 3/min', [], [{}], [{ proto: 'udp' }]],
  ['-m set --match-set unheard-of src', [], [], [{}]],
  ...[
    '-m limit --limit 25/min --limit-burst 100',
    '-p tcp -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name x',
    '-p tcp -m connlimit --connlimit-above 100 --connlimit-mask 32 --connlimit-saddr',
    '-m time --timestart 08:00:00 --timestop 18:00:00',
    '-m string --string "GET /" --algo bm --to 65535',
    '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"',
    '-m rpfilter --loose --validmark',
    '-m cgroup --path kubelet',
    '-m ttl --ttl-eq 1',
    '-m dscp --dscp 0x2e',
    '-m newfangled --dport 80',
    '-m socket',
    '-m rpfilter',
    '-m mac --mac-source 02:00:00:00:00:01',
    '-m policy --dir in --pol ipsec',
    '-m ipvs --vproto 6',
    '-m u32 --u32 "0x0&0xff=0x1"',
  ].map((conditions): [string, Sent[], Sent[], Sent[]] => [conditions, [], [], [{}]]),
  ['-m comment --comment "not -m socket"', [{}], [], []],
];

const EXPECTED = { yes: 'drop', no: 'accept', maybe: 'doubt: accept/drop' } as const;

/** Networks may be given for addresses. */
function sentOf(properties: Sent): ReturnType<typeof packet> {
  const sent = packet(properties);
  for (const side of ['src', 'dst'] as const) {
    const text = properties?.[side];
    if (text !== undefined) sent[side] = parseNetwork(text);
  }
  return sent;
}

describe('a rule takes what its conditions say', () => {
  const rows = TABLE.flatMap(([conditions, yes, no, maybe]) =>
    Object.entries({ yes, no, maybe }).flatMap(([match, packets]) =>
      packets.map((sent) => ({ conditions, match: match as 'yes' | 'no' | 'maybe', sent })),
    ),
  );
  it.each(rows)('$conditions: $match of $sent', ({ conditions, match, sent }) => {
    expect(words(forwarded(`-A FORWARD ${conditions} -j DROP`, sentOf(sent)))).toBe(EXPECTED[match]);
  });
});

describe('devices that a hook does not have', () => {
  const save = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:COMMON - [0:0]
-A INPUT -j COMMON
-A OUTPUT -j COMMON
`;
  const at = (rule: string, hook: 'input' | 'output', sent: Sent) =>
    words(
      chainAt(filterOf(`${save}${rule}\nCOMMIT\n`), hook, `filter ${hook.toUpperCase()}`).evaluate(
        packet(sent),
        ENVIRONMENT,
      ),
    );

  it('match no rule for one', () => {
    expect(at('-A COMMON -o eth0 -j DROP', 'input', { out: undefined })).toBe('accept');
    expect(at('-A COMMON -i eth0 -j DROP', 'output', { in: undefined })).toBe('accept');
  });

  it('match a rule for any but one', () => {
    expect(at('-A COMMON ! -i lo -j DROP', 'output', { in: undefined })).toBe('drop');
  });

  it("leave the owner of a local program's packet open", () => {
    expect(at('-A COMMON -m owner --uid-owner 0 -j DROP', 'output', { in: undefined })).toBe('doubt: accept/drop');
  });
});

describe('listings', () => {
  const listed = (row: string, sent: Sent = {}, verbose = true) =>
    words(
      chainAt(
        filterOf({
          [verbose ? 'iptables_-nvL' : 'iptables_-nL']: `Chain FORWARD (policy ACCEPT 0 packets, 0 bytes)
${verbose ? ' pkts bytes target     prot opt in     out     source               destination' : 'target     prot opt source               destination'}
${row}
`,
        }),
        'forward',
        'filter FORWARD',
      ).evaluate(packet(sent), ENVIRONMENT),
    );

  it.each([
    ['tcp flags:0x17/0x02', {}, 'drop'],
    ['tcp flags:0x17/0x02', { tcp: 'ack' as const }, 'accept'],
    ['tcp flags:!0x17/0x02', {}, 'accept'],
    ['ADDRTYPE match src-type LOCAL', { src: '10.0.0.1' }, 'drop'],
    ['ADDRTYPE match src-type !LOCAL', { src: '10.0.0.1' }, 'accept'],
    ['connmark match  0x1', { connmark: 1 }, 'drop'],
    ['source IP range 10.244.2.1-10.244.2.7', {}, 'drop'],
    ['destination IP range 10.244.2.1-10.244.2.7', {}, 'accept'],
    ['PHYSDEV match --physdev-is-bridged', { bridged: true }, 'drop'],
    ['PHYSDEV match ! --physdev-is-bridged', { bridged: true }, 'accept'],
    ['limit: avg 3/min burst 5', {}, 'doubt: accept/drop'],
    ['STRING match  "x" ALGO name bm', {}, 'doubt: accept/drop'],
  ])('%s', (condition, sent, expected) => {
    expect(
      listed(
        `    0     0 DROP       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            ${condition}`,
        sent,
      ),
    ).toBe(expected);
  });

  it('tell types of ICMP', () => {
    const row = '    0     0 DROP       icmp --  *      *       0.0.0.0/0            0.0.0.0/0            icmptype 8';
    expect(listed(row, { proto: 'icmp' })).toBe('drop');
    expect(listed(row, { proto: 'icmp', icmpType: 0 })).toBe('accept');
  });

  it('leave every rule open where they do not print the devices', () => {
    expect(listed('DROP       all  --  0.0.0.0/0            0.0.0.0/0', {}, false)).toBe('doubt: accept/drop');
  });
});
