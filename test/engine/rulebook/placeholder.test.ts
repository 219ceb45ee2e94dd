// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the shell's here
import { expect, it } from 'vitest';
import { fillPlaceholders, placeholdersOf } from '../../../src/engine/rulebook/placeholder.js';

it.each([
  ['ip link set {addresses.nic} mtu 1500 # {node}, {addresses.nic}', ['addresses.nic', 'node']],
  ['kubectl -n {namespace} logs {pod}', ['namespace', 'pod']],
  // Braces that are the shell's, awk's, jsonpath's, a template's or JSON's.
  ['echo ${HOME} {a,b} {1..5}', []],
  ["awk '{ print }' | awk '{print $1}'", []],
  [`kubectl get no -o jsonpath='{range .items[*]}{.metadata.name}{"\\n"}{end}'`, []],
  ["docker ps --format '{{json .}}{{end}}'", []],
  [`kubectl patch svc x -p '{"spec":{}}'`, []],
  ['find . -exec rm {} \\;', []],
])('the placeholders of %s are %j', (command, names) => {
  expect(placeholdersOf(command)).toEqual(names);
});

it('fills in what is known and leaves the rest as it is', () => {
  const known = new Map([['node', "'n 1'"]]);
  expect(fillPlaceholders('ssh {node} "echo ${node} {pod} {end}"', (name) => known.get(name))).toBe(
    'ssh \'n 1\' "echo ${node} {pod} {end}"',
  );
});
