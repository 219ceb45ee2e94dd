/** A thread of bench/serve.mjs: diagnoses one body in a loop, with nothing around it. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadCompiledRulebook } from '../dist/engine/rulebook/compiled.js';
import { diagnoseBundles } from '../dist/pipeline/diagnose-bundles.js';
import { renderJson } from '../dist/report/json.js';

const rulebook = loadCompiledRulebook(workerData.rulebook);
const bytes = Buffer.from(workerData.body);
const one = async () =>
  renderJson(await diagnoseBundles([{ stdin: bytes, name: 'facts.json' }], { lang: 'en', rulebook }));

for (let i = 0; i < 100; i++) await one();
parentPort.postMessage('warm');
parentPort.once('message', async () => {
  const since = performance.now();
  let count = 0;
  while (performance.now() - since < workerData.seconds * 1000) {
    await one();
    count++;
  }
  parentPort.postMessage((count / (performance.now() - since)) * 1000);
});
