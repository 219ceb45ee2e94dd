import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The benchmark's cluster: nodes with 150 facts each out of 50 distinct vectors, sampled
 * flows between one prober pod a node, and three faults: ip_forward off on one node, a missing route on another, a FORWARD
 * policy of DROP on a third.
 * Everything is a function of the number of nodes and a seed.
 */

/** Mulberry32: a small seeded generator, so that every run measures the same cluster. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const FACTS_PER_NODE = 150;
const VECTORS = 50;

function nodeFacts(index, faults) {
  const vector = index % VECTORS;
  const facts = {
    'sysctl.net.ipv4.ip_forward': faults.forward === index ? 0 : 1,
    'forwarding.off': faults.forward === index,
    'sysctl.net.ipv4.conf.all.rp_filter': vector % 3,
    'sysctl.net.bridge.bridge-nf-call-iptables': 1,
    'routes.missing-pod-cidrs': faults.route === index ? ['10.0.2.0/24'] : [],
    'counter.IpInAddrErrors': faults.forward === index ? 4321 : vector,
    'counter.TcpExtIPReversePathFilter': vector % 5 === 0 ? 1 : 0,
    'conntrack.fill': vector,
    podAttachment: 'bridge',
    tunnel: 'vxlan',
    'tunnel.port': 8472,
    'mtu.nic': 1500,
    'mtu.tunnel-too-large': false,
    'links.down': [],
    'netfilter.forward-verdict': faults.policy === index ? 'drop' : 'accept',
    'netfilter.forward-by': faults.policy === index ? 'policy' : 'rule',
    'cni-agent.ready': true,
    'kube-proxy.ready': true,
    'kube-proxy.rules-present': true,
  };
  for (let i = Object.keys(facts).length; i < FACTS_PER_NODE; i++)
    facts[`sysctl.net.bench.value_${i}`] = (vector * 31 + i) % 97;
  return facts;
}

/** facts.json of a cluster: the text that a collector would send. */
export function clusterFacts(nodes, flows, seed = 1) {
  const next = random(seed);
  const faults = { forward: 3, route: 7, policy: 11 };
  const cut = (node) => node === faults.forward || node === faults.policy;
  const facts = [];
  for (let index = 0; index < nodes; index++) {
    for (const [name, value] of Object.entries(nodeFacts(index, faults)))
      facts.push({ subject: `node/n${index}`, name, value });
  }
  const reachability = [];
  for (let i = 0; i < flows; i++) {
    const from = Math.floor(next() * nodes);
    let to = Math.floor(next() * nodes);
    if (to === from) to = (to + 1) % nodes;
    const ok = !(
      cut(from) ||
      cut(to) ||
      (from === faults.route && to % 10 === 2) ||
      (to === faults.route && from % 10 === 2)
    );
    reachability.push({
      from: { kind: 'pod', node: `n${from}`, ip: `10.${from >> 8}.${from & 255}.2` },
      to: { kind: 'pod', node: `n${to}`, ip: `10.${to >> 8}.${to & 255}.2` },
      proto: 'icmp',
      ok,
      ...(ok ? {} : { error: 'timeout' }),
    });
  }
  return JSON.stringify({
    version: 1,
    cluster: { cni: 'flannel', cniMode: 'vxlan', kubeProxyMode: 'iptables' },
    facts,
    reachability,
  });
}

/** A bundle of raw outputs for the reader: the files of one folder, repeated for many nodes, up to a size. */
export function repeatedBundle(entries, bytes) {
  const repeated = [];
  let total = 0;
  for (let round = 0; total < bytes; round++) {
    for (const { path, bytes: content } of entries) {
      if (!path.startsWith('nodes/')) continue;
      repeated.push({ path: path.replace(/^nodes\/([^/]+)/, `nodes/$1-${round}`), bytes: content });
      total += content.length;
    }
    if (round > 100_000) break;
  }
  return { contents: { entries: repeated, problems: [] }, total };
}

/** Where the mass of a sosreport's files lies: outputs and copies that have nothing to do with the network. */
const OTHERS = [
  'sos_commands/podman/podman_inspect_N',
  'sos_commands/crio/crictl_inspect_N',
  'sos_commands/devices/udevadm_info_--query_all_N',
  'sos_commands/block/lsblk_-f_N',
  'sos_commands/rpm/rpm_-V_N',
  'sos_commands/systemd/systemctl_cat_unit-N.service',
  'sos_commands/selinux/semanage_port_-l_N',
  'sos_commands/filesys/ls_-lanR_.dir-N',
  'etc/pki/ca-trust/extracted/N.pem',
  'proc/N/status',
  'sys/devices/virtual/block/dm-N/stat',
  'usr/lib/tmpfiles.d/N.conf',
  'var/lib/containers/storage/overlay/N/link',
  'var/log/app/N.txt',
];

/**
 * A tree like a sosreport's, in a folder: outputs of networking commands, a system log, and thousands of files that no
 * parser wants. Returns its size in bytes.
 */
export function sosTree(folder, files, bytes, outputs) {
  const next = random(7);
  const host = join(folder, 'sosreport-worker-1-2026-01-01');
  let total = 0;
  const write = (path, content) => {
    const file = join(host, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    total += content.length;
  };
  for (const { path, bytes: content } of outputs) {
    if (path.startsWith('nodes/n1/')) write(`sos_commands/networking/${path.slice('nodes/n1/'.length)}`, content);
  }
  let log = '';
  for (let line = 0; line < 200_000; line++) {
    log += `Jan  1 00:${String(((line / 60) % 60) | 0).padStart(2, '0')}:${String(line % 60).padStart(2, '0')} worker-1 kubelet[1234]: I0101 pod_workers.go:190] syncing pod ${line} (${(next() * 1e9) | 0})\n`;
  }
  write('var/log/messages', log);
  const size = Math.floor((bytes - total) / (files - 50));
  for (let index = 0; index < files - 50; index++) {
    const word = `setting_${(next() * 1e6) | 0} = ${(next() * 1e9) | 0}\n`;
    write(OTHERS[index % OTHERS.length].replace('N', String(index)), word.repeat(Math.ceil(size / word.length)));
  }
  return total;
}
