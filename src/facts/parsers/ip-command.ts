import type { Command } from './parser.js';

/** The objects of `ip` whose listings are read. */
export type IpObject = 'address' | 'link' | 'route' | 'rule' | 'neighbour';

/** An invocation of iproute2's or BusyBox's `ip`. */
export interface IpCommand {
  object: IpObject;
  /** From `-4`, `-6`, `-f inet6`. */
  family?: 4 | 6;
  /** `show`, `list`, `get`, … in full; `show` where none was given. */
  verb: string;
  /** Words after the verb: selectors such as `dev eth0`, `table all`. */
  selectors: readonly string[];
  /** `-j`: what is printed is JSON. */
  json?: true;
}

/** `ip` takes any prefix; the first of these that starts with the word is meant (iproute2, ip/ip.c, order of its table). */
const OBJECTS: readonly (readonly [string, IpObject | undefined])[] = [
  ['address', 'address'],
  ['addrlabel', undefined],
  ['maddress', undefined],
  ['route', 'route'],
  ['rule', 'rule'],
  ['neighbor', 'neighbour'],
  ['neighbour', 'neighbour'],
  ['ntable', undefined],
  ['link', 'link'],
];
const VERBS = ['show', 'list', 'lst', 'get', 'add', 'delete', 'flush', 'save', 'restore', 'replace', 'change', 'set'];
/** Options of `ip` that take the next word. */
const WITH_VALUE = new Set(['-f', '-family', '-l', '-loops', '-rc', '-rcvbuf', '-b', '-batch']);

/**
 * What an `ip` command lists. Undefined for other objects and for commands that look into another network namespace
 * (`ip -n NS`, `ip netns exec`): what they print is not about the subject.
 */
export function ipCommand(command: Command): IpCommand | undefined {
  if (command.program !== 'ip') return undefined;
  const { args } = command;
  let family: 4 | 6 | undefined;
  let json = false;
  let i = 0;
  for (; i < args.length && args[i]!.startsWith('-'); i += 1) {
    const option = args[i]!.replace(/^--/, '-');
    if (option === '-4') family = 4;
    else if (option === '-6') family = 6;
    else if (option === '-n' || option.startsWith('-net')) return undefined;
    else if (option === '-j' || option.startsWith('-js')) json = true;
    else if (WITH_VALUE.has(option)) {
      i += 1;
      if (option.startsWith('-f')) {
        if (args[i] === 'inet') family = 4;
        else if (args[i] === 'inet6') family = 6;
      }
    }
  }
  const word = args[i]?.toLowerCase();
  if (word === undefined || word === '') return undefined;
  const object = OBJECTS.find(([name]) => name.startsWith(word))?.[1];
  if (object === undefined) return undefined;
  const verbWord = args[i + 1];
  const verb = verbWord === undefined || verbWord === '' ? 'show' : VERBS.find((name) => name.startsWith(verbWord));
  // `ip addr dev eth0` and `ip route table 2` list without a verb.
  const selectors = args.slice(i + (verb === undefined || verbWord === undefined ? 1 : 2));
  return {
    object,
    verb: verb ?? 'show',
    selectors,
    ...(family === undefined ? {} : { family }),
    ...(json ? { json } : {}),
  };
}

/** Whether the command prints a listing of that object as text. */
export function listsIp(command: Command, object: IpObject): boolean {
  const ip = ipCommand(command);
  return ip?.object === object && ip.json === undefined && isListing(ip);
}

/** Whether the command prints a listing as JSON. */
export function listsIpAsJson(command: Command): boolean {
  const ip = ipCommand(command);
  return ip?.json === true && isListing(ip);
}

function isListing({ verb }: IpCommand): boolean {
  return verb === 'show' || verb === 'list' || verb === 'lst';
}

/** The word after `name` among the selectors: `eth0` of `dev eth0`. */
export function selector(command: Command, name: string): string | undefined {
  const { args } = command;
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}
