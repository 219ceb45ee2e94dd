import type { Parser } from './parser.js';

/**
 * Every parser, in the order in which they are asked. Where two could recognise a file by its content, the one whose
 * format is the narrower comes first.
 */
export const PARSERS: readonly Parser[] = [];
