/**
 * The questionnaire against a simulated reporter: how soon the true cause leads, what it costs, and how other ways to ask
 * do on the same worlds with the same reporter.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hiddenWorld, Reporter, seeded, symptomFile } from './reporter.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const load = (path) => import(join(root, 'dist', path));
const { parse } = await load('../node_modules/yaml/dist/index.js').then((yaml) => yaml.default ?? yaml);
const { understandContents } = await load('pipeline/diagnose-bundles.js');
const { judgeAndRank } = await load('engine/diagnose.js');
const { batchCost, KNOWN, outputId } = await load('engine/asking/choose.js');
const { COST } = await load('engine/rulebook/numbers.js');
const { answersBundle, namedPlaces } = await load('ask/answers-bundle.js');
const { nextQuestions } = await load('ask/interview-state.js');
const { placesOf } = await load('ask/places.js');
const { legId, placesOfLeg } = await load('ask/asked-leg.js');
const { outputOfId } = await load('ask/question-ids.js');
const { readFileSync } = await import('node:fs');

const STEPS = [3, 5, 8, 12];
const MOST = 40;
const PER_CAUSE = 3;
/** Attempts that a bundle must hold to be called full: a matrix between all nodes and their pods. */
const FULL = 100;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Cases with a true cause: `{name, cause, path}`. */
function casesBelow(folder) {
  const found = [];
  const visit = (path) => {
    const expected = join(path, 'expected.yaml');
    if (existsSync(expected)) {
      const { kind, causes } = parse(readFileSync(expected, 'utf8'));
      const bundle = readdirSync(path).find((name) => /^bundle(?:\.|$)/.test(name));
      if (kind === 'hit' && causes?.length === 1 && bundle !== undefined)
        found.push({ name: path.slice(folder.length + 1), cause: causes[0], path: join(path, bundle) });
      return;
    }
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) visit(join(path, entry.name));
  };
  if (existsSync(folder)) visit(folder);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Worlds that are known whole: their diagnosis leads with the true cause, and a symptom of the questionnaire is true of them. */
async function worlds(rulebook, labs) {
  const found = [];
  const perCause = new Map();
  for (const one of [...casesBelow(join(root, 'test/cases')), ...(labs === undefined ? [] : casesBelow(labs))]) {
    if ((perCause.get(one.cause) ?? 0) >= PER_CAUSE) continue;
    const world = await hiddenWorld(one.path, rulebook);
    const [leader] = world.judged.ranking.contenders;
    if (leader?.hypothesis.cause.id !== one.cause || leader.probability < 0.5) continue;
    if (world.judged.flows.length < FULL) continue;
    if (world.judged.ranking.symptoms.length === 0) continue;
    perCause.set(one.cause, (perCause.get(one.cause) ?? 0) + 1);
    found.push({ ...one, world });
  }
  return found;
}

const costOf = (id, rulebook) => {
  const output = outputOfId(rulebook, id);
  if (output !== undefined) return batchCost(output.evidence);
  const name = id.split('@')[0];
  const told = rulebook.questions.find((one) => one.id === name);
  return told === undefined ? COST[rulebook.legQuestions.find((one) => one.id === name).cost] : COST[told.cost] * KNOWN;
};

/** All questions in the order of the rulebook: what a form would ask. */
function form(rulebook, places) {
  const legs = rulebook.legQuestions
    .filter((one) => new Set(placesOfLeg(one).map((place) => places[place])).size === placesOfLeg(one).length)
    .map((one) => legId(one, places));
  const outputs = [];
  const asked = new Set();
  for (const one of rulebook.evidence) {
    if (one.collect === '' || one.facts.every((fact) => fact.startsWith('answer.'))) continue;
    const nodes = one.subject === 'cluster' ? ['cluster'] : [`node/${places.here}`, `node/${places.there}`];
    for (const on of nodes) {
      const key = `${on}|${one.collect}`;
      if (asked.has(key)) continue;
      asked.add(key);
      outputs.push(outputId(on, rulebook.evidence.filter(({ collect }) => collect === one.collect).slice(0, 3)));
    }
  }
  return [...legs, ...rulebook.questions.map(({ id }) => id), ...outputs];
}

