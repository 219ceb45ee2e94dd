/** One file of a bundle, wherever it came from. Paths are POSIX, relative to the bundle's root, and already made safe. */
export interface BundleEntry {
  readonly path: string;
  /**
   * Bytes of the file. Those of an archive's file are in memory, archives are never unpacked to disk; those of a folder's
   * are read when they are asked for, each time, and that may throw as reading a file does.
   */
  readonly bytes: Uint8Array;
  /** How many they are, where that is known without reading them. */
  readonly size?: number;
  /** The first of them (`HEAD_BYTES`, or all that there are), where these can be had without the rest. */
  readonly head?: Uint8Array;
}

/** First bytes of a file, by which its format is told. A tar's header has 512, and text must be told from other data. */
export const HEAD_BYTES = 4096;

/** A file that could not be taken, or not whole, with the reason. */
export interface BundleProblem {
  path: string;
  message: string;
}

/** What a reader hands over: entries sorted by path, and everything that was refused. */
export interface BundleContents {
  entries: BundleEntry[];
  problems: BundleProblem[];
}

/** Caps on what is read from an input. Bytes. */
export interface BundleLimits {
  entries: number;
  entryBytes: number;
  totalBytes: number;
  /** Unpacked over packed size of an archive, above which (and above 10 MB unpacked) it is taken for a bomb. */
  ratio: number;
  /** Archives within archives. */
  nesting: number;
  /** Folders in a path. */
  depth: number;
  nameLength: number;
}

export const DEFAULT_LIMITS: BundleLimits = {
  entries: 200_000,
  entryBytes: 256 * 1024 * 1024,
  totalBytes: 2 * 1024 * 1024 * 1024,
  ratio: 200,
  nesting: 3,
  depth: 40,
  nameLength: 1024,
};
