import type { RuleFile } from '../../../src/engine/rulebook/document.js';

/** A rulebook that is small and right; tests change one thing in it. Paths as in rules/. */
export const SMALL: Readonly<Record<string, string>> = {
  'facts.yaml': `facts:
  - {name: podAttachment, subject: node, type: string, from: derivation topology, about: how pods hang on the node}
  - {name: sysctl.net.ipv4.ip_forward, subject: node, type: number, from: parser sysctl, collect: "sysctl net.ipv4.ip_forward", about: whether it routes}
  - {name: links.down, subject: node, type: list, from: derivation links, collect: "ip link", about: links that are down}
  - {name: pod.ready, subject: pod, type: boolean, from: derivation topology, collect: "kubectl get pod", about: Ready}
  - {name: cni, subject: cluster, type: string, from: derivation topology, about: "flannel, calico"}
  - {name: log.tuned-restart, subject: node, type: boolean, from: log, components: [system], pattern: 'tuned\\[\\d+\\]', about: tuned was restarted}
  - {name: answer.restart-helps, subject: cluster, type: boolean, from: answer, about: a restart heals it}
`,
  'taxonomy.yaml': `categories:
  - {id: unreachable, title: {en: Unreachable, zh: 不通}}
  - {id: not-a-fault, title: {en: Not a fault, zh: 非故障}}
classes:
  - id: unreachable
    title: {en: Unreachable, zh: 不通}
    symptom: {en: It does not answer, zh: 没有回应}
    causes: [ip-forward-disabled]
`,
  'questions.yaml': `questions:
  - id: restart-helps
    text: {en: Does a restart help?, zh: 重启是否有效？}
    fact: answer.restart-helps
    cost: disturb
symptoms:
  - id: pods-unreachable
    class: unreachable
    text: {en: Pods do not answer, zh: Pod 没有回应}
    flows:
      - {from: pod@here, to: pod@there, proto: icmp, error: timeout}
      - {from: pod@here, to: node@here, proto: icmp, state: ok}
legs:
  - id: ping-pod
    text: {en: "Can a pod on {here} ping one on {there}?", zh: "{here} 上的 Pod 能 ping 通 {there} 上的 Pod 吗？"}
    why: {en: It needs forwarding, zh: 需要转发}
    from: pod@here
    to: pod@there
    proto: icmp
    run: kubectl exec POD -- ping -c 3 ADDRESS
    cost: look
`,
  'evidence/kernel.yaml': `- id: ip-forward-off
  subject: node
  when: {all: [{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}]}
  elsewhere: rare
  group: forwarding
  statement: {en: The node does not route, zh: 节点不转发}
- id: ip-forward-on
  subject: node
  when: {not: {fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}}
  elsewhere: common
  statement: {en: The node routes, zh: 节点转发}
  cost: access
- id: pods-not-ready
  subject: node
  some: pod
  when: {fact: pod.ready, operator: equal, value: false}
  elsewhere: sometimes
  statement: {en: A pod is not ready, zh: 有 Pod 未就绪}
  collect: kubectl get pods -A -o wide
`,
  'evidence/told.yaml': `- id: restart-heals
  subject: cluster
  when: {fact: answer.restart-helps, operator: equal, value: true}
  elsewhere: sometimes
  statement: {en: A restart heals it, zh: 重启后恢复}
`,
  'causes/unreachable/ip-forward-disabled.yaml': `id: ip-forward-disabled
category: unreachable
classes: [unreachable]
scope: node
requires: {podAttachment: [bridge, routed]}
prior: normal
title: {en: Forwarding is off, zh: 转发关闭}
mechanism: {en: The node drops what it should route, zh: 节点丢弃本应转发的包}
signature:
  breaks:
    - {leg: "pod>pod@cross-node/*", role: [source, target], as: [timeout], how: always}
    - {leg: "pod>external", role: source, how: often, when: {podAttachment: routed}}
  spares: ["pod>node@own-node/*"]
evidence:
  - {id: ip-forward-off, shows: always, direct: true}
  - {id: pods-not-ready, shows: sometimes}
excludes: [ip-forward-on, restart-heals]
leadsTo: []
fix:
  - {do: {en: Switch it on, zh: 打开}, on: node, run: "sysctl -w net.ipv4.ip_forward=1 # {node}", risk: low, undo: "sysctl -w net.ipv4.ip_forward={sysctl.net.ipv4.ip_forward}"}
verify:
  - do: {en: Look, zh: 查看}
    run: sysctl net.ipv4.ip_forward
    expect: {en: "1", zh: "1"}
persist:
  - {do: {en: Write it down, zh: 写入配置}}
prevent:
  - {do: {en: Watch it, zh: 监控}, alert: {expr: node_forwarding == 0, for: 5m}}
references: ["https://docs.kernel.org/networking/ip-sysctl.html"]
`,
};

export function files(change: Readonly<Record<string, string | undefined>> = {}): RuleFile[] {
  const merged = { ...SMALL, ...change };
  return Object.entries(merged).flatMap(([path, text]) => (text === undefined ? [] : [{ path, text }]));
}

/** The small rulebook with the one occurrence of `from` in a file replaced. */
export function edited(path: string, from: string, to: string): RuleFile[] {
  const text = SMALL[path]!;
  if (text.split(from).length !== 2) throw new Error(`"${from}" must stand once in ${path}`);
  return files({ [path]: text.replace(from, () => to) });
}
