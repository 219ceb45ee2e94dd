import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { iptablesList } from '../../../../src/facts/parsers/iptables-list.js';
import { iptablesSave } from '../../../../src/facts/parsers/iptables-save.js';
import { commandOf, type Parsed, parseOutput } from '../../parsers/parse-output.js';

/**
 * What iptables printed of the rules of firewalls and CNIs. ufw, firewalld and dockerd wrote theirs themselves; those of
 * Kubernetes' agents were loaded by iptables-restore, so that their wording is iptables' as well. Addresses are invented.
 */
export interface Output {
  /** `ufw`, `calico`, … */
  product: string;
  /** Its file's name, as in a bundle: `iptables-legacy-save_-c`. */
  file: string;
  lines: readonly string[];
}

const ROOT = fileURLToPath(new URL('./outputs/', import.meta.url));

export function textOf(product: string, file: string): string {
  return readFileSync(`${ROOT}${product}/${file}`, 'utf8');
}

/** Every output of iptables in the words of rules (`-A …`), or in those of listings (`Chain …`). */
export function outputsOf(kind: 'rules' | 'listing'): Output[] {
  const wanted = kind === 'rules' ? iptablesSave : iptablesList;
  return readdirSync(ROOT)
    .sort()
    .flatMap((product) =>
      readdirSync(`${ROOT}${product}`)
        .sort()
        .filter((file) => wanted.reads(commandOf(file)))
        .map((file) => ({ product, file, lines: textOf(product, file).split('\n') })),
    );
}

/** The output as the parser of its kind reads it. */
export function parsed({ file, lines }: Output): Parsed {
  const parser = iptablesSave.reads(commandOf(file)) ? iptablesSave : iptablesList;
  return parseOutput(parser, file.replaceAll('_', ' '), lines.join('\n'));
}
