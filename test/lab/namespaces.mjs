import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, run } from './run.mjs';

/** Waits between looks at something that will be there soon, in milliseconds. */
const LOOK = 10;

/**
 * Makes a set of namespaces (network, PID, mount, UTS) within those of `within` (a PID; undefined: the machine's own) and
 * leaves a process in it that holds them. `setup` is a script that runs first, in its mounts. Resolves with the holder's PID
 * as the machine sees it. All that runs in the namespaces ends with the holder; the holder ends with the process that
 * called, unless `outlives`.
 */
export async function holdNamespaces(folder, { name, within, setup = '', outlives = false }) {
  const file = join(folder, 'pids', name);
  const script = [
    'set -e',
    ...(within === undefined ? [`mkdir -p ${folder}/machine-proc; mount --bind /proc ${folder}/machine-proc`] : []),
    // The PID as the machine sees it: read from the machine's own /proc, before this namespace's own is mounted.
    `read -r pid _ < ${folder}/machine-proc/self/stat`,
    'mount -t proc proc /proc',
    `hostname ${name}`,
    setup,
    `echo "$pid" > ${file}.new`,
    `mv ${file}.new ${file}`,
    // Collects what is left to it, as an init does.
    'trap : TERM INT HUP',
    'while :; do sleep 100000 & wait $!; done',
  ].join('\n');
  const program = join(folder, 'holders', name);
  writeFileSync(program, script);
  const unshare = ['unshare', '--net', '--pid', '--mount', '--uts', '--fork', '--kill-child=KILL'];
  const argv = [
    ...(within === undefined && !outlives ? ['setpriv', '--pdeathsig', 'KILL'] : []),
    ...(within === undefined ? [] : enter(within)),
    ...unshare,
    'bash',
    program,
  ];
  const log = openSync(join(folder, 'log', `${name}.holder`), 'a');
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  let ended = false;
  child.on('error', () => {
    ended = true;
  });
  child.on('exit', () => {
    ended = true;
  });
  child.unref();
  for (;;) {
    if (existsSync(file)) return Number(readFileSync(file, 'utf8'));
    if (ended) {
      throw new Error(
        `no namespaces for ${name}: ${readFileSync(join(folder, 'log', `${name}.holder`), 'utf8').trim()}`,
      );
    }
    await pause(LOOK);
  }
}

/** The words that run what follows them in all namespaces of a process. */
export function enter(pid) {
  return ['nsenter', '-t', String(pid), '-a', '--'];
}

/** Runs a bash script in the namespaces of a process; throws where it fails. Resolves with its standard output. */
export function script(pid, text) {
  return must([...enter(pid), 'bash', '-e', '-s'], { input: `${text}\n` });
}

/** Runs `ip -batch` in the network namespace of a process; PIDs in the lines are the machine's. */
export function ipBatch(pid, lines) {
  return must(['nsenter', '-t', String(pid), '-n', '--', 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

export function bridgeBatch(pid, lines) {
  return must(['nsenter', '-t', String(pid), '-n', '--', 'bridge', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** Sets kernel parameters of a process's network namespace: `{name: value}`. */
export function setSysctls(pid, sysctls) {
  const text = Object.entries(sysctls).map(([name, value]) => `echo ${value} > /proc/sys/${procPath(name)}`);
  // The files of /proc/sys/net are those of the reader's own network namespace.
  return must(['nsenter', '-t', String(pid), '-n', '--', 'bash', '-e', '-s'], { input: `${text.join('\n')}\n` });
}

/** net.ipv4.conf.flannel/1.rp_filter is /proc/sys/net/ipv4/conf/flannel.1/rp_filter, as for sysctl(8). */
function procPath(name) {
  return name.replace(/[./]/g, (letter) => (letter === '.' ? '/' : '.'));
}

/** Starts a process in the namespaces of another one, with its output to a file; it is not waited for. */
export function startIn(pid, argv, log) {
  const out = openSync(log, 'a');
  const words = [...enter(pid), ...argv];
  const child = spawn(words[0], words.slice(1), { stdio: ['ignore', out, out], detached: true });
  closeSync(out);
  child.on('error', () => {});
  child.unref();
  return child;
}

/** Waits for a file; throws what `what` is after `ms`. */
export async function appear(file, what, ms = 15_000) {
  const end = Date.now() + ms;
  while (!existsSync(file)) {
    if (Date.now() > end) throw new Error(`${what} did not start within ${ms} ms`);
    await pause(LOOK);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Why no lab can be made on this machine, in plain words; undefined where it can. */
export async function whyNoLab() {
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.getuid() !== 0) return 'the lab needs root';
  const tools = [
    'unshare',
    'nsenter',
    'setpriv',
    'ip',
    'bridge',
    'iptables',
    'iptables-restore',
    'nft',
    'ping',
    'hostname',
    'bash',
  ];
  const { stdout } = await run([
    'bash',
    '-c',
    `for t in ${tools.join(' ')}; do command -v $t > /dev/null || echo $t; done`,
  ]);
  if (stdout.trim() !== '') return `the lab needs ${stdout.trim().split('\n').join(', ')}`;
  const tried = await run([
    ...['unshare', '--net', '--pid', '--mount', '--uts', '--fork', 'bash', '-ec'],
    'mount -t proc proc /proc; ip link add name pn-bridge type bridge; ip link add name pn-vxlan type vxlan id 1 dstport 8472 dev lo; iptables -t nat -L -n > /dev/null; test -e /proc/sys/net/bridge/bridge-nf-call-iptables',
  ]);
  return tried.status === 0
    ? undefined
    : `namespaces, bridge, VXLAN or iptables cannot be made here: ${tried.stderr.trim()}`;
}

/** Moves a device from the network namespace of one process to that of another. */
export function moveLink(pid, device, to) {
  return ipBatch(pid, [`link set ${device} netns ${to}`]);
}
