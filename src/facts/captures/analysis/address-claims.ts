import type { CaptureClaim } from '../../capture.js';
import { type Ip, ipText, type Layer, macText, type Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Addresses that are kept of one capture. */
const MOST = 4096;
/** MACs that are kept of one address: who sweeps through many has proven what is to be proven. */
const MOST_MACS = 8;

/** Who claims which address at the link: ARP, and IPv6's neighbour discovery. */
export class AddressClaims {
  readonly #byIp = new Map<Ip, CaptureClaim>();
  #letGo = 0;

  /** An ARP packet. */
  takeArp(packet: Packet, layer: Layer): void {
    const isProbe = layer.src === 0;
    if (layer.arpOperation === 2) this.#claim(packet, layer.src, layer.mac);
    else if (layer.arpOperation === 1) {
      // A gratuitous request announces, a probe (from 0.0.0.0) asks whether anybody has it.
      if (layer.src === layer.dst) this.#claim(packet, layer.src, layer.mac);
      else if (!isProbe || layer.dst !== 0) this.#ask(packet, layer.dst);
    }
  }

  takeSolicitation(packet: Packet, target: Ip): void {
    this.#ask(packet, target);
  }

  takeAdvertisement(packet: Packet, target: Ip, mac: number): void {
    this.#claim(packet, target, mac);
  }

  #claim(packet: Packet, ip: Ip, mac: number): void {
    const claim = this.#of(ip);
    if (claim === undefined) return;
    claim.answered += 1;
    if (mac < 0) return;
    const text = macText(mac);
    if (claim.macs.includes(text)) return;
    if (claim.macs.length < MOST_MACS) claim.macs.push(text);
    keepExample(claim.packets, packet.number);
  }

  #ask(packet: Packet, ip: Ip): void {
    const claim = this.#of(ip);
    if (claim === undefined) return;
    claim.asked += 1;
    if (claim.asked <= 2) keepExample(claim.packets, packet.number);
  }

  #of(ip: Ip): CaptureClaim | undefined {
    const known = this.#byIp.get(ip);
    if (known !== undefined) return known;
    if (this.#byIp.size >= MOST) {
      this.#letGo += 1;
      return undefined;
    }
    const claim: CaptureClaim = { ip: ipText(ip), macs: [], asked: 0, answered: 0, packets: [] };
    this.#byIp.set(ip, claim);
    return claim;
  }

  get letGo(): number {
    return this.#letGo;
  }

  shown(): CaptureClaim[] {
    return [...this.#byIp.values()];
  }
}
