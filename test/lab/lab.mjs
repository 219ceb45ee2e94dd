// npm run lab -- up [VARIANT] | inject FAULT | diagnose [--keep FOLDER] | list | down | bundles FOLDER [--all] | walks FOLDER

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agreementOf, unexplained } from './agreement.mjs';
import { check } from './checks.mjs';
import { CLUSTERS, Cluster, removeLeftovers } from './cluster.mjs';
import { collect, PODNET } from './collect.mjs';
import { CONTROLS } from './controls.mjs';
import { FAULTS } from './faults.mjs';
import { VARIANTS } from './layout.mjs';
import { whyNoLab } from './namespaces.mjs';
import { trialInTurn } from './trial.mjs';
import { WALK_DISAGREEMENTS } from './walk-disagreements.mjs';
import { walkSection } from './walk-page.mjs';
import { walksOf } from './walks.mjs';

/** The one cluster that outlives its command. */
const NAME = 'by-hand';
const folder = join(CLUSTERS, NAME);
const all = [...FAULTS, ...CONTROLS];

const commands = {
  list() {
    const width = Math.max(...all.map(({ id }) => id.length));
    for (const { id, variant, cause = '(control)' } of all)
      console.log(`${id.padEnd(width)}  ${variant.padEnd(8)}  ${cause}`);
  },
  async up(variant = 'flannel') {
    if (!VARIANTS.includes(variant)) fail(`no variant ${variant}: there are ${VARIANTS.join(', ')}`);
    if (existsSync(join(folder, 'cluster.json'))) fail('there is a cluster already: npm run lab -- down');
    show(await Cluster.up(variant, { outlives: true, name: NAME }));
  },
  async inject(id) {
    const fault = all.find((each) => each.id === id);
    if (fault === undefined) fail(`no fault ${id}: npm run lab -- list`);
    const cluster = existing();
    if (cluster.variant !== fault.variant)
      fail(`${id} is of the variant ${fault.variant}, the cluster of ${cluster.variant}`);
    await fault.inject?.(cluster);
    cluster.save();
    for (const line of [...(fault.breaks ?? []), ...(fault.spares ?? [])]) {
      console.log(`${(await check(cluster, line)).works ? 'works' : 'fails'}  ${line}`);
    }
  },
  async diagnose(option, keep) {
    const cluster = existing();
    const bundle = await collect(cluster, join(folder, 'collected'));
    if (option === '--keep' && keep) cpSync(bundle, keep, { recursive: true });
    process.exitCode = spawnSync(process.execPath, [PODNET, 'diagnose', bundle], { stdio: 'inherit' }).status ?? 70;
  },
  /**
   * The bundle of every fault that is found, as a case: what the questionnaire's benchmark hides from its reporter. With
   * `--all` those of the faults that are missed and of the controls too, which the walk is measured on.
   */
  async bundles(into = fail('bundles FOLDER [--all]: where to?'), option) {
    const whole = option === '--all';
    await Promise.all(
      (whole ? all : FAULTS).map((fault) =>
        trialInTurn(fault, {
          async keep(bundle, { right }) {
            console.log(`${right || whole ? 'kept' : 'not found'}  ${fault.id}`);
            if (!right && !whole) return;
            const folder = join(into, fault.id);
            mkdirSync(folder, { recursive: true });
            cpSync(bundle, join(folder, 'bundle'), { recursive: true });
            const expected = fault.cause === undefined ? 'kind: healthy\n' : `kind: hit\ncauses: [${fault.cause}]\n`;
            writeFileSync(join(folder, 'expected.yaml'), expected);
          },
        }),
      ),
    );
  },
  /** What the walk predicts over bundles that `bundles FOLDER --all` has kept, beside what happened. Needs no cluster. */
  async walks(from = fail('walks FOLDER: where are the bundles?')) {
    const results = [];
    for (const fault of all) {
      const bundle = join(from, fault.id, 'bundle');
      if (existsSync(bundle)) results.push({ fault, walks: agreementOf(fault, await walksOf(bundle)) });
    }
    console.log(walkSection(results, WALK_DISAGREEMENTS));
    const without = unexplained(results, WALK_DISAGREEMENTS);
    for (const line of without) console.log(`no reason: ${line}`);
    process.exitCode = without.length > 0 ? 1 : 0;
  },
  async down() {
    await existing().down();
  },
};

function existing() {
  if (!existsSync(join(folder, 'cluster.json'))) fail('there is no cluster: npm run lab -- up');
  return Cluster.load(folder);
}

function show({ lab, fabric }) {
  console.log(`fabric: nsenter -t ${fabric} -a`);
  for (const node of lab.nodes) {
    console.log(`${node.name} ${node.ip}: nsenter -t ${node.pid} -a`);
    for (const pod of lab.pods.filter((each) => each.node === node.name)) {
      console.log(`  ${pod.namespace}/${pod.name} ${pod.ip}: nsenter -t ${pod.pid} -a`);
    }
  }
}

function fail(message) {
  console.error(`lab: ${message}`);
  process.exit(2);
}

const [name = 'list', ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name)
  ? commands[name]
  : fail(`no command ${name}: up, inject, diagnose, list, down, bundles, walks`);
if (command !== commands.list && command !== commands.walks) {
  const reason = await whyNoLab();
  if (reason !== undefined) fail(reason);
  await removeLeftovers();
}
await command(...rest);
