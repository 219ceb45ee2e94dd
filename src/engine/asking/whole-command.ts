/** Parts that only narrow what a command prints: without them it shows the same, and more. */
const NARROWING: readonly [RegExp, string][] = [
  // A remark, as in `ip xfrm state (on both nodes)`.
  [/\s+\([^)]*\)$/, ''],
  [/\s*\|\s*(?:e?grep|head|tail|wc|sort|m?awk)\b.*$/, ''],
  [/^((?:ip6?tables|ebtables)(?:-legacy|-nft)?-save)\s+-t\s+\w+$/, '$1'],
  [/^nstat\s+-az\s+\S.*$/, 'nstat -az'],
  [/^sysctl\s+(?:-ar\s+)?[\w'"(\\.].*$/, 'sysctl -a'],
  // The kernel's log, whoever prints it.
  [/^journalctl\s+-k\b.*$/, 'dmesg -T'],
  // One print of addresses has the links' state, MTU, kind and counters too.
  [/^ip(?:\s+-(?:d|s|br))*\s+(?:link|addr)(?:\s+show\s+.*)?$/, 'ip -d -s addr'],
  [/^ip\s+route(?:\s+show\b.*)?$/, 'ip route show table all'],
  [/^ip\s+-6\s+route\b.*$/, 'ip -6 route'],
  [/^ip\s+neigh\b.*$/, 'ip neigh'],
  [/^bridge\s+fdb\b.*$/, 'bridge fdb'],
  [/^bridge\s+(?:-d\s+)?link\b.*$/, 'bridge -d link'],
  [/^tc\s+-s\s+qdisc\b.*$/, 'tc -s qdisc'],
  [/^conntrack\s+-L\b.*$/, 'conntrack -L'],
  [/^((?:nsenter -t PID -n )?ss)\s+-lnt?u?p?$/, '$1 -lntup'],
  [/^systemctl\s+list-units\b.*$/, 'systemctl list-units'],
  // A capture of all packets of a device.
  [/^tcpdump\s+(?:-c\s+\d+\s+)?-v*ni\s+(\w+)\b.*$/, 'tcpdump -ni $1'],
  [/^kubectl\s+(?:-n\s+\S+\s+)?exec\s+(?:-n\s+\S+\s+)?(POD\s+--\s)/, 'kubectl -n NAMESPACE exec $1'],
];

/** Kinds of objects by the names that commands have for them; all of a kind are printed at once. */
const KINDS: Readonly<Record<string, string>> = {
  node: 'nodes',
  pod: 'pods',
  svc: 'services',
  service: 'services',
  endpointslice: 'endpointslices',
  event: 'events',
  networkpolicy: 'networkpolicies',
  ingress: 'ingresses',
  ds: 'daemonsets',
  daemonset: 'daemonsets',
  httproute: 'httproutes',
  gateway: 'gateways',
};
const OF_KIND = new Set([...Object.values(KINDS), 'endpoints', 'egressip', 'egresses', 'ciliumegressgatewaypolicies']);
OF_KIND.add('ingressclass').add('validatingwebhookconfigurations').add('mutatingwebhookconfigurations');

/** A CNI agent's pod has one log, wherever that agent's namespace is. */
const AGENTS = new Set(['AGENT', 'AGENT_POD']);

/**
 * What the commands of a `collect` print without their filters, sorted, each once: `dmesg -T | grep -i link` is a part of
 * `dmesg -T`, `kubectl get svc NAME -o yaml` of all Services, a describe is the object and its events. Who is asked for
 * several parts of one output runs the whole of it once.
 */
export function wholeCommands(collect: string): string[] {
  const wholes = new Set<string>();
  for (const command of separated(collect)) for (const whole of wholesOf(command)) wholes.add(whole);
  return [...wholes].sort();
}

/** The commands of a line; a quoted `;` is the business of the shell in the quotes. */
function separated(collect: string): string[] {
  const commands: string[] = [];
  let command = '';
  let quote = '';
  for (const character of collect) {
    if (character === quote) quote = '';
    else if (quote === '' && (character === "'" || character === '"')) quote = character;
    if (character === ';' && quote === '') {
      commands.push(command);
      command = '';
    } else command += character;
  }
  return [...commands, command].map((one) => one.trim()).filter((one) => one !== '');
}

function wholesOf(command: string): string[] {
  let whole = command;
  for (const [part, instead] of NARROWING) whole = whole.replace(part, instead);
  const words = whole.split(/\s+/);
  if (words[0] === 'journalctl') return journalsOf(words, whole);
  if (words[0] !== 'kubectl') return [whole];
  const verb = words[1] === '-n' ? 3 : 1;
  if (words[verb] === 'get') return objectsOf(words, verb, whole);
  if (words[verb] === 'describe') return [...objectsOf(words, verb, whole), 'kubectl get events -A -o yaml'];
  if (words[verb] === 'logs') return [logOf(words, verb)];
  return [whole];
}

/** Each unit has a journal of its own. */
function journalsOf(words: readonly string[], whole: string): string[] {
  const units = words.filter((_, index) => words[index - 1] === '-u');
  return units.length === 0 ? [whole] : units.map((unit) => `journalctl -u ${unit}`);
}

function objectsOf(words: readonly string[], verb: number, whole: string): string[] {
  const kinds = (words[verb + 1] ?? '').split(',').map((kind) => KINDS[kind] ?? kind);
  return kinds.every((kind) => OF_KIND.has(kind)) ? kinds.map((kind) => `kubectl get ${kind} -A -o yaml`) : [whole];
}

/** Of a pod's log that of the container before is not a part. */
function logOf(words: readonly string[], verb: number): string {
  const selector = words.indexOf('-l');
  const named = words.slice(verb + 1).find((word, index, all) => !word.startsWith('-') && all[index - 1] !== '-n');
  const of =
    selector > 0
      ? `-l ${words[selector + 1]}`
      : AGENTS.has(named ?? '')
        ? 'AGENT_POD'
        : (named ?? '').replace(/^CLIENT_POD$/, 'POD');
  return `kubectl -n NAMESPACE logs ${of}${words.includes('--previous') ? ' --previous' : ''}`;
}
