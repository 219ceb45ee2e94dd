import { nodeSubject, podSubject } from '../model.js';
import { commandOfArgv, isClusterCommand } from './command.js';
import { UNNAMED_NAMESPACE } from './place.js';
import { type Prompt, promptOf } from './prompt.js';
import { type Section, withoutBlankEnd } from './section.js';
import { type ShellCommand, shellCommands } from './shell-line.js';
import { ANYWHERE, entranceOf, type Whereabouts } from './whereabouts.js';

export interface SessionOptions {
  /** Whether `$ ` and `# ` count as prompts before a known program. */
  bare: boolean;
  /** Lines before the first of these in the file. */
  offset: number;
  /** Lines that end an output although no prompt does: the prose between pasted pieces. */
  endsOutput?: (line: string) => boolean;
}

/**
 * Cuts a terminal session into its commands, each with its output and with where it ran: the host from the prompt, the pod
 * from the `kubectl exec` or `docker exec` that led into it. Lines before the first prompt are nobody's. Empty where there
 * is no prompt.
 */
export function cutSession(lines: readonly string[], options: SessionOptions): Section[] {
  const session = new Session();
  const sections: Section[] = [];
  let current: { section: Section; indent: number } | undefined;
  const close = (): void => {
    if (current !== undefined && withoutBlankEnd(current.section.lines).length > 0) sections.push(current.section);
    current = undefined;
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!;
    const prompt = promptOf(line, options.bare);
    if (prompt === undefined) {
      if (current === undefined) continue;
      if (options.endsOutput?.(line) === true) close();
      else current.section.lines.push(indented(line, current.indent));
      continue;
    }
    close();
    let text = prompt.command;
    while (text.endsWith('\\') && i + 1 < lines.length && text.length < LONGEST_COMMAND) {
      i += 1;
      text = `${text.slice(0, -1)} ${lines[i]!.replace(/^\s*(?:> ?)?/, '')}`;
    }
    const section = session.run(prompt, text);
    if (section === undefined) continue;
    section.offset = options.offset + i + 1;
    current = { section, indent: prompt.indent };
  }
  close();
  return sections;
}

/** Characters that a command may have that goes on over lines. */
const LONGEST_COMMAND = 8000;

/** Takes the blanks off with which a whole piece was indented. */
function indented(line: string, by: number): string {
  let from = 0;
  while (from < by && line[from] === ' ') from += 1;
  return from === 0 ? line : line.slice(from);
}

interface Inside {
  at: Whereabouts;
  /** The prompt from which it was entered: where it is shown again, that shell has ended. */
  from: string;
  samePrompt: boolean;
}

/** What one command line is: where it runs, and what of it has an output that can be read. */
class Session {
  /** Shells within shells, the innermost last. */
  readonly #inside: Inside[] = [];
  /** The host of the last prompt that named a machine. */
  #host: string | undefined;
  #key = '';

