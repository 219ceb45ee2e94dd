import type { BundleLimits } from './entry.js';

/** A path as the bundle uses it, or why it cannot be used; then `path` is fit for a message only. */
export type SafePath = { path: string; refused?: undefined } | { path: string; refused: string };

/** Longest path that a message repeats whole. */
const SHOWN = 200;

/**
 * Makes the path of a stranger's file safe: relative, without `.` and empty parts, control characters written `\xNN`.
 * Refused are absolute paths, those with `..` (nothing that packs honestly writes one), too long and too deep ones.
 */
export function safePath(raw: string, limits: BundleLimits): SafePath {
  if (raw.length > limits.nameLength) {
    return { path: shown(raw), refused: `the name is longer than ${limits.nameLength} characters: not read` };
  }
  if (raw.startsWith('/')) return { path: shown(raw), refused: 'absolute path: not read' };
  const parts: string[] = [];
  for (const part of raw.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') return { path: shown(raw), refused: 'path leads out of the archive: not read' };
    parts.push(part);
  }
  if (parts.length === 0) return { path: shown(raw), refused: 'a file without a name: not read' };
  if (parts.length - 1 > limits.depth) {
    return { path: shown(raw), refused: `more than ${limits.depth} folders deep: not read` };
  }
  return { path: printable(parts.join('/')) };
}

/** C0, DEL, C1, line separators, and the marks that make a terminal show text in another order than it is stored. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text of one line that is safe to show: what is not printable is written `\xNN` or `\uNNNN`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A name for a message: printable and cut where it is very long. */
export function shown(raw: string): string {
  return raw.length > SHOWN ? `${printable(raw.slice(0, SHOWN))}…` : printable(raw);
}

/** Files that macOS's archivers and file manager add about the real ones. */
export function isArchiverLitter(path: string): boolean {
  return path.startsWith('__MACOSX/') || /(?:^|\/)(?:\._[^/]*|\.DS_Store)$/.test(path);
}
