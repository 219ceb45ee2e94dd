import { NOT_A_FAULT } from '../engine/rulebook/words.js';

/** The file of a new cause and its two cases: what is to be written is named beside its key, and left out so that the lint asks for it. */

export interface Skeleton {
  id: string;
  category: string;
  /** The documented classes. */
  classes: readonly string[];
}

/** rules/causes/<category>/<id>.yaml. */
export function causeSkeleton({ id, category, classes }: Skeleton): string {
  const own = classes.includes(category) ? category : '';
  const isFault = category !== NOT_A_FAULT;
  return `id: ${id}
category: ${category}
# Under which documented classes a reporter would look for it (${classes.join(', ')});
# list it under each in rules/taxonomy.yaml too.
classes: [${own}]
# Where it sits: cluster, node, pod or service.
scope: node
# How often it is met: common, normal or rare.
prior: rare
# What is wrong, not what is seen of it.
title:
  en:
  zh:
# Why it breaks what it breaks and spares what it spares, what makes it come and go.
mechanism:
  en:
  zh:
${isFault ? signature() : 'signature: {breaks: [], spares: []}\n# Reasons for expected failures that it explains, where it is met without evidence.\n# explains: [ping-filtered]\n'}# What shows it, by ids of rules/evidence; shows: always, often or sometimes.
# direct: true for what proves it by itself; at least one, where anything does.
#   - {id: ip-forward-off, shows: always, direct: true}
evidence:
# Evidence that rules it out where it is found.
excludes: []
# Causes that it brings about.
leadsTo: []
${isFault ? steps() : 'fix: []\nverify: []\n'}# Documentation by title; upstream issues by project and number.
references:
`;
}

function signature(): string {
  return `# What breaks: from>to[@nearness][/protocol][+large]
#   from, to: pod node clusterip nodeport loadbalancer external dns-internal dns-external *
#   nearness: self own-node same-node cross-node; protocol: icmp tcp udp
#   role: what its subject is to the flow: source entry target resolver path
#   as: timeout refused reset no-route host-unreachable nxdomain servfail stalled slow lossy
#   how: always often sometimes; peers: some, where it hits some peers and not others
#   - {leg: "pod>pod@cross-node/*", role: [source, target], as: [timeout], how: always}
# spares: what keeps working; as telling as what breaks.
signature:
  breaks:
  spares:
`;
}

function steps(): string {
  return `# Steps: do in both languages; on: node, pod, cluster or workstation; run; risk: none, low, medium, high; undo.
#   - do: {en: Switch forwarding on, zh: 打开转发}
#     on: node
#     run: "sysctl -w net.ipv4.ip_forward=1"
#     risk: low
#     undo: "sysctl -w net.ipv4.ip_forward=0"
fix:
# So that it survives a reboot, and what would reset it.
persist:
# A command and, under expect, what it must show.
verify:
# What would have told; alert: {expr: PromQL, for: 5m} where a metric shows it.
prevent:
`;
}

/** The facts.yaml of a case. */
export function bundleSkeleton(): string {
  return `version: 1
# What the reporter says of the cluster, as far as it is known.
cluster: {}
complaint:
# What was tried: kinds pod node clusterip nodeport external dns; ok, or error: timeout, refused, …
#   - {from: {kind: pod, node: n1, ip: 10.244.1.5}, to: {kind: pod, node: n2, ip: 10.244.2.7}, proto: icmp, ok: false, error: timeout}
# What works belongs here too. Raw outputs stand beside this file: nodes/<node>/<command>, logs/<component>/<node>.log.
reachability: []
`;
}

/** The expected.yaml of a case. */
export function expectedSkeleton(id: string, kind: 'hit' | 'near-miss' | 'not-a-fault'): string {
  const names =
    kind === 'near-miss'
      ? `# What it is instead, where one can say.\ncauses: []\nnotCauses: [${id}]\n`
      : `causes: [${id}]\n`;
  return `kind: ${kind}\n${names}# In one sentence: what the bundle shows, and why that is ${kind === 'near-miss' ? 'not the cause' : 'the cause'}.\nwhy:\n`;
}
