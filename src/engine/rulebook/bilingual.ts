import { object, required, type Shape, text } from './schema.js';
import type { Text } from './types.js';

/** A text in both languages, neither of them empty. */
export const bilingual: Shape<Text> = object({ en: required(text), zh: required(text) });
