import type { IpSet } from '../model.js';
import { wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';

const TYPE = /^(?:hash|bitmap|list):[a-z,]{1,40}$/;
/** What `ipset list` prints of a set besides its members. */
const HEADING = /^(?:Revision|Size in memory|References|Default|Header|Range): ?/;
/** The default size of a set is 65,536; what is beyond is counted as not told. */
const MOST_MEMBERS = 131_072;

function reads({ program, args }: Command): boolean {
  if (program === 'ipset-save' || program === 'ipset-list') return true;
  // `ipset list -n` prints names alone.
  return (
    program === 'ipset' &&
    /^(?:-?-?(?:list|save)|-[LS]|)$/.test(args[0] ?? '') &&
    !args.some((arg) => /^-(?:n|-name)$/.test(arg))
  );
}

/** `10.96.0.10,tcp:53 timeout 0 comment "x"`: the member, with `nomatch` where it is an exception. */
function memberOf(words: readonly string[]): string | undefined {
  const member = words[0];
  if (member === undefined) return undefined;
  const comment = words.indexOf('comment');
  const exception = words.indexOf('nomatch');
  return exception > 0 && (comment < 0 || exception < comment) ? `${member} nomatch` : member;
}

/** The options behind a set's type that say what its members mean. */
function readOptions(set: IpSet, words: readonly string[]): void {
  const after = (name: string): string | undefined => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words[at + 1];
  };
  set.family = after('family') === 'inet6' ? 6 : 4;
  const netmask = after('netmask') ?? after('bitmask');
  if (netmask !== undefined) set.netmask = netmask;
}

function addMember(set: IpSet, member: string): void {
  if (set.members.length < MOST_MEMBERS) set.members.push(member);
  else set.incomplete = true;
}

/** `ipset list` and `ipset save`: records `ipset`. Of `ipset list -t`, which prints no members, `incomplete` ones. */
export const ipset: Parser = {
  id: 'ipset',
  provides: ['ipset'],
  reads,
  recognises: (head) =>
    head.some(
      (line, at) => /^create \S+ (?:hash|bitmap|list):/.test(line) || (/^Name: \S/.test(line) && isType(head[at + 1])),
    ),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const sets = new Map<string, { set: IpSet; line: number; count?: number }>();
    let listed: { set: IpSet; line: number; count?: number } | undefined;
    let name: { text: string; line: number } | undefined;
    let inMembers = false;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.trim();
      if (line === '') continue;
      const words = wordsOf(line);
      if (line.startsWith('Name: ')) {
        name = { text: line.slice('Name: '.length), line: i + 1 };
        listed = undefined;
        inMembers = false;
      } else if (name !== undefined && isType(line)) {
        listed = { set: { name: name.text, type: words[1]!, family: 4, members: [] }, line: name.line };
        sets.set(name.text, listed);
        name = undefined;
      } else if (inMembers && listed !== undefined) {
        addMember(listed.set, memberOf(words)!);
      } else if (listed !== undefined && line === 'Members:') inMembers = true;
      else if (listed !== undefined && line.startsWith('Number of entries: ')) {
        const count = wholeNumber(words[3]);
        if (count !== undefined) listed.count = count;
      } else if (listed !== undefined && HEADING.test(line)) {
        if (line.startsWith('Header: ')) readOptions(listed.set, words);
      } else if ((words[0] === 'create' || words[0] === '-N') && TYPE.test(words[2] ?? '')) {
        const set: IpSet = { name: words[1]!, type: words[2]!, family: 4, members: [] };
        readOptions(set, words);
        sets.set(set.name, { set, line: i + 1 });
        listed = undefined;
      } else if (words[0] === 'add' || words[0] === '-A') {
        const member = memberOf(words.slice(2));
        const known = sets.get(words[1] ?? '');
        if (member === undefined || known === undefined) problems.report(i + 1, 'not a member of a set', line);
        else addMember(known.set, member);
      } else problems.report(i + 1, 'not a line of ipset', line);
    }
    for (const { set, line, count } of sets.values()) {
      if (count !== undefined && count > set.members.length) set.incomplete = true;
      sink.record('ipset', set, line);
    }
    problems.finish();
  },
};

function isType(line: string | undefined): boolean {
  return line?.startsWith('Type: ') === true && TYPE.test(line.slice('Type: '.length).trim());
}
