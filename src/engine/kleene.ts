/** Three-valued logic (Kleene's strong): what is not known is neither true nor false. */
export type Verdict = 'present' | 'absent' | 'unknown';

export function and(verdicts: readonly Verdict[]): Verdict {
  let result: Verdict = 'present';
  for (const verdict of verdicts) {
    if (verdict === 'absent') return 'absent';
    if (verdict === 'unknown') result = 'unknown';
  }
  return result;
}

export function or(verdicts: readonly Verdict[]): Verdict {
  let result: Verdict = 'absent';
  for (const verdict of verdicts) {
    if (verdict === 'present') return 'present';
    if (verdict === 'unknown') result = 'unknown';
  }
  return result;
}

export function not(verdict: Verdict): Verdict {
  if (verdict === 'unknown') return 'unknown';
  return verdict === 'present' ? 'absent' : 'present';
}
