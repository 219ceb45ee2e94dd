import { sumOf } from './agreement.mjs';

const HEADING = '## Against a real kernel';
/** Cells that are wider stick out of their column. */
const WIDEST = 40;
const COLUMNS = ['flows', 'given', 'agree', 'disagree', 'unknown', 'beyond'];

/** The page of the walk with its section about the lab written anew. */
export function withWalkSection(page, results, reasons) {
  const start = page.indexOf(`${HEADING}\n`);
  if (start === -1) throw new Error(`the page has no section "${HEADING}"`);
  const next = page.indexOf('\n## ', start);
  return `${page.slice(0, start)}${walkSection(results, reasons)}${next === -1 ? '' : page.slice(next)}`;
}

/** The section in Markdown: how the walk's predictions compare with what happened in the lab. */
export function walkSection(results, reasons) {
  const all = sumOf(results);
  const groups = [
    ['faults in the nodes and the cluster', results.filter(({ fault }) => fault.cause !== undefined && !fault.beyond)],
    ['faults of the network beyond the nodes', results.filter(({ fault }) => fault.beyond)],
    ['controls, which work', results.filter(({ fault }) => fault.cause === undefined)],
    ['all', results],
  ];
  const odd = results.filter(({ walks }) => walks.agree !== walks.flows);
  return `${HEADING}

Each flow that is probed in [the lab](lab.md) is predicted from the collected bundle alone, then held against what happened.
What works agrees with \`delivered\`, what fails with \`dropped\`; \`varies\` agrees where one of its ways does. What is slow or
loses some packets works; so does a lookup that is answered with NXDOMAIN, but not one answered with SERVFAIL, whose server got
no answer itself. Written by \`PODNET_WRITE_DOCS=1 npx vitest run test/lab\`.

Of ${all.flows} flows in ${all.bundles} bundles the walk gives a verdict on ${all.given}, ${all.varies} times \`varies\`: ${percent(all.agreeing)} agree.
${percent(all.notKnown)} of all flows are unknown. Where a fault is in the network between the nodes or beyond the cluster, a flow that
failed and is \`delivered\` as far as the state shows is neither: the state cannot tell, and the walk says so. Those are counted
as *beyond*; anything else that such a fault makes the walk miss is a disagreement.

${table(
  ['', 'bundles', ...COLUMNS],
  groups.map(([title, list]) => {
    const sum = sumOf(list);
    return [title, sum.bundles, ...COLUMNS.map((column) => sum[column])];
  }),
)}

Bundles in which not every flow agrees:

${table(
  ['fault', ...COLUMNS, 'what is not known'],
  odd.map((result) => {
    const sum = sumOf([result]);
    return [result.fault.id, ...COLUMNS.map((column) => sum[column]), firstUnknown(result.walks.unknown)];
  }),
)}

Every disagreement has its reason:

${disagreements(results, reasons)}
`;
}

function disagreements(results, reasons) {
  const lines = results
    .filter(({ walks }) => walks.disagree.length > 0)
    .map(({ fault, walks: { disagree } }) => {
      const flows = disagree.length === 1 ? '1 flow' : `${disagree.length} flows`;
      return `- ${fault.id} (${flows}): ${reasons[fault.id]?.why ?? 'no reason is known'}.`;
    });
  return lines.length === 0 ? 'there is none.' : lines.join('\n');
}

/** What most of the unknown flows hang on, without where it was read. */
function firstUnknown(unknown) {
  const counts = new Map();
  for (const { by = '' } of unknown) {
    const what = by.replace(/^not known: /, '').replaceAll(/ \([^()\s]+:\d+\)/g, '');
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return first === undefined ? '' : first[0];
}

function percent(share) {
  const text = (100 * share).toFixed(1);
  // What is nearly all is not all.
  return `${share < 1 && text === '100.0' ? (100 * share).toFixed(2) : text.replace(/\.0$/, '')} %`;
}

function table(head, body) {
  const rows = [head, ...body].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...rows.map((row) => (row[i].length > WIDEST ? 3 : row[i].length))));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const [first, ...rest] = rows.map(line);
  return [first, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}
