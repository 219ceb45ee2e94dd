import { fileURLToPath } from 'node:url';
import type { Lang } from '../engine/rulebook/types.js';

/** What all of `podnet rules` understand. */
export interface RulesOptions {
  format: 'text' | 'json';
  lang?: Lang;
  rules?: string;
  quiet?: boolean;
}

/** The YAML that the compiled rulebook was made from. */
export const BUILT_IN_RULES = fileURLToPath(new URL('../../rules', import.meta.url));
