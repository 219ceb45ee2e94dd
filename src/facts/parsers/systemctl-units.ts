import type { Parser } from './parser.js';

/** `  sshd.service   loaded active running OpenSSH server daemon`, with a dot in front where it has failed. */
const UNIT =
  /^\s{0,3}(?:[●○×*] )?(\S{1,200})\.service\s+(?:loaded|not-found|masked|error|bad-setting)\s+(active|activating|inactive|failed|deactivating)\b/;
/** `service --status-all`: ` [ + ]  cron`. */
const SYSV = /^ \[ ([+?-]) \]\s{2}(\S{1,200})\s*$/;
const MOST = 2000;

/** `systemctl list-units`, `systemctl --type=service`, `service --status-all`: `units.active`, the services that run. */
export const systemctlUnits: Parser = {
  id: 'systemctl-units',
  provides: ['units.active'],
  reads: ({ program, args }) =>
    (program === 'systemctl' &&
      !args.includes('status') &&
      (args.length === 0 || args.some((arg) => /^(?:list-units|--type.*|-t|-a|--all)$/.test(arg)))) ||
    (program === 'service' && args.includes('--status-all')),
  recognises: (head) => /^\s*UNIT\s+LOAD\s+ACTIVE\s+SUB\b/.test(head[0] ?? ''),
  parse({ lines }, sink) {
    const active = new Set<string>();
    let seen = false;
    for (let i = 0; i < lines.length && active.size < MOST; i += 1) {
      const line = lines[i]!.slice(0, 500);
      const unit = UNIT.exec(line);
      const script = unit === null ? SYSV.exec(line) : null;
      seen ||= unit !== null || script !== null;
      if (unit !== null && (unit[2] === 'active' || unit[2] === 'activating')) active.add(unit[1]!);
      if (script !== null && script[1] === '+') active.add(script[2]!);
    }
    if (seen) sink.fact('units.active', [...active].sort(), 1);
    else sink.unknown('units.active', 'the output lists no services');
  },
};
