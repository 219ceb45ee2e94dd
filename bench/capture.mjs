/** `podnet capture` beside tcpdump and tshark on one file, in one run: packets a second, and memory beside a file's size. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeCapture } from './capture-file.mjs';

const PODNET = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/bin/podnet.js');
const TELL = "data:text/javascript,process.on('exit',()=>process.stderr.write('\\n'+process.resourceUsage().maxRSS))";
/** Enough that what is compared is reading packets, not starting: a process of Node.js takes 40 ms to begin. */
const PACKETS = 1_000_000;
const LARGEST = 150;
/** What podnet reads of each packet, asked of tshark: addresses, ports, flags, checksums, what was sent again, DNS, tunnels. */
const FIELDS = [
  ...['frame.number', 'frame.time_epoch', 'ip.src', 'ip.dst', 'ip.id', 'ip.len', 'ip.checksum.status'],
  ...['tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq', 'tcp.ack', 'tcp.len', 'tcp.checksum.status'],
  ...['tcp.analysis.retransmission', 'udp.srcport', 'udp.dstport', 'udp.checksum.status', 'icmp.type', 'icmp.code'],
  ...['dns.id', 'dns.qry.name', 'dns.flags.rcode', 'vxlan.vni', 'arp.opcode'],
];
const CHECKED = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
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
    const podnet = time(process.execPath, [PODNET, ...own], 3, [0, 1]);
    if (podnet === undefined) {
      failures.push('podnet capture failed');
      return failures;
    }
    const rate = (ms) => `${round(packets / ms, 0)} packets/ms`;
    console.log(`podnet capture: ${round(podnet)} ms, ${rate(podnet)}`);
    const fields = FIELDS.flatMap((field) => ['-e', field]);
    const peers = [
      ['tcpdump', ['-nr', file], 3, 3],
      ['tshark', ['-r', file, '-d', 'udp.port==8472,vxlan', ...CHECKED, '-T', 'fields', ...fields], 1, 50],
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
    const largest = peak(file);
    const verdict = check('memory of a capture', largest, LARGEST, 'less');
    console.log(`memory: ${round(largest, 0)} MB at the peak (target < ${LARGEST}) ${verdict}`);
    writeCapture(file, PACKETS / 10);
    const tenth = peak(file);
    console.log(`memory: ${round(tenth, 0)} MB at the peak of a file a tenth as large`);
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
