import type { Rulebook } from './types.js';

/** A log line that makes a fact known, as the reader of logs wants it. */
export interface CompiledLogPattern {
  fact: string;
  subject: 'node' | 'pod' | 'cluster';
  /** Components whose logs are searched; empty for all. */
  components: readonly string[];
  pattern: RegExp;
}

/** The catalogue's log patterns, compiled, in its order. The loader has checked that they compile and what they are about. */
export function logPatternsOf(rulebook: Pick<Rulebook, 'facts'>): CompiledLogPattern[] {
  const patterns: CompiledLogPattern[] = [];
  for (const { name, subject, pattern, components } of rulebook.facts) {
    if (pattern === undefined) continue;
    patterns.push({
      fact: name,
      subject: subject as CompiledLogPattern['subject'],
      components: components ?? [],
      pattern: new RegExp(pattern),
    });
  }
  return patterns;
}
