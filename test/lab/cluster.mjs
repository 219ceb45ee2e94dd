import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { proxyRules } from './kube-proxy.mjs';
import { layout, OUTSIDE, uuid } from './layout.mjs';
import {
  appear,
  bridgeBatch,
  enter,
  holdNamespaces,
  ipBatch,
  pause,
  script,
  setSysctls,
  startIn,
} from './namespaces.mjs';
import { run } from './run.mjs';
import { fabricWiring, nodeWiring, podWiring, tunnelFdb } from './wiring.mjs';

/** Where clusters keep their files: one folder each, named after the process that owns it. */
export const CLUSTERS = join(tmpdir(), 'podnet-lab');

const PROCESSES = fileURLToPath(new URL('./processes/', import.meta.url));
let made = 0;

/**
 * A cluster of three nodes in namespaces: `lab.nodes` and `lab.pods` with their PIDs, `fabric` the PID of the network between
 * them, `folder` its files. What a fault changes of `lab` (readiness, selectors, ports) the objects and rules are made from.
 */
export class Cluster {
  constructor(state) {
    Object.assign(this, state);
    // Added to the bundle by component: what the logs of a real node would say of the fault.
    this.logs ??= [];
    this.events ??= [];
    this.policies ??= [];
    this.objects ??= {};
    this.asked ??= [];
    this.extraDnsLog ??= [];
  }

  /** Makes a cluster; it ends with this process unless `outlives`. */
  static async up(variant, { outlives = false, name } = {}) {
    made += 1;
    const folder = join(CLUSTERS, name ?? `pn${process.pid}x${made}`);
    for (const part of ['pids', 'holders', 'log', 'ready', 'etc']) mkdirSync(join(folder, part), { recursive: true });
    const cluster = new Cluster({ folder, variant, lab: layout(variant) });
    try {
      await cluster.#make(outlives);
    } catch (error) {
      await cluster.down();
      throw error;
    }
    cluster.save();
    return cluster;
  }

