const BLOCK = 512;

/**
 * A file as a tar has it (POSIX pax): header, content, padding. A path that does not fit a header's 100 bytes, or is not
 * ASCII, has a pax record before it.
 */
export function tarEntry(path: string, content: Uint8Array, time: Date): Uint8Array[] {
  const seconds = Math.floor(time.getTime() / 1000);
  const pieces: Uint8Array[] = [];
  const name = Buffer.from(path);
  if (name.length > 100 || !/^[\x00-\x7f]*$/.test(path)) {
    const record = Buffer.from(paxRecord('path', path));
    pieces.push(header('PaxHeader', record.length, seconds, 'x'), record, padding(record.length));
  }
  pieces.push(header(name.subarray(0, 100).toString('latin1'), content.length, seconds, '0'));
  if (content.length > 0) pieces.push(content, padding(content.length));
  return pieces;
}

/** What ends a tar. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function padding(length: number): Uint8Array {
  return new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK);
}

function header(name: string, size: number, seconds: number, type: string): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(name, 0, 100, 'latin1');
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(seconds, 136, 11);
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\0', 257, 'latin1');
  block.write('00', 263, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 6);
  block[154] = 0;
  return block;
}
