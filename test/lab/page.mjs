const COLUMNS = [
  ['fault', ({ fault }) => fault.id],
  ['cause', ({ fault }) => fault.cause ?? '(none)'],
  ['variant', ({ fault }) => fault.variant],
  ['rank', (result) => (result.fault.cause === undefined ? result.outcome : String(result.rank ?? '-'))],
  ['probability', ({ probability }) => (probability === undefined ? '' : probability.toFixed(2))],
  [
    'first',
    ({ first, right, fault }) => (right && (first === undefined || first === fault.cause) ? '' : (first ?? 'none')),
  ],
  ['legs broken', ({ legs }) => legs.join(', ')],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
];

/** The outcome of trials as a table in Markdown, in columns that line up. */
export function labTable(results) {
  const rows = [COLUMNS.map(([title]) => title), ...results.map((result) => COLUMNS.map(([, value]) => value(result)))];
  // The legs may be long: their column is not filled up.
  const widths = COLUMNS.map((_, i) => (i === 6 ? 11 : Math.max(...rows.map((row) => row[i].length))));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

/** The page docs/lab.md. */
export function labPage(results, seconds, knownMisses) {
  const faults = results.filter(({ fault }) => fault.cause !== undefined);
  const controls = results.filter(({ fault }) => fault.cause === undefined);
  const right = (list) => list.filter((result) => result.right).length;
  const causes = new Set(faults.map(({ fault }) => fault.cause));
  const misses = Object.entries(knownMisses).map(([id, reason]) => `- ${id}: ${reason}`);
  return `# The lab

Three nodes in namespaces of a real Linux kernel, with bridge, VXLAN, iptables and conntrack, pods with servers in them, and
a network between them; faults are injected as they happen in the field, each is checked to break what it should and to spare
what it should, \`podnet collect\` runs on each node, and \`podnet diagnose\` judges the merged bundle. A cause that is told as
what brought another about counts as found.

    sudo npm run lab -- list                 the faults and controls
    sudo npm run lab -- up [VARIANT]         make a cluster (flannel, underlay, cilium)
    sudo npm run lab -- inject FAULT         break it
    sudo npm run lab -- diagnose             collect, and say what is wrong
    sudo npm run lab -- down                 remove it
    sudo npm run lab -- bundles FOLDER --all keep the bundle of every fault and control
    npm run lab -- walks FOLDER              hold the walk against what happened in those bundles

The suite is \`npx vitest run test/lab\`. It needs root; only namespaces of its own are touched. This page is written by
\`PODNET_WRITE_DOCS=1 npx vitest run test/lab\`.

Every flow that is probed is also predicted from the bundle alone, as \`podnet walk --all\` does, and held against what happened:
[how the two compare](walk.md#against-a-real-kernel). A fault in the network between the nodes or beyond the cluster, which no
node's state shows, is marked \`beyond\` in its list.

Of ${faults.length} faults over ${causes.size} causes, ${right(faults)} have the right cause first; of ${controls.length} controls, which look odd and work,
${right(controls)} have no diagnosis. ${Math.round(seconds)} seconds on two cores. Rank and probability are those of the expected cause, or of one that is as good
an answer; \`first\` says which cause is first where it is not the expected one.

## Faults

${labTable(faults)}
${misses.length > 0 ? `\nOthers are ranked first for:\n\n${misses.join('\n')}\n` : ''}
## Controls

${labTable(controls)}
`;
}
