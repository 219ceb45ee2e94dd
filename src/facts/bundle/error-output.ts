import { shown } from './path.js';

/**
 * Error messages that stand in files in place of an output: the program was missing, was not allowed, or had nothing to
 * ask. Sources: bash, dash, BusyBox and their Chinese translations, sos and must-gather ("exec of … failed"), iproute2,
 * iptables, ethtool, journalctl, kubectl, runc; `podnet: ` is what podnet's own collector writes in an output's place.
 */
const NEVER_RAN: readonly RegExp[] = [
  /^podnet: /,
  /command not found/i,
  /^\S*sh: (?:line )?(?:\d+: )?\S+: (?:not found|No such file or directory|Permission denied)$/,
  /executable file not found/,
  /exec of "[^"]*" failed/,
  /failed to run command/,
  /unable to start container process|OCI runtime exec failed/,
  /未找到命令|找不到命令/,
  /^Command '[^']*' not found/,
  /: socket: (?:Operation not permitted|Permission denied)/,
  /^sudo: /,
  /^(?:error: )?(?:unable to upgrade connection|cannot exec (?:into|in) a)/,
  /^Error from server\b|^error: (?:Internal error occurred|You must be logged in|the server )/,
  /^The connection to the server \S+ was refused|^Unable to connect to the server: /,
];

const NO_OUTPUT: readonly RegExp[] = [
  ...NEVER_RAN,
  /permission denied|权限不够|不允许的操作/i,
  /operation not (?:permitted|supported)/i,
  /no such (?:file or directory|device)|没有那个文件或目录/i,
  /^-- No entries --$|^No journal files were (?:found|opened)/,
  /^error: |^Error from server|^Error: |^The connection to the server \S+ was refused/,
  /^unable to |^cannot |^can't |^failed to |^Fatal: /i,
  /Cannot open netlink socket|RTNETLINK answers: |netlink error: /,
  /can't initialize ip6?tables table|Perhaps ip6?tables or your kernel needs to be upgraded/,
  /^Dump (?:terminated|was interrupted)/,
  /^Object "[^"]*" is unknown|^Device "[^"]*" does not exist/,
  /(?:invalid|unrecognized|unknown) option/i,
  /must be (?:run as )?root|are you root\?/i,
  /^no stats available$/,
];

/** Lines that say nothing of the output: what runs a command in a pod adds them. */
const NOTICE = /^(?:Warning: |Defaulted container |command terminated with exit code \d+$|exit status \d+$)/;

/** Exit statuses with which a shell says that it could not run a program. */
const COULD_NOT_RUN = [126, 127];

/** Lines that a complaint about a missing program may have: some shells go on with what to install. */
const LONGEST_COMPLAINT = 12;
/** Lines of an output that may be error messages throughout. */
const FEW = 3;

/**
 * Why a file holds no output, where it does not: the error message that stands there instead. An output in which some
 * lines are errors is one: its parser knows what they mean.
 *
 * `isProbe`: the program tries something and reports its failure, so only messages that it never ran count.
 */
export function errorInsteadOfOutput(lines: readonly string[], isProbe: boolean, exit?: number): string | undefined {
  const telling: string[] = [];
  for (const line of lines) {
    const trimmed = line.trim();
    if (trimmed === '' || NOTICE.test(trimmed)) continue;
    if (trimmed.length > 1000) return undefined;
    telling.push(trimmed);
    if (telling.length > LONGEST_COMPLAINT) return undefined;
  }
  const first = telling[0];
  if (first === undefined) return undefined;
  if (NEVER_RAN.some((pattern) => pattern.test(first))) return shown(first);
  if (telling.length > FEW) return undefined;
  if (exit !== undefined && COULD_NOT_RUN.includes(exit)) return shown(first);
  if (isProbe) return undefined;
  return telling.every((line) => NO_OUTPUT.some((pattern) => pattern.test(line))) ? shown(first) : undefined;
}