  /** The section that a command begins; undefined where it prints nothing that is looked at. */
  run(prompt: Prompt, text: string): Section | undefined {
    const at = this.#whereIs(prompt);
    if (/^(?:exit|logout|quit)\b/.test(text)) {
      this.#inside.pop();
      return undefined;
    }
    const { command: chosen, unread } = readableOf(shellCommands(text));
    if (chosen === undefined) return undefined;
    const enters = entranceOf(chosen.argv, this.#host);
    if (enters !== undefined && enters.argv.length === 0) {
      this.#inside.push({ at: enters.to, from: this.#key, samePrompt: enters.samePrompt });
      return undefined;
    }
    const argv = enters?.argv ?? chosen.argv;
    const command = commandOfArgv(shellTakenOff(argv));
    const where = isClusterCommand(command) ? ANYWHERE : (enters?.to ?? at);
    if (prompt.foreign && where !== ANYWHERE && enters === undefined) return undefined;
    return { kind: 'output', offset: 0, lines: [], command, ...where, ...(unread === undefined ? {} : { unread }) };
  }

  #whereIs(prompt: Prompt): Whereabouts {
    const { host } = prompt;
    this.#key = prompt.key;
    while (this.#inside.length > 0) {
      const inside = this.#inside[this.#inside.length - 1]!;
      const left = prompt.key === inside.from ? !inside.samePrompt : host !== undefined && !canBe(inside.at, host);
      if (!left) return inside.at;
      this.#inside.pop();
    }
    if (prompt.foreign) return {};
    if (host !== undefined) {
      if (isPodName(host)) return podByName(host, undefined);
      this.#host = host;
      return { subject: nodeSubject(host) };
    }
    if (prompt.busybox) return podByName(`container-on-${this.#host ?? 'unknown-node'}`, this.#host);
    return this.#host === undefined ? {} : { subject: nodeSubject(this.#host) };
  }
}

function podByName(pod: string, node: string | undefined): Whereabouts {
  const subject = podSubject(UNNAMED_NAMESPACE, pod);
  return node === undefined ? { subject, pod } : { subject, pod, node };
}

/** Whether a prompt that names a host can be of the shell that was entered: a pod's host name is its own. */
function canBe({ subject = '', pod }: Whereabouts, host: string): boolean {
  const name = pod ?? subject.slice(subject.lastIndexOf('/') + 1);
  // Containers entered by their id have the name of their pod, which nobody knew before.
  return host === name || /^[0-9a-f]{8,64}$/.test(name) || name.startsWith('pid-');
}

/** Names of a ReplicaSet's pods: no machine is called so. */
function isPodName(host: string): boolean {
  return /-[a-f0-9]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(host);
}

/** `sh -c 'ip route'` runs what it quotes. */
function shellTakenOff(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('-c');
  if (at !== 1 || !/^(?:\/bin\/)?(?:ba|da|a)?sh$/.test(argv[0]!) || argv[2] === undefined) return argv;
  return shellCommands(argv[2])[0]?.argv ?? argv;
}

/** Commands that print nothing, or a line that no parser takes for another. */
const BESIDE = /^(?:cd|export|set|unset|source|\.|alias|clear|true|sleep|echo|date|hostname|pwd|stty|PS1=.*)$/;
/** Pipes that change nothing of what goes through. */
const TRANSPARENT = /^(?:cat|less|more|tee|most|column)$/;
/** Pipes that leave lines out. */
const SIEVES = /^(?:grep|egrep|zgrep|head|tail|sort|uniq)$/;
/**
 * Programs of whose output each line stands for itself, so that a part of it misleads nobody: of a routing table, of
 * rules and sockets, what is not shown would look as if it were not there.
 */
const LINE_BY_LINE =
  /^(?:sysctl|cat|netstat|nstat|ethtool|dmesg|journalctl|ping|ping6|arping|curl|wget|dig|nslookup|nc|uptime)$/;

/** The command of a line whose output can be read, and why it cannot where it is only a part. */
function readableOf(commands: readonly ShellCommand[]): { command: ShellCommand | undefined; unread?: string } {
  const heads = commands.filter(({ argv, after }) => after !== '|' && !BESIDE.test(argv[0]!));
  const [command] = heads;
  if (command === undefined) return { command: undefined };
  if (heads.length > 1) return { command, unread: 'several commands in one line' };
  const pipe = commands.slice(commands.indexOf(command) + 1).filter(({ after }) => after === '|');
  if (command.redirected || pipe.some(({ redirected }) => redirected))
    return { command, unread: 'its output went to a file' };
  const program = commandOfArgv(command.argv).program;
  for (const { argv } of pipe) {
    if (TRANSPARENT.test(argv[0]!)) continue;
    const harmless =
      SIEVES.test(argv[0]!) && LINE_BY_LINE.test(program) && !argv.some((arg) => /^-[a-zA-Z]*[coq]/.test(arg));
    if (!harmless) return { command, unread: `only what ${argv[0]!} leaves of its output` };
  }
  return { command };
}

/** The section that a command without a prompt begins; undefined where it prints nothing that is looked at. */
export function sectionOfLine(line: string): Section | undefined {
  return new Session().run(NO_PROMPT, line);
}

const NO_PROMPT: Prompt = { indent: 0, atRoot: false, key: '$', busybox: false, foreign: false, command: '' };
