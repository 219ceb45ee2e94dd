/** Parts that only narrow what a command prints: without them it shows the same, and more. */
const NARROWING: readonly [RegExp, string][] = [
  [/\s*\|\s*(?:e?grep|head|wc|m?awk)\b.*$/, ''],
  [/^((?:ip6?tables|ebtables)(?:-legacy|-nft)?-save)\s+-t\s+\w+$/, '$1'],
  [/^nstat\s+-az\s+\S.*$/, 'nstat -az'],
  [/^sysctl\s+(?:-ar\s+)?[\w'"(\\.].*$/, 'sysctl -a'],
  [/^(kubectl get events -A)\s+--field-selector\s+\S+$/, '$1'],
  [/^(kubectl get pods -A -o wide)\s+--field-selector\s+\S+$/, '$1'],
  [/\s+--tail=\d+$/, ''],
];

/**
 * What the commands of a `collect` print without their filters, sorted, each once: `dmesg -T | grep -i link` is a part of
 * `dmesg -T`. Who is asked for several parts of one output runs the whole of it once.
 */
export function wholeCommands(collect: string): string[] {
  const wholes = new Set<string>();
  for (const command of collect.split(/;\s*(?=[a-z])/)) {
    let whole = command.trim();
    for (const [part, instead] of NARROWING) whole = whole.replace(part, instead);
    if (whole !== '') wholes.add(whole);
  }
  return [...wholes].sort();
}
