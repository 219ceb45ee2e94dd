import { dottedPathOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, FactSink, Parser } from './parser.js';

/**
 * Keys beside `net.` that say something about the network or who the machine is. `sysctl -a` of a large machine has tens
 * of thousands of others (`kernel.sched_domain.cpu0.…`).
 */
const OTHER_KEYS = new Set([
  'kernel.hostname',
  'kernel.osrelease',
  'kernel.pid_max',
  'kernel.threads-max',
  'fs.file-max',
  'fs.file-nr',
  'fs.inotify.max_user_instances',
  'fs.inotify.max_user_watches',
]);
const KEY = /^[a-z][a-z0-9_]*[./][^\s=:]+$/;
/** What `grep . /proc/sys/…` prints of several files. */
const PROC_LINE = /^\/proc\/sys\/([^\s:]+):(.*)$/;
/** `sysctl: permission denied on key 'net.core.bpf_jit_harden'`, `sysctl: reading key "net.…": I/O error`. */
const REFUSED_KEY = /^sysctl: .*?key ["'‘]([^"'’\s]+)["'’](?:: (.*))?$/;
/** `sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory`; BusyBox: `error: '…' is an unknown key`. */
const REFUSED_PATH = /^(?:sysctl|cat|grep): .*?\/proc\/sys\/([^\s:'"]+)['"]?: (.+)$/;
const UNKNOWN_KEY = /^(?:sysctl: )?error: ["']([^"'\s]+)["'] (is an unknown key)/;
/** Characters of a line that says why a key is not known: a path, and some words. */
const LONGEST_REFUSAL = 600;
const REFUSED_BARE = /^([a-z][\w./-]+): (permission denied|I\/O error|No such file or directory)$/i;

/**
 * One spelling for a key. procps writes a slash for a dot inside a device's name (`conf.flannel/1.rp_filter`), /proc has
 * slashes throughout; facts have dots throughout.
 */
function keyOf(text: string): string {
  return text.replaceAll('/', '.');
}

function isKept(key: string): boolean {
  return key.startsWith('net.') || OTHER_KEYS.has(key);
}

/** A number where it is one that JavaScript holds exactly; else the text with its tabs and runs of blanks made one blank. */
function parameterValue(text: string): number | string {
  const trimmed = text.trim();
  if (/^-?\d{1,16}$/.test(trimmed)) {
    const value = Number(trimmed);
    if (Number.isSafeInteger(value)) return value;
  }
  return trimmed.replace(/\s+/g, ' ');
}

/** The key whose bare value a file holds: from `cat /proc/sys/…` and `sysctl -n KEY`. */
function bareKeyOf(command: Command): string | undefined {
  const path = dottedPathOf(command);
  if (path?.startsWith('proc.sys.') === true) return path.slice('proc.sys.'.length);
  if (command.program !== 'sysctl' || !command.args.some((arg) => /^-[a-z]*n/.test(arg) || arg === '--values'))
    return undefined;
  const keys = command.args.filter((arg) => !arg.startsWith('-'));
  if (keys.length === 0) return undefined;
  if (!command.exact) return keyOf(keys.join('_'));
  return keys.length === 1 ? keyOf(keys[0]!) : undefined;
}

/** Whether a line can be a value by itself: numbers, or one word. Sentences are what a tool said instead. */
function isBareValue(line: string): boolean {
  return /^(?:-?\d{1,20}(?:\s+|$))+$/.test(line) || /^[\w.-]+$/.test(line);
}

/** Reads a line that says why a key is not known; false where it is no such line. */
function readRefusal(line: string, number: number, sink: FactSink): boolean {
  if (line.length > LONGEST_REFUSAL) return false;
  const named = REFUSED_KEY.exec(line);
  const match = named ?? REFUSED_PATH.exec(line) ?? UNKNOWN_KEY.exec(line) ?? REFUSED_BARE.exec(line);
  if (match === null) return false;
  const key = keyOf(match[1]!);
  const reason = match[2] ?? (/permission denied/i.test(line) ? 'permission denied' : line);
  if (isKept(key)) sink.unknown(`sysctl.${key}`, reason, number);
  return true;
}

/** `sysctl -a`, `sysctl KEY…`, `sysctl -n KEY`, `cat /proc/sys/…`: makes `sysctl.KEY`, per-interface keys included. */
export const sysctl: Parser = {
  id: 'sysctl',
  provides: ['sysctl.*'],
  reads: (command) =>
    (command.program === 'sysctl' && !command.args.some((arg) => /^-[a-z]*[pw]/.test(arg) || arg === '--system')) ||
    dottedPathOf(command)?.startsWith('proc.sys.') === true,
  recognises: (head) =>
    head.some((line) => /^(?:net|kernel|fs|vm|dev|abi|debug|user|crypto|sunrpc)[./][^\s=:]+ ?= ?\S/.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    let bare = bareKeyOf(input.command);
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.trim();
      if (line === '' || line.startsWith('#')) continue;
      if (readRefusal(line, i + 1, sink)) continue;
      const equals = line.indexOf('=');
      const name = equals < 0 ? '' : line.slice(0, equals).trim();
      if (equals > 0 && KEY.test(name)) {
        const key = keyOf(name);
        if (isKept(key)) sink.fact(`sysctl.${key}`, parameterValue(line.slice(equals + 1)), i + 1);
        continue;
      }
      const proc = PROC_LINE.exec(line);
      if (proc !== null) {
        const key = keyOf(proc[1]!);
        if (isKept(key)) sink.fact(`sysctl.${key}`, parameterValue(proc[2]!), i + 1);
      } else if (bare !== undefined && isBareValue(line)) {
        if (isKept(bare)) sink.fact(`sysctl.${bare}`, parameterValue(line), i + 1);
        bare = undefined;
      } else problems.report(i + 1, 'not a kernel parameter', line);
    }
    problems.finish();
  },
};
