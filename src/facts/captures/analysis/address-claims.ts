import type { CaptureClaim } from '../../capture.js';
import { type Ip, ipText, type Layer, macText, type Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Addresses that are kept of one capture. */
const MOST = 4096;
/** MACs that are kept of one address: who sweeps through many has proven what is to be proven. */
const MOST_MACS = 8;
/** Who asks for one address, as far as it is kept. */
const MOST_ASKERS = 8;

interface Asked {
  claim: CaptureClaim;
  /** Requests by who asks. */
  askers: Map<Ip, number>;
}

/** Who claims which address at the link: ARP, and IPv6's neighbour discovery. */
export class AddressClaims {
  readonly #byIp = new Map<Ip, Asked>();
  /** Whose requests are known to be this side's own: it sent them, or was sent a reply. */
  readonly #own = new Set<Ip>();
  readonly #askers = new Set<Ip>();
  #letGo = 0;

  /** An ARP packet. */
  takeArp(packet: Packet, layer: Layer): void {
    if (layer.arpOperation === 2) {
      if (layer.dst !== 0 && layer.dst !== layer.src) this.#note(this.#own, layer.dst);
      this.#claim(packet, layer.src, layer.mac);
    } else if (layer.arpOperation === 1) {
      if (layer.src === layer.dst) this.#claim(packet, layer.src, layer.mac);
      // A probe, from 0.0.0.0, hopes for no answer.
      else if (layer.src !== 0) this.#ask(packet, layer.dst, layer.src);
    }
  }

  /** A neighbour solicitation. */
  takeSolicitation(packet: Packet, layer: Layer): void {
    // From the unspecified address: duplicate address detection, which hopes for no answer.
    if (layer.target !== undefined && layer.src !== '::') this.#ask(packet, layer.target, layer.src);
  }

  takeAdvertisement(packet: Packet, target: Ip, mac: number): void {
    this.#claim(packet, target, mac);
  }

  #note(set: Set<Ip>, ip: Ip): void {
    if (set.size < MOST) set.add(ip);
  }

  #claim(packet: Packet, ip: Ip, mac: number): void {
    const claim = this.#of(ip)?.claim;
    if (claim === undefined) return;
    claim.answered += 1;
    if (mac < 0) return;
    const text = macText(mac);
    if (claim.macs.includes(text)) return;
    if (claim.macs.length < MOST_MACS) claim.macs.push(text);
    keepExample(claim.packets, packet.number);
  }

  #ask(packet: Packet, ip: Ip, asker: Ip): void {
    if (packet.direction === 'out') this.#note(this.#own, asker);
    this.#note(this.#askers, asker);
    const asked = this.#of(ip);
    if (asked === undefined) return;
    const { claim, askers } = asked;
    const times = askers.get(asker);
    if (times !== undefined || askers.size < MOST_ASKERS) askers.set(asker, (times ?? 0) + 1);
    if ((times ?? 0) < 2) keepExample(claim.packets, packet.number);
  }

  #of(ip: Ip): Asked | undefined {
    const known = this.#byIp.get(ip);
    if (known !== undefined) return known;
    if (this.#byIp.size >= MOST) {
      this.#letGo += 1;
      return undefined;
    }
    const asked: Asked = {
      claim: { ip: ipText(ip), macs: [], asked: 0, answered: 0, packets: [] },
      askers: new Map(),
    };
    this.#byIp.set(ip, asked);
    return asked;
  }

  get letGo(): number {
    return this.#letGo;
  }

  /**
   * `isEnd`: whether the capture shows packets from or to an address. A switch floods everybody's requests, and sends the
   * replies to who asked: requests count where their asker's replies would have been seen.
   */
  shown(isEnd: (ip: string) => boolean): CaptureClaim[] {
    return [...this.#byIp.values()].map(({ claim, askers }) => {
      let asked = 0;
      for (const [asker, times] of askers) {
        if (this.#askers.size === 1 || this.#own.has(asker) || isEnd(ipText(asker))) asked += times;
      }
      return { ...claim, asked };
    });
  }
}