  /** The cluster whose state lies in a folder. */
  static load(folder) {
    return new Cluster(JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8')));
  }

  save() {
    writeFileSync(join(this.folder, 'cluster.json'), JSON.stringify(this));
  }

  async #make(outlives) {
    const { lab, folder } = this;
    this.fabric = await holdNamespaces(folder, { name: 'fabric', outlives });
    this.owner = owned(outlives ? this.fabric : process.pid);
    this.holder = owned(this.fabric);
    writeFileSync(join(folder, 'owner.json'), JSON.stringify({ owner: this.owner, holder: this.holder }));
    await Promise.all(
      lab.nodes.map(async (node) => {
        node.pid = await holdNamespaces(folder, { name: node.name, within: this.fabric, setup: this.#nodeFiles(node) });
        for (const pod of lab.pods.filter((each) => each.node === node.name)) await this.#holdPod(node, pod);
      }),
    );
    const fabric = fabricWiring(lab, OUTSIDE);
    await setSysctls(this.fabric, fabric.sysctls);
    await ipBatch(this.fabric, fabric.ip);
    const outside = this.#startOutside();
    await Promise.all([outside, ...lab.nodes.map((node) => this.#wireNode(node))]);
    if (this.variant !== 'underlay') await Promise.all(lab.nodes.map((node) => this.#writeRuntime(node)));
  }

  /** The container runtime's own tool, as far as it tells of pods: nodes of the underlay variant have none. */
  async #writeRuntime(node) {
    const pods = this.lab.pods.filter((pod) => pod.node === node.name);
    const items = pods.map((pod) => ({
      id: pod.netns.replace(/\W/g, ''),
      metadata: { name: pod.name, namespace: pod.namespace, uid: uuid(`${pod.namespace}/${pod.name}`), attempt: 0 },
      state: 'SANDBOX_READY',
    }));
    const cases = pods.map(
      (pod, i) => `"inspectp -o json ${items[i].id}") echo '{"info": {"pid": ${pidWithin(pod.pid)}}}';;`,
    );
    const program = [
      '#!/bin/bash',
      'case "$*" in',
      `"pods --state Ready -o json") echo '${JSON.stringify({ items })}';;`,
      ...cases,
    ];
    program.push('*) echo "crictl: unknown command" >&2; exit 1;;', 'esac');
    const tool = '/usr/local/sbin/crictl';
    await script(
      node.pid,
      `mount -t tmpfs tmpfs /usr/local/sbin\ncat > ${tool} <<'END'\n${program.join('\n')}\nEND\nchmod +x ${tool}`,
    );
  }

  async #wireNode(node) {
    const { lab } = this;
    const wiring = nodeWiring(lab, node);
    // What new interfaces inherit is set before there are any.
    const own = Object.entries(wiring.sysctls);
    const later = own.filter(([name]) => /conf\.(?!all|default)/.test(name));
    await setSysctls(node.pid, Object.fromEntries(own.filter((entry) => !later.includes(entry))));
    await ipBatch(node.pid, wiring.ip);
    const fdb = tunnelFdb(lab, node);
    if (fdb.length > 0) await bridgeBatch(node.pid, fdb);
    if (later.length > 0) await setSysctls(node.pid, Object.fromEntries(later));
    await this.syncProxy(node);
    const pods = lab.pods.filter((pod) => pod.node === node.name);
    await Promise.all([
      ...pods.map(async (pod) => {
        await ipBatch(pod.pid, podWiring(lab, node, pod));
        await this.startApp(pod);
      }),
      this.#startAgents(node),
    ]);
  }

  /** Mounts of a node: its own /etc, /run and /sys, with what kubelet, the CNI and flannel leave there. */
  #nodeFiles(node) {
    const etc = join(this.folder, 'etc', node.name);
    const lines = [
      `mkdir -p ${etc}/up ${etc}/work`,
      // The machine's /etc with the node's own changes over it; where overlays of it cannot be made, only single files.
      `mount -t tmpfs tmpfs ${etc}; mkdir ${etc}/up ${etc}/work`,
      `mount -t overlay overlay -o lowerdir=/etc,upperdir=${etc}/up,workdir=${etc}/work /etc`,
      'mount -t tmpfs tmpfs /run; mkdir -p /run/netns /run/lock',
      'mount -t sysfs sysfs /sys',
      // The kernel log is the machine's: what other clusters and tests make it say is not of this node.
      'mount --bind /dev/null /dev/kmsg',
      `echo ${node.name} > /etc/hostname`,
      `rm -f /etc/resolv.conf; echo nameserver ${OUTSIDE.resolver} > /etc/resolv.conf`,
      `printf '127.0.0.1 localhost\\n${node.ip} ${node.name}\\n' > /etc/hosts`,
      'rm -rf /etc/cni; mkdir -p /etc/cni/net.d',
    ];
    if (this.variant === 'flannel') {
      lines.push(
        'mkdir -p /run/flannel',
        `printf 'FLANNEL_NETWORK=10.244.0.0/16\\nFLANNEL_SUBNET=${node.podGateway}/24\\nFLANNEL_MTU=1450\\nFLANNEL_IPMASQ=true\\n' > /run/flannel/subnet.env`,
        `cat > /etc/cni/net.d/10-flannel.conflist <<'END'\n${FLANNEL_CONFLIST}\nEND`,
      );
    } else {
      const name = this.variant === 'cilium' ? '05-cilium.conflist' : '10-ucni.conflist';
      const type = this.variant === 'cilium' ? 'cilium-cni' : 'ucni';
      lines.push(
        `cat > /etc/cni/net.d/${name} <<'END'\n{"cniVersion": "0.3.1", "name": "${type.split('-')[0]}", "plugins": [{"type": "${type}"}]}\nEND`,
      );
    }
    return lines.join('\n');
  }

  /** A pod's namespaces, inside its node's, with the files a runtime mounts over the image's. */
  async #holdPod(node, pod) {
    const files = join(this.folder, 'etc', pod.name);
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, 'hostname'), `${pod.name}\n`);
    writeFileSync(join(files, 'hosts'), `127.0.0.1 localhost\n${pod.ip} ${pod.name}\n`);
    this.writeResolvConf(pod);
    const setup = ['hostname', 'hosts', 'resolv.conf'].map((file) => `mount --bind ${files}/${file} /etc/${file}`);
    pod.pid = await holdNamespaces(this.folder, { name: pod.name, within: node.pid, setup: setup.join('\n') });
    // A name for the pod's network namespace where the CNI's runtime gives it one.
    await script(
      node.pid,
      `touch /run/netns/${pod.netns}; mount --bind ${this.folder}/machine-proc/${pod.pid}/ns/net /run/netns/${pod.netns}`,
    );
  }

  writeResolvConf(pod, nameserver = '10.96.0.10') {
    const text =
      pod.dnsPolicy === 'Default'
        ? `nameserver ${OUTSIDE.resolver}\n`
        : `search ${pod.namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver ${nameserver}\noptions ndots:5\n`;
    writeFileSync(join(this.folder, 'etc', pod.name, 'resolv.conf'), text);
  }

  /** Starts (again) what runs in a pod; resolves when it listens. */
  async startApp(pod, { upstream = OUTSIDE.resolver, listen = '0.0.0.0', port = pod.port, backlog } = {}) {
    const ready = join(this.folder, 'ready', pod.name);
    rmSync(ready, { force: true });
    const dns = pod.app === 'dns';
    const spec = dns
      ? { name: pod.container, listen, port, zone: this.#zone(), cluster: 'cluster.local', upstream, ready }
      : { name: pod.container, listen, ports: [port], backlog, ready };
    const server = join(PROCESSES, dns ? 'dns-server.mjs' : 'web-server.mjs');
    startIn(pod.pid, [process.execPath, server, JSON.stringify(spec)], join(this.folder, 'log', pod.name));
    await appear(ready, `the server of ${pod.name}`);
    pod.appPid = Number(readFileSync(ready, 'utf8'));
  }

  /** Starts another process of the lab in a pod; resolves when it says that it is ready. */
  async start(pod, server, spec) {
    const ready = join(this.folder, 'ready', `${pod.name}-${server}`);
    startIn(
      pod.pid,
      [process.execPath, join(PROCESSES, server), JSON.stringify({ ...spec, ready })],
      join(this.folder, 'log', `${pod.name}-${server}`),
    );
    await appear(ready, `${server} of ${pod.name}`);
  }

  /** A pod that has been scheduled and has no network: an object and nothing else. */
  addPending(pod) {
    this.lab.pods.push(pod);
  }

  /** A command that a person runs in a pod or on a node (by index) beside the collector's; its output is in the bundle. */
  ask(where, command) {
    this.asked.push({ ...(typeof where === 'number' ? { node: where } : { pod: where.name }), command });
  }

  /** Sends a signal to what runs in a pod. */
  signalApp(pod, signal) {
    return script(pod.pid, `kill -${signal} ${pod.appPid}`);
  }

  #zone() {
    const zone = {};
    for (const { name, namespace, clusterIP } of this.lab.services)
      zone[`${name}.${namespace}.svc.cluster.local.`] = [clusterIP];
    return zone;
  }

  /** What listens on a node: kubelet, kube-proxy, and on the first the API server. */
  async #startAgents(node) {
    const ready = join(this.folder, 'ready', node.name);
    const kubelet = {
      name: 'kubelet',
      ports: ['127.0.0.1:10248', 10250, 22, ...(node.index === 1 ? [6443] : [])],
      ready,
    };
    const server = join(PROCESSES, 'web-server.mjs');
    startIn(node.pid, [process.execPath, server, JSON.stringify(kubelet)], join(this.folder, 'log', node.name));
    await this.startProxy(node);
    await appear(ready, `kubelet of ${node.name}`);
  }

