import { spawn, spawnSync } from 'node:child_process';
import { buildTopology } from '../../../src/facts/derive/topology.js';
import { readFacts } from '../../../src/facts/read.js';
import type { FactStore } from '../../../src/facts/store.js';
import type { Topology } from '../../../src/facts/topology.js';
import { CNIS } from '../cni-profiles.js';

/** Network namespaces by a short name, each with its folder in a bundle: `{ a: 'pods/default/a', n: 'nodes/n1' }`. */
export type Places = Readonly<Record<string, string>>;

export interface Scene {
  places: Places;
  /**
   * Shell commands that wire the namespaces, run in a namespace of their own that joins none: `on NAME COMMAND` runs one in
   * a namespace, `veth A DEV B DEV` joins two, `mac NAME DEV` tells a device's.
   */
  setup: string;
  /** What is sent: each a command that ends with 0 where it got through. */
  sends: readonly string[];
  /** Files of the bundle besides what is collected: the cluster's objects. */
  files?: Readonly<Record<string, string>>;
}

export interface SceneOutcome {
  store: FactStore;
  topology: Topology;
  /** Which of what was sent got through. */
  passed: boolean[];
}

const COLLECTED: readonly [string, string][] = [
  ['ip_addr', 'ip addr'],
  ['ip_-d_link', 'ip -d link'],
  ['ip_route_show_table_all', 'ip -4 route show table all'],
  ['ip_rule', 'ip rule'],
  ['ip_neigh', 'ip -4 neigh'],
  ['bridge_fdb', 'bridge fdb'],
  ['bridge_-d_link', 'bridge -d link'],
  ['iptables-save', 'iptables-save 2>/dev/null'],
  [
    'sysctl_-a',
    "cd /proc/sys; grep -r . net/ipv4/conf net/ipv4/ip_forward net/bridge 2>/dev/null | sed 's#\\.#\\r#g; s#/#.#g; s#\\r#/#g; s/:/ = /'",
  ],
];
/** Tables that are there and empty: what is not there is not listed. */
const TABLES = ['raw', 'mangle', 'nat', 'filter'].map((table) => `*${table}\\n:OUTPUT ACCEPT\\nCOMMIT\\n`).join('');
const MARK = '@@podnet@@';

function scriptOf({ places, setup, sends }: Scene): string {
  const names = Object.keys(places);
  return [
    'set -e',
    'pids=""',
    "trap 'kill $pids' EXIT",
    ...names.flatMap((name) => [`unshare -n sleep 60 & ${name}=$!; pids="$pids $!"`]),
    `for pid in $pids; do while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done; done`,
    'on() { eval "pid=\\$$1"; shift; nsenter -t $pid -n "$@"; }',
    'mac() { on $1 ip -o link show $2 | sed "s/.*ether \\([^ ]*\\).*/\\1/"; }',
    'veth() { eval "to=\\$$3"; on $1 ip link add $2 type veth peer name $4 netns $to; on $1 ip link set $2 up; eval "pid=\\$$3"; nsenter -t $pid -n ip link set $4 up; }',
    ...names.map(
      (name) =>
        `on ${name} sh -c 'ip link set lo up; printf "${TABLES}" | iptables-restore; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.lo.rp_filter=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1'`,
    ),
    setup,
    'set +e',
    ...names.map(
      (name) =>
        `on ${name} sh -c '${COLLECTED.map(([, command]) => `echo ${MARK}; (${command.replaceAll("'", `'"'"'`)})`).join('; ')}'`,
    ),
    ...sends.map((send) => `echo '${MARK}'; (${send}) >/dev/null 2>&1; echo $?`),
    'exit 0',
  ].join('\n');
}

/** Wires a scene on the real kernel, collects the state of its namespaces, and then sends. Throws where it cannot be wired. */
export async function play(scene: Scene): Promise<SceneOutcome> {
  const child = spawn('unshare', ['-n', 'bash', '-c', scriptOf(scene)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`the namespaces could not be wired: ${said}`);
  const parts = out.split(`${MARK}\n`).slice(1);
  const files: Record<string, string> = { ...scene.files };
  for (const folder of Object.values(scene.places))
    for (const [name] of COLLECTED) files[`${folder}/${name}`] = parts.shift() ?? '';
  return { ...factsOf(files), passed: parts.map((part) => part.trim() === '0') };
}

/** Outputs by their path in a bundle, read as podnet reads them. */
export function factsOf(files: Readonly<Record<string, string>>): { store: FactStore; topology: Topology } {
  const entries = Object.entries(files)
    .map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  return { store, topology: buildTopology(store) };
}

/** Plays several scenes, a few at a time. */
export async function playAll(scenes: readonly Scene[]): Promise<SceneOutcome[]> {
  const outcomes: SceneOutcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < scenes.length) {
      const at = next;
      next += 1;
      outcomes[at] = await play(scenes[at]!);
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  return outcomes;
}

/** Why scenes cannot be played here; undefined where they can. */
export function whyNoScenes(): string | undefined {
  const wiring =
    'ip link add one type veth peer name two && ip link add bridge0 type bridge && iptables-save && bridge fdb && ping -V';
  const run = spawnSync('unshare', ['-n', 'sh', '-c', wiring], { encoding: 'utf8' });
  return run.status === 0 ? undefined : `namespaces cannot be wired here: ${run.error?.message ?? run.stderr}`;
}
