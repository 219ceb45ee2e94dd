import type { Lang } from '../engine/rulebook/types.js';
import type { Inspection } from '../facts/inspection.js';
import { Page } from './page.js';
import { sourceText } from './phrases.js';
import { escapeJson } from './sanitize.js';
import { type Say, wordsOf } from './words.js';

/** Lines of a list that a page shows; the rest is counted, and is in the JSON. */
const SHOWN = 20;

export interface InspectionTextOptions {
  color: boolean;
  width: number;
  lang: Lang;
}

/** What was understood, for a person. */
export function renderInspection(inspection: Inspection, { color, width, lang }: InspectionTextOptions): string {
  const say = wordsOf(lang);
  const page = new Page(width, color);
  files(page, say, inspection);
  cluster(page, say, inspection);
  flows(page, say, inspection);
  const changes = inspection.timeline.map(({ at, what, on, source }) => {
    const where = [at, on].filter((part) => part !== undefined).join(' ');
    return `${where === '' ? '' : `${where}: `}${what} (${sourceText(source)})`;
  });
  section(page, say, say('changed'), changes);
  const lacking = inspection.unknown.map(
    ({ subject, name, reason, source }) => `${subject} ${name}: ${reason} (${sourceText(source)})`,
  );
  section(page, say, say('couldNotLearn'), lacking);
  if (inspection.facts.length > 0) facts(page, say, inspection);
  else
    section(
      page,
      say,
      say('subjects'),
      inspection.subjects.map((one) => `${one.subject}: ${one.facts}`),
    );
  return page.toString();
}

/** The same as JSON, control and direction characters escaped. */
export function renderInspectionJson(inspection: Inspection): string {
  return `${escapeJson(JSON.stringify(inspection, null, 2))}\n`;
}

function section(page: Page, say: Say, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  page.heading(`${title}: ${lines.length}`);
  for (const line of lines.slice(0, SHOWN)) page.item('-', line, 2);
  if (lines.length > SHOWN) page.paragraph(say('allInJson', { n: lines.length - SHOWN }), 2, 'faint');
}

function files(page: Page, say: Say, { files }: Inspection): void {
  page.heading(say('read'));
  page.paragraph(`${say('recognised', { n: files.recognised })} (${files.total})`, 2);
  for (const [parser, count] of Object.entries(files.byParser)) page.item('-', `${parser}: ${count}`, 4, 'faint');
  const unread = files.unrecognised.map(({ path, reason }) => (reason === undefined ? path : `${path}: ${reason}`));
  section(page, say, say('notRecognised'), unread);
  const problems = files.problems.map(
    ({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`}: ${message}`,
  );
  section(page, say, say('inputProblems'), problems);
}

function cluster(page: Page, say: Say, { cluster, nodes, pods, services }: Inspection): void {
  page.heading(say('cluster'));
  const is: [string, string][] = Object.entries(cluster.is).map(([name, value]) => [name, String(value)]);
  is.push(
    ['podCIDR', cluster.podCIDRs.join(', ')],
    ['serviceCIDR', cluster.serviceCIDRs.join(', ')],
    ['DNS', cluster.dns.join(', ')],
  );
  for (const [name, value] of is) if (value !== '') page.paragraph(`${name}: ${value}`, 2);
  const nodeLines = nodes.map((node) => {
    const parts = [
      node.ip,
      node.nic,
      node.podCIDRs.join(' '),
      `${node.pods} pods`,
      node.sampled ? undefined : say('notSampled'),
    ];
    return `${node.subject} ${parts.filter((part) => part !== undefined && part !== '').join(', ')}`;
  });
  section(page, say, say('nodes'), nodeLines);
  const podLines = pods.map(({ subject, node, ips, ready }) => {
    const state = ready === false ? `, ${say('notReady')}` : '';
    const named = [subject, ...ips].join(' ');
    return `${node === undefined ? named : say('on', { cause: named, subjects: node })}${state}`;
  });
  section(page, say, say('pods'), podLines);
  const serviceLines = services.map(({ subject, clusterIPs, ready, notReady }) => {
    const endpoints = ready === undefined ? '?' : `${ready}/${ready + (notReady ?? 0)}`;
    return `${subject} ${clusterIPs.join(' ')} ${endpoints}`;
  });
  section(page, say, say('services'), serviceLines);
}

function flows(page: Page, say: Say, { flows }: Inspection): void {
  const line = (flow: Inspection['flows'][number]): string => {
    const outcome = flow.error === undefined ? flow.state : `${flow.state}: ${flow.error}`;
    const times = flow.count > 1 ? ` x${flow.count}` : '';
    return `${flow.flow} ${flow.leg} ${outcome}${flow.why === undefined ? '' : ` (${flow.why})`}${times} (${sourceText(flow.source)})`;
  };
  section(page, say, say('symptoms'), flows.filter((flow) => flow.symptom).map(line));
  section(page, say, say('expectedFailures'), flows.filter((flow) => !flow.symptom && flow.state !== 'ok').map(line));
  section(page, say, say('workingFlows'), flows.filter((flow) => flow.state === 'ok').map(line));
}

function facts(page: Page, say: Say, { facts }: Inspection): void {
  page.heading(`${say('facts')}: ${facts.length}`);
  let subject = '';
  for (const fact of facts) {
    if (fact.subject !== subject) {
      subject = fact.subject;
      page.label(subject, 2);
    }
    const value = typeof fact.value === 'string' ? fact.value : JSON.stringify(fact.value);
    page.item('-', `${fact.name} = ${value} (${sourceText(fact.source)})`, 4);
  }
}
