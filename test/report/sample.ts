import type { Diagnosis } from '../../src/engine/diagnosis.js';

/** A diagnosis that uses every part of the contract, in either language. `dump` stands wherever a dump has its say. */
export function sampleDiagnosis(lang: 'en' | 'zh' = 'en', dump = ''): Diagnosis {
  const zh = lang === 'zh';
  return {
    version: 1,
    lang,
    rulebook: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    outcome: 'diagnosed',
    verdict: zh
      ? `node/n2${dump} 上的网桥流量绕过 iptables（bridge-nf-call-iptables = 0），可解释全部 12 个症状，已确认，概率 98%。`
      : `Bridged traffic bypasses iptables (bridge-nf-call-iptables = 0) on node/n2${dump}: confirmed, 98%, explains 12 of 12 symptoms.`,
    complaint: `the web pods time out calling http://api, but only the one on n2${dump}`,
    diagnoses: [
      {
        rank: 1,
        cause: 'bridge-nf-call-disabled',
        category: 'service',
        title: zh
          ? '网桥流量绕过 iptables（bridge-nf-call-iptables = 0）'
          : 'Bridged traffic bypasses iptables (bridge-nf-call-iptables = 0)',
        subjects: [`node/n2${dump}`],
        when: 'now',
        probability: 0.984,
        confidence: 'confirmed',
        mechanism: zh
          ? '同一节点上的后端 Pod 直接经网桥应答，应答没有经过 iptables，源地址没有被改回 Service 地址，客户端因此丢弃或重置连接。'
          : 'A backend on the same node answers over the bridge. The answer never passes iptables, so its source is not turned\n  back into the Service address, and the client resets the connection or waits until it times out.',
        because: [
          {
            cause: 'sysctl-reset-by-tool',
            title: zh ? 'tuned 重置了内核参数' : 'A tool reset kernel parameters',
            probability: 0.7,
          },
        ],
        explains: {
          symptoms: 12,
          of: 12,
          legs: ['pod>clusterip@same-node/tcp', 'pod>clusterip@same-node/udp', 'pod>dns-internal'],
        },
        evidence: [
          {
            id: 'bridge-nf-call-iptables-off',
            verdict: 'for',
            present: true,
            weight: 15.1,
            statement: zh ? 'net.bridge.bridge-nf-call-iptables 为 0' : 'net.bridge.bridge-nf-call-iptables is 0',
            facts: [
              {
                subject: `node/n2${dump}`,
                name: 'sysctl.net.bridge.bridge-nf-call-iptables',
                value: 0,
                source: { file: `nodes/n2/sysctl_-a${dump}`, line: 12 },
              },
              {
                subject: 'node/n2',
                name: 'comment',
                value: [`a list${dump}`, 'of two'],
                source: { probe: 'live' },
              },
            ],
          },
          {
            id: 'other-node-clean',
            verdict: 'against',
            present: false,
            weight: -3.2,
            statement: zh ? '其他节点相同' : `other nodes are the same${dump}`,
            facts: [],
          },
          {
            id: 'reply-from-untranslated-address',
            verdict: 'unknown',
            weight: 0,
            statement: zh ? '应答来自未转换的地址' : 'replies come from an address that was not translated',
            facts: [],
            collect: 'tcpdump -ni cni0 -c 200 host 10.244.2.2 and tcp port 8080 and not port 22 or arp or icmp or vrrp',
            reason: `nodes/n2/tcpdump is empty${dump}`,
          },
        ],
        fix: [
          {
            do: zh ? '打开 bridge-nf-call-iptables' : 'Turn bridge-nf-call-iptables on',
            on: `node/n2${dump}`,
            run: 'modprobe br_netfilter\nsysctl -w net.bridge.bridge-nf-call-iptables=1',
            risk: 'low',
            undo: 'sysctl -w net.bridge.bridge-nf-call-iptables=0',
          },
        ],
        persist: [
          {
            do: zh ? '写入 /etc/sysctl.d，使重启后仍然有效' : 'Write it to /etc/sysctl.d, so that it survives a reboot',
            run: "printf 'net.bridge.bridge-nf-call-iptables = 1\\n' > /etc/sysctl.d/90-kubernetes-bridge-netfilter.conf",
          },
        ],
        verify: [
          {
            do: zh ? '再试一次' : 'Try again',
            run: 'curl -m 4 http://10.96.20.20/',
            expect: zh ? '一个应答' : 'an answer',
          },
        ],
        prevent: [{ do: zh ? '在监控中检查此参数' : 'Let monitoring watch the parameter' }],
        references: ['https://kubernetes.io/docs/setup/production-environment/container-runtimes/', `RFC 1918${dump}`],
      },
      {
        rank: 2,
        cause: 'service-rules-missing',
        category: 'service',
        title: zh ? 'Service 规则缺失' : 'Rules of the Service are missing',
        subjects: Array.from({ length: 9 }, (_, index) => `node/n${index + 1}`),
        when: 'past',
        probability: 0.02,
        confidence: 'possible',
        mechanism: zh
          ? '没有规则，Service 地址就不会被转换。'
          : 'Without rules nothing translates the Service address.',
        because: [],
        explains: { symptoms: 5, of: 12, legs: ['pod>clusterip@same-node/tcp'] },
        evidence: [],
        fix: [{ do: zh ? '重启 kube-proxy' : 'Restart kube-proxy', risk: 'medium' }],
        persist: [],
        verify: [],
        prevent: [],
        references: [],
      },
    ],
    notFaults: [
      {
        id: 'clusterip-ping-expected',
        explains: [`pod/default/web > 10.96.20.20 icmp${dump}`],
        statement: zh ? 'ClusterIP 不应答 ping，这是正常的' : 'A ClusterIP does not answer ping, as it should',
      },
    ],
    alsoFound: [
      {
        cause: 'mtu-mismatch',
        title: zh ? 'MTU 不一致' : 'MTU mismatch',
        subjects: ['node/n3'],
        why: zh ? '与症状无关' : 'touches no symptom',
      },
    ],
    unexplained: [
      {
        flow: `pod/default/api > 192.0.2.1:443${dump}`,
        leg: 'pod>external/tcp',
        error: 'timeout',
        source: { file: 'pods/default/api/curl', line: 3 },
      },
    ],
    next: [
      {
        id: 'service-rules',
        text: zh ? '节点上有这个 Service 的规则吗？' : 'Are the rules of the Service on the node?',
        collect: 'iptables-save -t nat | grep 10.96.20.20',
        gain: 0.7,
        cost: 'access',
        separates: ['bridge-nf-call-disabled', 'service-rules-missing'],
      },
    ],
    captured: [
      {
        flow: `10.244.2.3:41944 > 10.96.20.20:80 tcp${dump}`,
        verdict: 'lost',
        direction: 'reply',
        largeOnly: true,
        seenAt: `n2/veth68f93aed${dump}`,
        missingAt: `n2/cni0${dump}`,
        count: 2,
        source: { file: `captures/n2/veth68f93aed.pcap${dump}`, packet: 7 },
      },
      {
        flow: '10.244.1.2:57178 > 203.0.113.53:53 udp',
        verdict: 'unanswered',
        direction: 'request',
        largeOnly: false,
        seenAt: 'n1/eth0',
        count: 1,
        source: { file: 'captures/n1/eth0.txt', line: 3 },
      },
    ],
    timeline: [
      {
        at: '2026-11-18T07:21:33Z',
        what: `rpm upgrade of polkit${dump}`,
        on: 'node/n2',
        source: { file: 'logs/dnf.log', line: 4 },
      },
    ],
    seen: { nodes: 3, pods: 13, services: 4, flows: 96, symptoms: 12, facts: 5120 },
    input: {
      recognised: 34,
      unrecognised: Array.from({ length: 30 }, (_, index) => `nodes/n1/unknown-${index}${dump}`),
      problems: [{ file: `nodes/n1/ip_addr${dump}`, line: 3, message: `not an address: ${dump}` }],
    },
  };
}

/** What a stranger may put into a dump: escapes, direction, Markdown and HTML. */
export const HOSTILE =
  '\u001b[31m\u001b]0;owned\u0007\u202eevil\u2066\u200b\u0085\r\n# <script>alert(1)</script> [click](http://evil.test) `x` | ![i](http://e.test/i.png) www.evil.test @all';
