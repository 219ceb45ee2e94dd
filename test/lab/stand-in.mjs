import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUTSIDE } from './layout.mjs';
import { enter } from './namespaces.mjs';
import { run } from './run.mjs';
import { tunnelDevice } from './wiring.mjs';

/**
 * Collects a node and its pods with the system's own tools, as a person would: for a podnet that has no collector, and to
 * see whether a fault or the collector is at fault.
 */
export async function standIn(cluster, node, output) {
  const { lab } = cluster;
  const pods = lab.pods.filter((pod) => pod.node === node.name && !pod.gone && !pod.pending);
  await Promise.all([
    runAll(node.pid, join(output, 'nodes', node.name), [...nodeCommands(lab), ...probes(lab, node)]),
    ...pods.map((pod) =>
      runAll(pod.pid, join(output, 'pods', pod.namespace, pod.name), [...podCommands(), ...probes(lab, pod)]),
    ),
  ]);
}

async function runAll(pid, folder, commands) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.fmt'), '%{http_code}_%{size_download}_%{time_total}s');
  const lines = commands.map((command) => {
    const file = command.replaceAll(' ', '_').replaceAll('/', '.');
    return `cd ${folder}; ${command.replace('@fmt', '@.fmt')} > '${file}' 2>&1`;
  });
  await run([...enter(pid), 'xargs', '-P', '8', '-d', '\\n', '-I', '{}', 'timeout', '8', 'bash', '-c', '{}'], {
    input: lines.join('\n'),
    timeoutMs: 180_000,
  });
  await run(['rm', '-f', join(folder, '.fmt')]);
}

function nodeCommands(lab) {
  const device = tunnelDevice(lab.variant);
  return [
    'ip addr',
    'ip -d link',
    'ip -s link',
    'ip route',
    'ip rule',
    'ip neigh',
    'bridge fdb',
    'bridge -d link',
    'sysctl -a',
    'cat /etc/resolv.conf',
    'cat /proc/sys/net/ipv4/ip_forward',
    'iptables-save',
    'iptables-legacy-save',
    'iptables -nvL',
    'iptables -t nat -nvL',
    'nft list ruleset',
    'conntrack -L',
    'conntrack -S',
    'conntrack -C',
    'ss -lntup',
    'ss -s',
    'nstat -a',
    'netstat -s',
    'ethtool -k eth0',
    'ethtool -S eth0',
    'ethtool eth0',
    ...(device ? [`ethtool -k ${device}`, `ip -d link show ${device}`] : []),
    ...lab.nodes.map(({ ip }) => `arping -c 2 -w 2 -I eth0 ${ip}`),
  ];
}

function podCommands() {
  return [
    'ip addr',
    'ip -s link',
    'ip route',
    'ip neigh',
    'ss -lntup',
    'ss -tan',
    'ss -s',
    'netstat -s',
    'cat /etc/resolv.conf',
    'cat /proc/sys/net/ipv4/ip_local_port_range',
  ];
}

function probes(lab, from) {
  const isPod = from.namespace !== undefined;
  const pods = lab.pods.filter((pod) => pod !== from && !pod.gone && !pod.pending);
  const web = lab.pods.filter((pod) => pod.app === 'web' && !pod.gone && !pod.pending);
  const nodes = lab.nodes.map(({ ip, knownAs }) => knownAs ?? ip);
  const ports = lab.services.filter(({ ports }) => ports[0].nodePort);
  return [
    ...pods.map(({ ip }) => `ping -c 2 -i 0.3 -W 1 ${ip}`),
    ...nodes.map((ip) => `ping -c 2 -i 0.3 -W 1 ${ip}`),
    `ping -c 2 -i 0.3 -W 1 ${OUTSIDE.web}`,
    ...(isPod
      ? pods.map(({ ip }) => `ping -M do -s ${lab.variant === 'underlay' ? 1472 : 1422} -c 2 -i 0.3 -W 1 ${ip}`)
      : nodes.map((ip) => `ping -M do -s 1472 -c 2 -i 0.3 -W 1 ${ip}`)),
    ...web.map(({ ip }) => `curl -sv -m 4 http://${ip}:8080`),
    ...web.map(({ ip }) => `curl -s -S -m 4 -o /dev/null -w @fmt http://${ip}:8080/big`),
    ...lab.services
      .filter(({ ports }) => ports[0].port === 80)
      .map(({ clusterIP }) => `curl -sv -m 4 http://${clusterIP}`),
    ...nodes.flatMap((ip) => ports.map((service) => `curl -sv -m 4 http://${ip}:${service.ports[0].nodePort}`)),
    'curl -s -S -m 4 http://10.96.0.1:443',
    `curl -sv -m 4 http://${OUTSIDE.web}`,
    `curl -sv -m 4 http://${OUTSIDE.name}`,
    ...(from.dnsPolicy === 'ClusterFirst' ? ['curl -sv -m 4 http://api.default.svc.cluster.local'] : []),
    'dig +time=2 +tries=1 @10.96.0.10 kubernetes.default.svc.cluster.local',
    ...lab.pods
      .filter(({ app }) => app === 'dns')
      .map(({ ip }) => `dig +time=2 +tries=1 @${ip} kubernetes.default.svc.cluster.local`),
    `dig +time=2 +tries=1 ${OUTSIDE.name}`,
    ...(from.dnsPolicy === 'ClusterFirst' ? ['dig +time=2 +tries=1 api.default.svc.cluster.local'] : []),
  ];
}
