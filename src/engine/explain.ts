import { formatLeg } from '../facts/leg.js';
import type { Scalar, Source, Subject } from '../facts/model.js';
import { CLUSTER } from '../facts/model.js';
import type { Contender } from './contenders.js';
import type { RankedCause, WeighedEvidence } from './diagnosis.js';
import { reasonUnknown } from './next.js';
import type { Ranking } from './rank.js';
import type { Lang } from './rulebook/types.js';
import type { Situation } from './situation.js';
import { fillSteps } from './steps.js';
import type { Weighed } from './weigh.js';

/** Facts quoted for one evidence; a cause on a hundred nodes needs no hundred quotes. */
const QUOTED = 5;
/** A likelier-than-not antecedent is told as the reason. */
const BECAUSE = 0.3;
const DECIBANS = 10 / Math.LN10;

/** A contender as the answer tells it, with everything that spoke for and against it. */
export function explainContender(
  situation: Situation,
  ranking: Ranking,
  contender: Contender,
  rank: number,
  over: boolean,
  lang: Lang,
): RankedCause {
  const { hypothesis, weighed, antecedents, probability, explains } = contender;
  const { cause, subjects, proven } = hypothesis;
  const told = antecedents.filter((antecedent) => antecedent.probability >= BECAUSE);
  const evidence = [...weighed, ...told.flatMap((antecedent) => antecedent.weighed)].map((item) =>
    explainEvidence(situation, item, subjects, lang),
  );
  const steps = (list: Parameters<typeof fillSteps>[1]) => fillSteps(situation, list, subjects, lang);
  return {
    rank,
    cause: cause.id,
    category: cause.category,
    title: cause.title[lang],
    subjects,
    when: over ? 'past' : 'now',
    probability: Math.round(probability * 100) / 100,
    confidence: probability < 0.5 ? 'possible' : proven ? 'confirmed' : 'likely',
    mechanism: cause.mechanism[lang],
    because: told.map((antecedent) => ({
      cause: antecedent.cause.id,
      title: antecedent.cause.title[lang],
      probability: Math.round(antecedent.probability * 100) / 100,
    })),
    explains: {
      symptoms: explains.length,
      of: ranking.symptoms.length,
      legs: [...new Set(explains.map((flow) => formatLeg(flow.leg)))].sort(),
    },
    evidence: sortEvidence(evidence),
    fix: steps(cause.fix),
    persist: steps([...cause.persist, ...told.flatMap((antecedent) => antecedent.cause.persist)]),
    verify: steps(cause.verify),
    prevent: steps(cause.prevent),
    references: [...new Set([...cause.references, ...told.flatMap((antecedent) => antecedent.cause.references)])],
  };
}

const ORDER = { for: 0, against: 1, unknown: 2 };

function sortEvidence(evidence: WeighedEvidence[]): WeighedEvidence[] {
  return evidence.sort(
    (a, b) =>
      ORDER[a.verdict] - ORDER[b.verdict] ||
      Math.abs(b.weight) - Math.abs(a.weight) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

function explainEvidence(
  situation: Situation,
  item: Weighed,
  subjects: readonly Subject[],
  lang: Lang,
): WeighedEvidence {
  const { evidence, verdict } = item;
  const told: WeighedEvidence = {
    id: evidence.id,
    verdict: verdict === 'unknown' ? 'unknown' : item.logRatio >= 0 ? 'for' : 'against',
    weight: item.repeats ? 0 : Math.round(item.logRatio * DECIBANS * 10) / 10 || 0,
    statement: evidence.statement[lang],
    facts: [],
  };
  if (verdict === 'unknown') {
    told.collect = evidence.collect;
    const reason = item.tooLate
      ? lang === 'zh'
        ? '采集时故障已恢复'
        : 'collected after the fault had gone'
      : reasonUnknown(situation, evidence, subjects);
    if (reason !== undefined) told.reason = reason;
    return told;
  }
  told.present = verdict === 'present';
  if (told.present && evidence.symptom === true) told.symptom = true;
  told.facts = quotedFacts(situation, item);
  return told;
}

/** The facts that an evidence was judged by, with their sources. */
function quotedFacts({ store, relatives, judgement }: Situation, item: Weighed): WeighedEvidence['facts'] {
  const { evidence, verdict } = item;
  const facts: { subject: Subject; name: string; value: Scalar; source: Source }[] = [];
  for (const subject of item.subjects) {
    for (const about of relatives.of(subject, evidence.subject)) {
      if (judgement.verdict(evidence.id, about) !== verdict) continue;
      const readOn = evidence.quantifier === undefined ? [about] : relatives.of(about, evidence.quantifier.of);
      for (const one of readOn) {
        for (const name of [...evidence.facts, `statement.${evidence.id}`]) {
          const fact = store.scalar(one, name) ?? store.scalar(CLUSTER, name);
          if (fact === undefined || facts.some((known) => known.subject === fact.subject && known.name === name))
            continue;
          facts.push({ subject: fact.subject, name, value: fact.value, source: fact.source });
          if (facts.length === QUOTED) return facts;
        }
      }
    }
  }
  return facts;
}