  async startProxy(node) {
    const ready = join(this.folder, 'ready', `${node.name}-proxy`);
    const spec = { name: 'kube-proxy', ports: ['127.0.0.1:10249', 10256], ready };
    startIn(
      node.pid,
      [process.execPath, join(PROCESSES, 'web-server.mjs'), JSON.stringify(spec)],
      join(this.folder, 'log', `${node.name}-proxy`),
    );
    await appear(ready, `kube-proxy of ${node.name}`);
    node.proxyPid = Number(readFileSync(ready, 'utf8'));
  }

  async #startOutside() {
    const web = { name: 'www', listen: OUTSIDE.web, ports: [80], ready: join(this.folder, 'ready', 'outside') };
    startIn(
      this.fabric,
      [process.execPath, join(PROCESSES, 'web-server.mjs'), JSON.stringify(web)],
      join(this.folder, 'log', 'outside'),
    );
    const dns = {
      name: 'named',
      listen: OUTSIDE.resolver,
      zone: { [`${OUTSIDE.name}.`]: [OUTSIDE.web] },
      log: false,
      ready: join(this.folder, 'ready', 'resolver'),
    };
    startIn(
      this.fabric,
      [process.execPath, join(PROCESSES, 'dns-server.mjs'), JSON.stringify(dns)],
      join(this.folder, 'log', 'resolver'),
    );
    await appear(web.ready, 'the web server outside');
    await appear(dns.ready, 'the resolver outside');
  }

  /** Writes kube-proxy's rules of a node (of all nodes) as the objects now are, over those that were there. */
  async syncProxy(node, options) {
    const nodes = node === undefined ? this.lab.nodes : [node];
    await Promise.all(
      nodes.map((each) => script(each.pid, `iptables-restore <<'END'\n${proxyRules(this.lab, each, options)}END`)),
    );
  }

  node(index) {
    return this.lab.nodes[index - 1];
  }

  /** A pod by the first words of its name, and its node where several have them: `web` of node 2. */
  pod(start, node) {
    const found = this.lab.pods.find(
      ({ name, node: on }) => name.startsWith(start) && (node === undefined || on === `node-${node}`),
    );
    if (found === undefined) throw new Error(`no pod ${start} of node ${node}`);
    return found;
  }

  service(name) {
    return this.lab.services.find((service) => service.name === name);
  }

  /** Runs a script in a node (by index), a pod, or the fabric; throws where it fails. */
  on(where, text) {
    const pid = where === 'fabric' ? this.fabric : typeof where === 'number' ? this.node(where).pid : where.pid;
    return script(pid, text);
  }

  /** Lines of a component's log that the bundle gets: `component` and `name` are folder and file. */
  log(component, name, lines) {
    this.logs.push({ component, name, lines });
  }

  /** Ends all processes of the cluster and removes its files. */
  async down() {
    const pids = join(this.folder, 'pids', 'fabric');
    const fabric = this.fabric ?? (existsSync(pids) ? Number(readFileSync(pids, 'utf8')) : undefined);
    if (fabric !== undefined) await endHolder(this.holder ?? owned(fabric));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A process so that it is not taken for a later one with its number. */
function owned(pid) {
  return { pid, started: startedAt(pid) };
}

/** When a process was started, in clock ticks since boot; undefined where there is none. */
function startedAt(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** The PID that a pod's holder has on its node. */
function pidWithin(pid) {
  const pids = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1].split(/\s+/);
  return Number(pids.at(-2));
}

export function lives({ pid, started }) {
  return started !== undefined && startedAt(pid) === started;
}

async function endHolder(holder) {
  if (!lives(holder)) return;
  // The first process of a PID namespace takes all others of it along.
  process.kill(holder.pid, 'SIGKILL');
  for (let i = 0; i < 500 && lives(holder); i += 1) await pause(10);
}

/** Removes clusters whose owner has ended without doing so. */
export async function removeLeftovers() {
  if (!existsSync(CLUSTERS)) return;
  for (const name of readdirSync(CLUSTERS)) {
    const folder = join(CLUSTERS, name);
    try {
      const file = join(folder, 'owner.json');
      if (!existsSync(file)) {
        // It is being made, or its maker died before it had anything to end.
        const maker = Number(/^pn(\d+)x/.exec(name)?.[1]);
        if (startedAt(maker) === undefined) rmSync(folder, { recursive: true, force: true });
        continue;
      }
      const { owner, holder } = JSON.parse(readFileSync(file, 'utf8'));
      if (lives(owner)) continue;
      await endHolder(holder);
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another suite removes it at the same time.
    }
  }
}

/** Runs a command in a place's namespaces; resolves with its status and outputs. */
export function runIn(pid, argv, options) {
  return run([...enter(pid), ...argv], options);
}

const FLANNEL_CONFLIST = JSON.stringify({
  name: 'cbr0',
  cniVersion: '0.3.1',
  plugins: [
    { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});
