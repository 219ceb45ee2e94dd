import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OUTSIDE } from './layout.mjs';
import { enter } from './namespaces.mjs';
import { clusterObjects } from './objects.mjs';
import { must, run } from './run.mjs';

/** The podnet that is tried: this one's, unless another is named. */
export const PODNET =
  process.env.PODNET_LAB_PROGRAM ?? fileURLToPath(new URL('../../dist/bin/podnet.js', import.meta.url));

/**
 * Collects a bundle of the whole cluster into `folder`, as one would in the field: the collector on each node, the cluster's
 * objects, the components' logs. Resolves with the bundle's path.
 */
export async function collect(cluster, folder) {
  rmSync(folder, { recursive: true, force: true });
  const parts = join(folder, 'parts');
  const rest = join(parts, 'cluster');
  mkdirSync(join(rest, 'cluster'), { recursive: true });
  for (const [resource, list] of Object.entries(clusterObjects(cluster))) {
    writeFileSync(join(rest, 'cluster', `${resource}.json`), JSON.stringify(list, null, 1));
  }
  const outputs = await Promise.all(cluster.lab.nodes.map((node) => collectNode(node, parts, rest)));
  await askPods(cluster, rest);
  // The logs last: what the collector's own lookups made the DNS server say is in them.
  writeLogs(cluster, rest);
  const bundle = join(folder, 'bundle');
  await must([process.execPath, PODNET, 'merge', ...outputs, '--output', bundle], { timeoutMs: 60_000 });
  cpSync(rest, bundle, { recursive: true });
  rmSync(parts, { recursive: true, force: true });
  return bundle;
}

async function collectNode(node, parts, targets) {
  const output = join(parts, node.name);
  const argv = [process.execPath, PODNET, 'collect', '--node', node.name, '--targets', targets];
  argv.push('--peer', OUTSIDE.web, '--peer', `http://${OUTSIDE.web}/`, '--pods', 'all', '--output', output);
  const { status, stderr } = await run([...enter(node.pid), ...argv], { timeoutMs: 180_000 });
  if (!existsSync(output)) throw new Error(`podnet collect on ${node.name} ended with ${status}: ${stderr}`);
  return output;
}

/** What people ran by hand in pods and on nodes. */
async function askPods(cluster, folder) {
  await Promise.all(
    cluster.asked.map(async ({ pod: name, node: index, command }) => {
      const place = name === undefined ? cluster.node(index) : cluster.pod(name);
      const { stdout, stderr } = await run([...enter(place.pid), ...command.split(' ')], { timeoutMs: 10_000 });
      const file = command.replaceAll(' ', '_').replaceAll('/', '.');
      const at = name === undefined ? join('nodes', place.name) : join('pods', place.namespace, place.name);
      write(join(folder, at), file, stderr + stdout);
    }),
  );
}

function writeLogs(cluster, folder) {
  for (const pod of cluster.lab.pods.filter(({ app }) => app === 'dns')) {
    const said = readFileSync(join(cluster.folder, 'log', pod.name), 'utf8');
    const end = cluster.extraDnsLog.map((line) => `${line}\n`).join('');
    write(join(folder, 'logs', 'coredns'), `${pod.name}.log`, `${said}${end}`);
  }
  for (const { component, name, lines } of cluster.logs)
    write(join(folder, 'logs', component), `${name}.log`, `${lines.join('\n')}\n`);
}

function write(folder, name, text) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** What podnet says of a bundle: the diagnosis as JSON. */
export async function diagnose(bundle) {
  const argv = [process.execPath, PODNET, 'diagnose', '--quiet', '--format', 'json', bundle];
  const { status, stdout, stderr } = await run(argv, { timeoutMs: 120_000 });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`podnet diagnose ended with ${status}: ${stderr}${stdout.slice(0, 500)}`);
  }
}
