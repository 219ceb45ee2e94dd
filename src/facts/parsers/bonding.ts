import type { Bond } from '../model.js';
import { dottedPathOf, wholeNumber } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

const FOLDER = 'proc.net.bonding.';
const DRIVER = /^Ethernet Channel Bonding Driver:/;
const FIELD = /^\s*([A-Za-z][\w ./()-]{1,60}?)\s*:\s?(.*)$/;
const MOST_MEMBERS = 64;

/** `cat /proc/net/bonding/NAME`: a record `bond`. What the kernel writes beyond members and their state is left aside. */
export const bonding: Parser = {
  id: 'bonding',
  provides: ['bond'],
  reads: (command) => dottedPathOf(command)?.startsWith(FOLDER) === true,
  recognises: (head) => head.some((line) => DRIVER.test(line)),
  parse({ lines, command }, sink) {
    const problems = new LineProblems(sink);
    const path = dottedPathOf(command);
    const name = path?.startsWith(FOLDER) === true ? path.slice(FOLDER.length, FOLDER.length + 32) : 'bond';
    const bond: Bond = { name, members: [] };
    let member: Bond['members'][number] | undefined;
    let first = 0;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 300);
      if (line.trim() === '') continue;
      if (DRIVER.test(line)) {
        first ||= i + 1;
        continue;
      }
      const field = FIELD.exec(line);
      if (field === null) {
        if (!/^\s*(?:802\.3ad info|details |Active Aggregator Info)/.test(line))
          problems.report(i + 1, 'not a line of a bond', line);
        continue;
      }
      const [, key, value] = field as unknown as [string, string, string];
      if (key === 'Slave Interface' || key === 'Member Interface') {
        if (bond.members.length >= MOST_MEMBERS) break;
        member = { name: value.trim().slice(0, 32) };
        bond.members.push(member);
      } else if (member === undefined) {
        if (key === 'Bonding Mode') bond.mode = value.trim().slice(0, 100);
        else if (key === 'Aggregator ID') setNumber(bond, 'activeAggregator', value);
      } else if (key === 'MII Status') member.up = value.trim() === 'up';
      else if (key === 'Link Failure Count') setNumber(member, 'failures', value);
      else if (key === 'Aggregator ID') setNumber(member, 'aggregator', value);
    }
    problems.finish();
    if (first === 0 && bond.mode === undefined && bond.members.length === 0) return;
    sink.record('bond', bond, first || 1);
  },
};

function setNumber<K extends string>(target: { [key in K]?: number }, key: K, text: string): void {
  const value = wholeNumber(text.trim());
  if (value !== undefined) target[key] = value as (typeof target)[K];
}