const shuffled = (items, random) => {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
};

/** Ways to choose the next question: `next(state) → id or undefined`. */
const STRATEGIES = {
  podnet:
    () =>
    ({ chosen }) =>
      chosen[0]?.id,
  'confirm the leader':
    () =>
    ({ judged, answered, places, rulebook }) => {
      for (const { hypothesis } of judged.ranking.contenders.slice(0, 3)) {
        for (const { id } of hypothesis.cause.evidence) {
          const evidence = rulebook.evidence.find((one) => one.id === id);
          const question = rulebook.questions.find(
            (one) => evidence.facts.length === 1 && evidence.facts[0] === one.fact,
          );
          if (question !== undefined && !answered.has(question.id)) return question.id;
          if (question !== undefined || evidence.collect === '') continue;
          const nodes = evidence.subject === 'cluster' ? ['cluster'] : [`node/${places.here}`, `node/${places.there}`];
          for (const on of nodes) if (!answered.has(outputId(on, [evidence]))) return outputId(on, [evidence]);
        }
      }
      return undefined;
    },
  'fixed form':
    () =>
    ({ all, answered }) =>
      all.find((id) => !answered.has(id)),
  'random order': (random) => {
    let order;
    return ({ all, answered }) => {
      order ??= shuffled(all, random);
      return order.find((id) => !answered.has(id));
    };
  },
};

async function run(one, name, rulebook, seed, times) {
  const random = seeded(seed);
  const reporter = new Reporter(one.world, rulebook, random);
  const choose = STRATEGIES[name](seeded(seed + 1));
  const symptom = symptomFile(one.world, random);
  const answers = [];
  const answered = new Set();
  const files = new Map();
  let cost = 0;
  /** After each number of questions: whether the true cause leads, and what was paid. */
  const trail = [];
  let all;
  let stopped = false;
  for (let asked = 0; asked <= MOST; asked += 1) {
    const given = answersBundle(answers, { rulebook, lang: 'en' });
    const understood = await understandContents(
      { entries: [symptom, ...files.values(), ...given], problems: [] },
      rulebook,
    );
    const { store, derived, input } = understood;
    const judged = await judgeAndRank({
      store,
      ...derived,
      input: { ...input, unrecognised: [] },
      rulebook,
      lang: 'en',
    });
    const leads = judged.ranking.contenders[0]?.hypothesis.cause.id === one.cause;
    trail.push({ leads, cost });
    const places = placesOf(judged.flows, derived.topology, namedPlaces(answers, rulebook));
    all ??= form(rulebook, places);
    const since = performance.now();
    const { chosen } = name === 'podnet' ? nextQuestions(judged, understood, places, answers) : { chosen: [] };
    if (name === 'podnet') times.push(performance.now() - since);
    const id = choose({ chosen, judged, answered, places, all, rulebook });
    if (id === undefined) {
      stopped = true;
      break;
    }
    if (asked === MOST) break;
    answered.add(id);
    cost += costOf(id, rulebook);
    const { answer, files: pasted } = reporter.answer(id);
    answers.push(answer);
    for (const file of pasted ?? []) files.set(file.path, file);
    if (process.env.PODNET_TRACE)
      console.log(
        `  ${asked + 1} ${id} = ${answer.value}${pasted ? ` (${pasted.length} files)` : ''} -> ${judged.ranking.contenders
          .slice(0, 3)
          .map((c) => `${c.hypothesis.cause.id} ${c.probability.toFixed(2)}`)
          .join(', ')}`,
      );
  }
  return { trail, asked: trail.length - 1, stopped };
}

