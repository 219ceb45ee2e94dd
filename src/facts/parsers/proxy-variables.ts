import { dottedPathOf } from './command-words.js';
import type { Command, Parser } from './parser.js';

/** `NAME="value"`, systemd's `"NAME=value"`, `NAME=value`; in `env`, /etc/environment, profiles and unit files. */
const VARIABLE =
  /(?:^|[\s=])(?:((?:https?|all|no)_proxy)="([^"]{0,8000})"|"((?:https?|all|no)_proxy)=([^"]{0,8000})"|'((?:https?|all|no)_proxy)=([^']{0,8000})'|((?:https?|all|no)_proxy)=([^\s"']{0,8000}))/gi;
const ASSIGNMENT = /^(?:export |declare -x )?[A-Za-z_]\w{0,80}=/;
const FILES = /^etc\.(?:environment$|profile\.d\.|sysconfig\.|default\.)|(?:^|\.)system\.[\w@-]{1,80}\.service\.d\./;

function isFile(command: Command): boolean {
  return FILES.test(dottedPathOf(command) ?? '');
}

function isUnit({ program, args }: Command): boolean {
  return program === 'systemctl' && (args.includes('show') || args.includes('cat'));
}

/** The unit that a drop-in's path or systemctl's arguments name. */
function unitOf(command: Command): string | undefined {
  if (isUnit(command)) {
    const named = command.args.find(
      (arg) => /^[\w@-]{1,80}(?:\.service)?$/.test(arg) && !/^(?:show|cat|Environment)$/.test(arg),
    );
    return named?.replace(/\.service$/, '');
  }
  return /system\.([\w@-]{1,80})\.service\.d\./.exec(dottedPathOf(command) ?? '')?.[1];
}

/** `http://user:word@proxy:3128` without what opens the proxy. */
function withoutLogin(value: string): string {
  return value.replace(/\/\/[^/@\s]{1,500}@/, '//');
}

/**
 * `env`, `printenv`, /etc/environment, `systemctl show UNIT -p Environment`, drop-ins of units: record `proxy-variables`,
 * names in upper case. An output without any is a record without any.
 */
export const proxyVariables: Parser = {
  id: 'proxy-variables',
  provides: ['proxy-variables'],
  reads: (command) => /^(?:env|printenv)$/.test(command.program) || isUnit(command) || isFile(command),
  recognises: (head) =>
    head.some((line) => /^(?:export |Environment=)?"?(?:https?|no)_proxy=/i.test(line)) &&
    head.every((line) => line.trim() === '' || /^[#[]/.test(line) || ASSIGNMENT.test(line)),
  parse({ lines, command }, sink) {
    const variables: Record<string, string> = {};
    let first: number | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 20_000);
      if (/^\s*#/.test(line)) continue;
      for (const match of line.matchAll(VARIABLE)) {
        const name = (match[1] ?? match[3] ?? match[5] ?? match[7])!.toUpperCase();
        const value = match[2] ?? match[4] ?? match[6] ?? match[8] ?? '';
        if (value !== '') variables[name] = withoutLogin(value);
        first ??= i + 1;
      }
    }
    const unit = unitOf(command);
    sink.record('proxy-variables', { variables, ...(unit === undefined ? {} : { unit }) }, first ?? 1);
  },
};
