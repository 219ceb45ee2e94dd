import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';

/** Skips the test where a program is missing, and fails it where PODNET_REQUIRE=all asks for everything. */
export function needs(context: TestContext, ...programs: string[]): void {
  for (const program of programs) {
    if (spawnSync(program, ['-h'], { input: '' }).error === undefined) continue;
    if (process.env.PODNET_REQUIRE === 'all') expect.fail(`${program} is not installed`);
    context.skip(`${program} is not installed`);
  }
}

/** Runs a program of Wireshark's that writes the file that its last argument names; returns that file. */
export function written(
  program: string,
  args: (folder: string) => string[],
  files: Record<string, Uint8Array> = {},
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'podnet-capture-'));
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const words = args(folder);
    execFileSync(program, words, { stdio: 'pipe' });
    return readFileSync(words.at(-1)!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A packet as tshark sees it. */
export interface SharkFrame {
  number: number;
  /** NaN where it has none. */
  time: number;
  length: number;
  captured: number;
  iface: string | undefined;
  direction: string | undefined;
}

/** What tshark makes of a capture. It is content with files that are cut. */
export function sharkFrames(capture: Uint8Array): SharkFrame[] {
  const fields = ['number', 'time_epoch', 'len', 'cap_len', 'interface_name', 'packet_flags_direction'];
  const folder = mkdtempSync(join(tmpdir(), 'podnet-capture-'));
  const file = join(folder, 'capture');
  try {
    writeFileSync(file, capture);
    const words = ['-n', '-r', file, '-T', 'fields', ...fields.flatMap((field) => ['-e', `frame.${field}`])];
    const lines = spawnSync('tshark', words, { encoding: 'utf8', maxBuffer: 1e9 }).stdout.split('\n');
    return lines.filter((line) => line !== '').map(sharkFrame);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of a line of tab-separated fields. */
export function sharkFrame(line: string): SharkFrame {
  const [number, time, length, captured, iface, direction] = line.split('\t');
  return {
    number: Number(number),
    time: time === undefined || time === '' ? Number.NaN : Number(time),
    length: Number(length),
    captured: Number(captured),
    iface: iface === '' ? undefined : iface,
    direction: direction === '' ? undefined : direction,
  };
}
