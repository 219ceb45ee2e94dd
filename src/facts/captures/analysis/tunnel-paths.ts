import type { CaptureTunnelPath } from '../../capture.js';
import { type Ip, ipText, type Layer, type Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Pairs of outer addresses that are kept of one capture. */
const MOST = 4096;
/** Inner sources that are kept of each. */
const MOST_SOURCES = 64;

interface Path {
  shown: CaptureTunnelPath;
  sources: Set<Ip>;
  lastSource: Ip | undefined;
}

/** Tunnels of one capture, by their outer addresses. */
export class TunnelPaths {
  readonly #bySource = new Map<Ip, Map<Ip, Path[]>>();
  #size = 0;
  #letGo = 0;

  /** A tunnel's outer layer, with the one that it carries where that could be read. */
  take(packet: Packet, outer: Layer, inner: Layer | undefined): void {
    const path = this.#find(outer) ?? this.#open(packet, outer);
    if (path === undefined) return;
    const { shown } = path;
    shown.packets += 1;
    if (shown.examples.length < 4) keepExample(shown.examples, packet.number);
    if (outer.moreFragments || outer.fragmentOffset > 0) shown.fragmented += 1;
    if (outer.tunnel === 'wireguard') {
      shown.handshakes ??= { initiations: 0, responses: 0 };
      if (outer.wireguardMessage === 1) shown.handshakes.initiations += 1;
      else if (outer.wireguardMessage === 2) shown.handshakes.responses += 1;
    }
    if (inner === undefined) return;
    shown.carried += 1;
    if (inner.kind === 'arp' || inner.src === path.lastSource) return;
    path.lastSource = inner.src;
    if (path.sources.size < MOST_SOURCES) path.sources.add(inner.src);
  }

  #find({ src, dst, tunnel }: Layer): Path | undefined {
    const paths = this.#bySource.get(src)?.get(dst);
    if (paths === undefined) return undefined;
    // A tunnel of one kind may carry one of another.
    for (let i = 0; i < paths.length; i += 1) if (paths[i]!.shown.kind === tunnel) return paths[i];
    return undefined;
  }

  #open(packet: Packet, outer: Layer): Path | undefined {
    if (this.#size >= MOST) {
      this.#letGo += 1;
      return undefined;
    }
    this.#size += 1;
    const shown: CaptureTunnelPath = {
      kind: outer.tunnel!,
      from: ipText(outer.src),
      to: ipText(outer.dst),
      ...(outer.dport < 0 ? {} : { port: outer.dport }),
      packets: 0,
      carried: 0,
      fragmented: 0,
      innerSources: [],
      firstAt: packet.time,
      examples: [],
    };
    const path: Path = { shown, sources: new Set(), lastSource: undefined };
    let byTarget = this.#bySource.get(outer.src);
    if (byTarget === undefined) {
      byTarget = new Map();
      this.#bySource.set(outer.src, byTarget);
    }
    const paths = byTarget.get(outer.dst);
    if (paths === undefined) byTarget.set(outer.dst, [path]);
    else paths.push(path);
    return path;
  }

  get letGo(): number {
    return this.#letGo;
  }

  shown(): CaptureTunnelPath[] {
    const all: CaptureTunnelPath[] = [];
    for (const byTarget of this.#bySource.values()) {
      for (const paths of byTarget.values()) {
        for (const { shown, sources } of paths) all.push({ ...shown, innerSources: [...sources].map(ipText) });
      }
    }
    return all;
  }
}