export async function benchQuestionnaire(rulebook, only) {
  const chosen = (await worlds(rulebook, process.env.PODNET_LAB_BUNDLES)).filter(
    ({ name }) => only === undefined || name.includes(only),
  );
  const rows = [];
  const times = [];
  for (const name of Object.keys(STRATEGIES).slice(0, Number(process.env.PODNET_ASK_WAYS ?? 4))) {
    const runs = [];
    for (const [index, one] of chosen.entries()) {
      if (process.env.PODNET_TRACE) console.log(`${name}: ${one.name}`);
      runs.push({ one, ...(await run(one, name, rulebook, 1000 + index, times)) });
    }
    const at = (trail, k) => trail[Math.min(k, trail.length - 1)];
    const share = (k) => runs.filter(({ trail }) => at(trail, k).leads).length / runs.length;
    const costs = Array.from(
      { length: MOST + 1 },
      (_, k) => runs.reduce((sum, { trail }) => sum + at(trail, k).cost, 0) / runs.length,
    );
    const first = runs.map(({ trail }) => {
      const index = trail.findIndex(({ leads }) => leads);
      return index < 0 ? Number.POSITIVE_INFINITY : index;
    });
    rows.push({
      name,
      accuracy: STEPS.map(share),
      final: share(MOST),
      asked: runs.reduce((sum, { asked }) => sum + asked, 0) / runs.length,
      firstAt: median(first),
      shares: costs.map((_, k) => share(k)),
      costs,
      lost: runs.filter(({ trail }) => !trail.at(-1).leads).map(({ one }) => one.name),
    });
  }
  return {
    worlds: chosen.length,
    causes: new Set(chosen.map(({ cause }) => cause)).size,
    rows,
    choice: { median: median(times), worst: Math.max(...times) },
  };
}

/** The mean cost at which a way of asking first reaches an accuracy; infinite where it never does. */
export function costAt({ shares, costs }, accuracy) {
  const k = shares.findIndex((share) => share >= accuracy - 1e-9);
  return k < 0 ? Number.POSITIVE_INFINITY : costs[k];
}

const percent = (share) => `${Math.round(share * 100)} %`.padStart(6);

/** Prints the table; the targets that were missed. */
export async function reportQuestionnaire(rulebook, only) {
  const { worlds: count, causes, rows, choice } = await benchQuestionnaire(rulebook, only);
  const missed = [];
  const [podnet] = rows;
  console.log(
    `\n## Questionnaire: ${count} worlds with ${causes} causes, a simulated reporter (15 % don't know, 3 % wrong)`,
  );
  console.log(
    `${'right first after'.padEnd(20)} ${STEPS.map((k) => String(k).padStart(6)).join(' ')}    end   asked  first at  cost`,
  );
  for (const { name, accuracy, final, asked, firstAt, costs } of rows) {
    const first = Number.isFinite(firstAt) ? String(firstAt) : 'never';
    console.log(
      `${name.padEnd(20)} ${accuracy.map(percent).join(' ')} ${percent(final)} ${asked.toFixed(1).padStart(7)} ${first.padStart(9)} ${costs.at(-1).toFixed(1).padStart(5)}`,
    );
  }
  if (podnet.firstAt > 8) missed.push(`questions until the true cause is first: ${podnet.firstAt} > 8`);
  const form = rows.find(({ name }) => name === 'fixed form');
  if (form !== undefined) {
    const reached = Math.max(...form.shares.slice(1));
    const ratio = costAt(podnet, reached) / costAt(form, reached);
    console.log(
      `cost at the best that the form reaches (${percent(reached).trim()}): ${ratio.toFixed(2)} of the form's (target <= 0.67)`,
    );
    if (ratio > 0.67) missed.push(`cost against a fixed form: ${ratio.toFixed(2)} > 0.67`);
  }
  console.log(
    `choosing the next question: ${choice.median.toFixed(1)} ms at the median, ${choice.worst.toFixed(1)} ms at worst (target < 20 ms)`,
  );
  if (choice.median > 20) missed.push(`choosing a question: ${choice.median.toFixed(1)} ms`);
  if (only !== undefined || process.env.PODNET_TRACE) console.log(`not first in the end: ${podnet.lost.join(', ')}`);
  return missed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { loadCompiledRulebook } = await load('engine/rulebook/compiled.js');
  await reportQuestionnaire(loadCompiledRulebook(join(root, 'dist/rulebook.json')), process.argv[2]);
}
