import type { Upload } from '../tasks.js';

/** Files as one run of bytes: the length of a JSON head (32 bits), the head with names and sizes, the files. */
export function packUploads(uploads: readonly Upload[]): Uint8Array {
  const head = Buffer.from(JSON.stringify(uploads.map(({ name, bytes }) => ({ name, size: bytes.length }))));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, ...uploads.map(({ bytes }) => bytes)]);
}

/** The files that `packUploads` has packed. */
export function unpackUploads(packed: Uint8Array): Upload[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const begin = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.subarray(4, begin).toString('utf8')) as { name: string; size: number }[];
  let at = begin;
  return head.map(({ name, size }) => {
    at += size;
    return { name, bytes: bytes.subarray(at - size, at) };
  });
}
