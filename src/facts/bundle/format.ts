/** What a run of bytes is, as far as reading a bundle must know. Names may lie, magic numbers rarely do. */
export type Format = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'zip' | 'tar' | 'pcap' | 'packed' | 'plain';

const XZ = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/** Compressed formats that are not read: how a person unpacks them. */
const PACKED: readonly { magic: readonly number[]; name: string; unpack: string }[] = [
  { magic: [0x04, 0x22, 0x4d, 0x18], name: 'lz4', unpack: 'lz4 -d' },
  { magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], name: '7z', unpack: '7z x' },
];

/** pcap in both byte orders with micro- and nanoseconds, and pcapng's section header. */
const CAPTURES: readonly (readonly number[])[] = [
  [0xd4, 0xc3, 0xb2, 0xa1],
  [0xa1, 0xb2, 0xc3, 0xd4],
  [0x4d, 0x3c, 0xb2, 0xa1],
  [0xa1, 0xb2, 0x3c, 0x4d],
  [0x0a, 0x0d, 0x0d, 0x0a],
];

const BLOCK = 512;

/** Tells a format by its first bytes; the name decides only for a tar that holds nothing but zeros. */
export function formatOf(bytes: Uint8Array, name: string): Format {
  if (startsWith(bytes, [0x1f, 0x8b, 0x08])) return 'gzip';
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]) || startsWith(bytes, [0x50, 0x4b, 0x05, 0x06])) return 'zip';
  if (startsWith(bytes, XZ)) return 'xz';
  if (startsWith(bytes, ZSTD)) return 'zstd';
  if (isBzip2(bytes)) return 'bzip2';
  for (const magic of CAPTURES) if (startsWith(bytes, magic)) return 'pcap';
  if (isTar(bytes) || (/\.tar$/i.test(name) && isZeroBlock(bytes))) return 'tar';
  return packedAs(bytes) === undefined ? 'plain' : 'packed';
}

/** Name of the compression and the command that undoes it, for a format that is not read. */
export function packedAs(bytes: Uint8Array): { name: string; unpack: string } | undefined {
  return PACKED.find(({ magic }) => startsWith(bytes, magic));
}

/** `BZh` alone could begin a text: bzip2 goes on with a digit and the digits of pi. */
function isBzip2(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0x42, 0x5a, 0x68]) && bytes[4] === 0x31 && bytes[5] === 0x41 && bytes[6] === 0x59;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  if (bytes.length < magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic[i]) return false;
  return true;
}

/**
 * A tar has no magic at its start, and old ones none at all: what all have is a header whose checksum (octal digits at
 * 148) is the sum of its bytes with the checksum itself taken as spaces.
 */
function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK) return false;
  let stated = 0;
  let digits = 0;
  for (let i = 148; i < 156; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x30 && byte <= 0x37) {
      stated = stated * 8 + (byte - 0x30);
      digits += 1;
    } else if (byte !== 0x20 && byte !== 0x00) {
      return false;
    }
  }
  if (digits === 0) return false;
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += bytes[i]!;
  return sum === stated;
}

function isZeroBlock(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK) return false;
  for (let i = 0; i < BLOCK; i++) if (bytes[i] !== 0) return false;
  return true;
}

const ARCHIVE_SUFFIX = /\.(?:tar\.(?:gz|xz|zst|bz2)|tgz|txz|tzst|tbz2?|tar|zip|gz|xz|zst|bz2)$/i;

/** A name without the suffix that says how it was packed: `dump.tar.gz` is `dump`, `kubelet.log.gz` is `kubelet.log`. */
export function withoutArchiveSuffix(name: string): string {
  const stripped = name.replace(ARCHIVE_SUFFIX, '');
  return stripped === '' || stripped.endsWith('/') ? name : stripped;
}

/** The name of what a packed file holds: `.tgz` holds a `.tar`, `kubelet.log.gz` a `kubelet.log`. */
export function withoutPackingSuffix(name: string): string {
  if (/\.t(?:gz|xz|zst|bz2?)$/i.test(name)) return name.replace(/\.t(?:gz|xz|zst|bz2?)$/i, '.tar');
  return name.replace(/(?<=[^/])\.(?:gz|xz|zst|bz2)$/i, '');
}
