import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

// The walks of one bundle after another, in a thread that stays: a process for each would take four times as long.

const load = (module) => import(pathToFileURL(join(workerData.dist, module)).href);
const { loadCompiledRulebook } = await load('engine/rulebook/compiled.js');
const { gotThrough } = await load('facts/walk/walked-flow.js');
const { understandBundles } = await load('pipeline/diagnose-bundles.js');
const { BundleWalks } = await load('pipeline/walk-bundles.js');
const rulebook = loadCompiledRulebook(join(workerData.dist, 'rulebook.json'));

parentPort.on('message', async ({ id, bundle }) => {
  try {
    const understanding = await understandBundles([{ path: bundle }], { rulebook });
    parentPort.postMessage({ id, walks: [...new BundleWalks(understanding).ofBundle(true)].map(short) });
  } catch (error) {
    parentPort.postMessage({ id, failed: `walking ${bundle}: ${error.stack}` });
  }
});

/** What is compared, without the steps. */
function short({ from, to, source, happened, result, why }) {
  const walk = { from, to, asked: `${source?.file}:${source?.line}`, happened, works: gotThrough(happened) };
  if (result === undefined) return { ...walk, verdict: 'unknown', by: why, ways: [] };
  const ways = (result.branches ?? [result]).map((way) => ({
    verdict: way.verdict,
    beyond: (way.beyond ?? way.reply?.beyond) !== undefined,
  }));
  return { ...walk, verdict: result.verdict, by: result.by, ways };
}
