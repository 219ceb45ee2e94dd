import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type TestContext } from 'vitest';
import { needs } from '../capture-tools.js';

const PEER = fileURLToPath(new URL('lab-peer.mjs', import.meta.url));

/** Ports on which the two ends speak VXLAN; the last one is nobody's custom. */
export const VXLAN_PORTS = [8472, 4789, 7777] as const;

/** Skips the test, or fails it where PODNET_REQUIRE=all, on a machine where namespaces cannot be made. */
export function needsNamespaces(context: TestContext): void {
  needs(context, 'ip', 'tcpdump', 'tshark');
  const name = `podnet-t-${process.pid}-try`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status === 0) {
    execFileSync('ip', ['netns', 'del', name]);
    return;
  }
  const reason = `network namespaces cannot be made here: ${made.stderr.trim()}`;
  if (process.env.PODNET_REQUIRE === 'all') expect.fail(reason);
  context.skip(reason);
}

/** Waits until a program says something; fails where it ends before, or says nothing in ten seconds. */
async function saying(child: ChildProcess, stream: 'stdout' | 'stderr', words: string): Promise<void> {
  let heard = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${words}" in: ${heard}`)), 10_000);
    child[stream]!.on('data', (data: Buffer) => {
      heard += data.toString();
      if (!heard.includes(words)) return;
      clearTimeout(timer);
      resolve();
    });
    child.on('exit', () => {
      clearTimeout(timer);
      reject(new Error(heard));
    });
  });
}

/** A capture that runs. */
interface Running {
  child: ChildProcess;
  file: string;
}

/**
 * Three network namespaces in a row, `a`, the router `r` and `b`, with tunnels between the outer ones of whichever kinds the
 * kernel has. The way to 10.90.3.1 and fd90:3::1 on `b` is narrower, which only `r` knows.
 */
export class NamespaceLab {
  readonly #prefix = `podnet-t-${process.pid}-`;
  readonly #folder = mkdtempSync(join(tmpdir(), 'podnet-lab-'));
  readonly #children: ChildProcess[] = [];
  readonly #made: string[] = [];
  /** Addresses of `b` to talk to, of the plain network and of each tunnel. */
  readonly addresses: string[] = ['10.90.2.2', 'fd90:2::2', '10.90.3.1', 'fd90:3::1'];

  /** Makes it all; ends what it made where that fails. */
  build(): void {
    for (const name of ['a', 'r', 'b']) {
      execFileSync('ip', ['netns', 'add', this.#prefix + name]);
      this.#made.push(name);
      this.#ip(name, 'link set lo up');
      this.#sysctl(name, 'net.ipv6.conf.all.accept_dad', 0);
      this.#sysctl(name, 'net.ipv6.conf.default.accept_dad', 0);
    }
    for (const [i, name] of ['a', 'b'].entries()) {
      const net = i + 1;
      const own = i + 1;
      const router = 2 - i;
      this.#ip(name, `link add eth0 type veth peer name to-${name} netns ${this.#prefix}r`);
      this.#address(name, 'eth0', `10.90.${net}.${own}/24`, `fd90:${net}::${own}/64`);
      this.#address('r', `to-${name}`, `10.90.${net}.${router}/24`, `fd90:${net}::${router}/64`);
      this.#ip(name, `route add default via 10.90.${net}.${router}`);
      this.#ip(name, `route add default via fd90:${net}::${router}`);
    }
    this.#sysctl('r', 'net.ipv4.ip_forward', 1);
    this.#sysctl('r', 'net.ipv6.conf.all.forwarding', 1);
    this.#address('b', 'lo', '10.90.3.1/32', 'fd90:3::1/128');
    this.#ip('r', 'route add 10.90.3.0/24 via 10.90.2.2 mtu lock 1300');
    this.#ip('r', 'route add fd90:3::/64 via fd90:2::2 mtu lock 1300');
    for (const port of VXLAN_PORTS) this.#tunnel(`vx${port}`, `vxlan id ${port} dstport ${port}`);
    this.#tunnel('gnv', 'geneve id 99');
    this.#tunnel('gtap', 'gretap key 5');
    this.#tunnel('gre5', 'gre key 6');
    this.#tunnel('ipip5', 'ipip');
  }

  #ip(name: string, words: string): void {
    execFileSync('ip', ['-n', this.#prefix + name, ...words.split(' ')], { stdio: 'pipe' });
  }

  #sysctl(name: string, key: string, value: number): void {
    execFileSync('ip', ['netns', 'exec', this.#prefix + name, 'sysctl', '-qw', `${key}=${value}`], { stdio: 'pipe' });
  }

  #address(name: string, device: string, v4: string, v6: string): void {
    this.#ip(name, `addr add ${v4} dev ${device}`);
    this.#ip(name, `addr add ${v6} dev ${device} nodad`);
    this.#ip(name, `link set ${device} up`);
  }

  /** A tunnel between `a` and `b`, where the kernel has this kind. */
  #tunnel(device: string, kind: string): void {
    const net = 10 + this.addresses.length;
    const ends = { a: '10.90.1.1', b: '10.90.2.2' };
    try {
      this.#ip(
        'a',
        `link add ${device} type ${kind} local ${ends.a} remote ${ends.b}`.replace(/(geneve.*) local \S+/, '$1'),
      );
    } catch {
      return;
    }
    this.#ip(
      'b',
      `link add ${device} type ${kind} local ${ends.b} remote ${ends.a}`.replace(/(geneve.*) local \S+/, '$1'),
    );
    this.#address('a', device, `10.91.${net}.1/24`, `fd91:${net}::1/64`);
    this.#address('b', device, `10.91.${net}.2/24`, `fd91:${net}::2/64`);
    this.addresses.push(`10.91.${net}.2`, `fd91:${net}::2`);
  }

  #spawn(name: string, program: string, args: string[]): ChildProcess {
    const words = ['netns', 'exec', this.#prefix + name, program, ...args];
    const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  async #capture(name: string, args: readonly string[]): Promise<Running> {
    const file = join(this.#folder, `${this.#children.length}.pcap`);
    const child = this.#spawn(name, 'tcpdump', ['-n', '-U', '--immediate-mode', '-Z', 'root', ...args, '-w', file]);
    await saying(child, 'stderr', 'listening on');
    return { child, file };
  }

  /** What tcpdump, run in these namespaces with these arguments, writes while `a` talks to each address of `b`. */
  async capture(places: readonly (readonly [string, readonly string[]])[]): Promise<Buffer[]> {
    await saying(this.#spawn('b', process.execPath, [PEER, 'serve']), 'stdout', 'ready');
    const running: Running[] = [];
    for (const [name, args] of places) running.push(await this.#capture(name, args));
    const talk = this.#spawn('a', process.execPath, [PEER, 'talk', ...this.addresses]);
    await once(talk, 'exit');
    for (const { child } of running) {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
    }
    return running.map(({ file }) => readFileSync(file));
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of this.#made) spawnSync('ip', ['netns', 'del', this.#prefix + name]);
    rmSync(this.#folder, { recursive: true });
  }
}
