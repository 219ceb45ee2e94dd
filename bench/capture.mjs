/** `podnet capture` beside tcpdump and tshark on one file, in one run: packets a second, and the memory of a file ten times as large. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeCapture } from './capture-file.mjs';

const PODNET = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/bin/podnet.js');
const TELL = "data:text/javascript,process.on('exit',()=>process.stderr.write('\\n'+process.resourceUsage().maxRSS))";
const PACKETS = 200_000;
const LARGEST = 150;
const round = (value, digits = 1) => Number(value.toFixed(digits));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds of a whole process, the median of some; undefined where the program is missing or fails. */
function time(program, args, runs, ok = [0]) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { error, status } = spawnSync(program, args, { stdio: 'ignore' });
    times.push(performance.now() - start);
    if (error !== undefined || !ok.includes(status)) return undefined;
  }
  return median(times);
}

/** Megabytes at the peak. */
function peak(file) {
  const args = ['--import', TELL, PODNET, 'capture', '--format', 'json', file];
  const { stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return Number(stderr.toString().split('\n').at(-1)) / 1024;
}

/** Prints the measurements; returns what missed its target. */
export function benchCapture() {
  const failures = [];
  const check = (name, value, target, better) => {
    const met = better === 'more' ? value >= target : value < target;
    if (!met) failures.push(`${name}: ${round(value, 2)} (target ${better === 'more' ? '>=' : '<'} ${target})`);
    return met ? 'ok' : 'MISSED';
  };
  const folder = mkdtempSync(join(tmpdir(), 'podnet-capture-bench-'));
  try {
    const file = join(folder, 'eth0.pcap');
    const { packets, bytes } = writeCapture(file, PACKETS);
    console.log(`\n## Captures: ${packets} packets, ${round(bytes / 1e6)} MB (VXLAN, TCP, DNS, ICMP; fixed seed)`);
    // Once before, so that all find the file in the page cache.
    const own = ['capture', '--format', 'json', file];
    time(process.execPath, [PODNET, ...own], 1, [0, 1]);
    const podnet = time(process.execPath, [PODNET, ...own], 5, [0, 1]);
    if (podnet === undefined) {
      failures.push('podnet capture failed');
      return failures;
    }
    const rate = (ms) => `${round(packets / ms, 0)} packets/ms`;
    console.log(`podnet capture: ${round(podnet)} ms, ${rate(podnet)}`);
    const fields = ['ip.src', 'ip.dst', 'tcp.flags'].flatMap((field) => ['-e', field]);
    const peers = [
      ['tcpdump', ['-nr', file], 5, 3],
      ['tshark', ['-r', file, '-d', 'udp.port==8472,vxlan', '-T', 'fields', ...fields], 3, 50],
    ];
    for (const [name, args, runs, target] of peers) {
      const peer = time(name, args, runs);
      if (peer === undefined) {
        console.log(`${name}: missing here, or it failed: nothing to compare with`);
        continue;
      }
      const faster = peer / podnet;
      const verdict = check(`capture beside ${name}`, faster, target, 'more');
      console.log(
        `${name}: ${round(peer)} ms, ${rate(peer)}; podnet is ${round(faster, 2)}x as fast (target >= ${target}) ${verdict}`,
      );
    }
    const small = peak(file);
    console.log(
      `memory: ${round(small, 0)} MB at the peak (target < ${LARGEST}) ${check('memory of a capture', small, LARGEST, 'less')}`,
    );
    const large = writeCapture(file, PACKETS * 10);
    const ten = peak(file);
    const took = time(process.execPath, [PODNET, ...own], 3, [0, 1]) ?? Number.NaN;
    const peer = time('tcpdump', ['-nr', file], 1);
    const beside = peer === undefined ? '' : `, tcpdump ${round(peer)} ms: ${round(peer / took, 2)}x as fast`;
    console.log(`ten times as large, ${round(large.bytes / 1e6, 0)} MB: podnet ${round(took)} ms${beside}`);
    const verdict = check('memory of a capture ten times as large', ten, LARGEST, 'less');
    console.log(`memory: ${round(ten, 0)} MB at the peak (target < ${LARGEST}) ${verdict}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return failures;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const failures = benchCapture();
  if (failures.length > 0) {
    console.log(`\nMissed: ${failures.join('; ')}`);
    process.exitCode = 1;
  }
}
