import type { RecordName, Records, Scalar, Subject } from '../model.js';

/** The command whose output a file holds. */
export interface Command {
  /** First word, without its path: `ip`, `ping`, `iptables-save`. Empty where it is not known. */
  program: string;
  /**
   * The words after it. Real ones where index.jsonl gives argv; else the file's name cut at `_`, in which `.` may stand
   * for `/` (sos names files so): prefer what the output itself says.
   */
  args: string[];
  exact: boolean;
}

/** What a parser is given: one output, and where it was taken. */
export interface ParserInput {
  /** Lines without their ends. Line 1 of the file is `lines[0]`. */
  lines: readonly string[];
  /** All of it, for formats that are not lines. */
  text: string;
  command: Command;
  /** The network namespace the command ran in: `node/n1`, `pod/ns/name`, or `cluster` for kubectl's. */
  subject: Subject;
  /** Path in the bundle. */
  file: string;
  /** ISO time at which the output was taken, where index.jsonl tells. */
  at?: string;
  /** Logs: the component the folder names (`kubelet`, `coredns`). */
  component?: string;
  /** Logs: patterns of the catalogue. */
  logPatterns?: readonly LogPattern[];
}

/** A line of rules/facts.yaml with `pattern`: a log line that makes a fact known. */
export interface LogPattern {
  /** Fact name, `log.…`. */
  fact: string;
  /** Subject kind the fact is about. */
  subject: 'node' | 'pod' | 'cluster';
  /** Components whose logs are searched; empty for all. */
  components: readonly string[];
  pattern: RegExp;
}

/** Where a parser puts what it finds. `line` is from 1; the sink adds the file. */
export interface FactSink {
  record<N extends RecordName>(
    name: N,
    value: Records[N],
    line: number,
    options?: { subject?: Subject; at?: string },
  ): void;
  fact(name: string, value: Scalar, line: number, options?: { subject?: Subject; at?: string }): void;
  /** What the output was asked for but does not tell, and why. */
  unknown(name: string, reason: string, line?: number, options?: { subject?: Subject }): void;
  /** A line that is malformed: it is skipped, the rest is used. */
  problem(line: number, message: string): void;
}

export interface Parser {
  /** Kebab-case, the file's name: `ip-addr`. */
  id: string;
  /** Names (or `prefix.*`) that become unknown when the file holds an error message instead of output. */
  provides: readonly string[];
  /** Whether an empty file is output, "there are none", rather than an output that is missing (`conntrack -L`). */
  emptyIsOutput?: boolean;
  /** Whether this parser reads that command's output. */
  reads(command: Command): boolean;
  /** For files that no name explains: whether their first lines look like this output. */
  recognises?(head: readonly string[]): boolean;
  parse(input: ParserInput, sink: FactSink): void;
}
