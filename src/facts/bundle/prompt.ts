import { isKnownProgram } from './command.js';

/** A shell's prompt with the command line behind it. */
export interface Prompt {
  /** Blanks before it: the output below it is indented alike where somebody indented all of it. */
  indent: number;
  /** The host that it names. */
  host?: string;
  /** `root@web-0:/#` of a container stands in its root. */
  atRoot: boolean;
  /** All of it but the folder: of a shell within a shell another one. */
  key: string;
  /** `/ #`: BusyBox, whose shell nobody has but containers. */
  busybox: boolean;
  /** A person's own Windows: what runs there is not of the cluster. */
  foreign: boolean;
  command: string;
}

/** Longest line that can be a prompt with its command. */
const LONGEST = 4000;

/** What names of hosts and users are made of. */
const NAME = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}';

/** `(venv) ` and the like before a prompt. */
const BEFORE = String.raw`^(\s{0,12})(?:\([\w.:-]{1,40}\) ?)?`;

/** `[root@n1 ~]# `, `[root@n1:~]$ `. */
const BRACKETS = new RegExp(String.raw`${BEFORE}\[(${NAME})@(${NAME})[ :]([^\]]{0,200})\] ?[#$%] ?(.*)$`);
/** `user@n1:~$ `, `root@web-0:/# `. */
const COLON = new RegExp(String.raw`${BEFORE}(${NAME})@(${NAME}):((?:~|/)[^\s#$]{0,200})? ?[#$] ?(.*)$`);
/** `user@n1 ~ $ `. */
const SPACED = new RegExp(String.raw`${BEFORE}(${NAME})@(${NAME}) ((?:~|/)\S{0,200}) [#$%] ?(.*)$`);
/** SUSE's and Alpine's `n1:~ # `. */
const HOST_COLON = new RegExp(String.raw`${BEFORE}(${NAME}):((?:~|/)[^\s#$>]{0,200}) ?[#$>](?: (.*))?$`);
/** `/ # `, `~ $ `, `/app # `. */
const BUSYBOX = /^(\s{0,12})((?:~|\/)[\w./-]{0,100}) [#$](?: (.*))?$/;
/** `sh-4.4# `, `bash-5.1$ `. */
const SHELL = /^(\s{0,12})((?:ba|da|a|k|z)?sh-\d[\d.]{0,10})[#$](?: (.*))?$/;
/** oh-my-zsh's `➜  ~ git:(main) ✗ `. */
const ARROW = /^(\s{0,12})➜ +\S{1,100} (?:git:\(\S{0,100}\) )?(?:✗ )?(.*)$/;
/** `C:\Users\x> `, `PS C:\> `. */
const WINDOWS = /^(\s{0,12})(?:PS )?[A-Za-z]:\\[^>]{0,200}> ?(.*)$/;
/** `$ ip route`, `# ip route`: a comment begins like the second, so that is one only before a program that is known. */
const BARE = /^(\s{0,12})([$#]) (?=\S)(.*)$/;
const COMMAND_WORD = /^(?:\.{0,2}\/)?[a-z][\w./-]{0,60}(?=\s|$)/;

/**
 * The prompt that a line begins with; undefined where it begins with none. Bare ones (`$ `, `# `) count where `bare` says
 * so, `# ` only before a known program.
 */
export function promptOf(line: string, bare: boolean): Prompt | undefined {
  if (line.length > LONGEST || !/[#$%>➜]/.test(line)) return undefined;
  const named = BRACKETS.exec(line) ?? COLON.exec(line) ?? SPACED.exec(line);
  if (named !== null) {
    const [, indent, user, host, folder = '', command] = named;
    return promptWith(indent!, command, { host: host!, key: `${user}@${host}`, atRoot: folder === '/' });
  }
  const windows = WINDOWS.exec(line);
  if (windows !== null) return promptWith(windows[1]!, windows[2], { key: 'windows', foreign: true });
  const busybox = BUSYBOX.exec(line);
  if (busybox !== null) return promptWith(busybox[1]!, busybox[3], { key: '/', busybox: true });
  const host = HOST_COLON.exec(line);
  if (host !== null) return promptWith(host[1]!, host[4], { host: host[2]!, key: host[2]!, atRoot: host[3] === '/' });
  const shell = SHELL.exec(line);
  if (shell !== null) return promptWith(shell[1]!, shell[3], { key: shell[2]! });
  const arrow = ARROW.exec(line);
  if (arrow !== null) return promptWith(arrow[1]!, arrow[2], { key: '➜' });
  if (!bare) return undefined;
  const simple = BARE.exec(line);
  if (simple === null) return undefined;
  const command = simple[3]!;
  const isOne = startsWithProgram(command) || (simple[2] === '$' && COMMAND_WORD.test(command));
  return isOne ? promptWith(simple[1]!, command, { key: '$' }) : undefined;
}

function promptWith(indent: string, command: string | undefined, what: Partial<Prompt> & { key: string }): Prompt {
  return {
    indent: indent.length,
    atRoot: false,
    busybox: false,
    foreign: false,
    command: (command ?? '').trim(),
    ...what,
  };
}

/** Programs that are typed before another one, or that print what podnet reads and are called differently. */
const BEFORE_OTHERS =
  /^(?:sudo|cat|docker|crictl|nerdctl|nsenter|chroot|ssh|timeout|time|watch|uname|systemctl|lsmod)$/;

/** Programs whose names are words as well: what stands behind them where it is a command. */
const ARGUMENTS: Readonly<Record<string, RegExp>> = {
  ip: /^(?:-\S+ +){0,4}(?:a|ad|addr|address|l|li|link|r|ro|route|ru|rule|n|nei|neigh|neighbor|neighbour|netns|tunnel|xfrm|maddr|mroute|token)(?: |$)/,
  bridge: /^(?:-\S+ +){0,4}(?:fdb|link|vlan|mdb)(?: |$)/,
  route: /^(?:$|-|get )/,
  arp: /^(?:$|-)/,
  host: /^\S*[.\d]/,
  watch: /^(?:-|\w+ )/,
  time: /^\w+ /,
  cat: /^(?:-\S+ +)?[/~.]/,
};

/** Whether a line may be a command line: it begins with a program that podnet knows, in small letters as programs are. */
export function startsWithProgram(line: string): boolean {
  const match = /^(?:\/?(?:usr\/)?s?bin\/)?([a-z][a-z0-9-]{1,24})(?=\s|$)/.exec(line);
  const word = match?.[1];
  if (word === undefined || !(isKnownProgram(word) || BEFORE_OTHERS.test(word))) return false;
  return ARGUMENTS[word]?.test(line.slice(match![0].length).trim().slice(0, 200)) ?? true;
}
