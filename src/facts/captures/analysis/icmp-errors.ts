import type { CaptureIcmpError } from '../../capture.js';
import { ipText, type Layer, type Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Kinds of errors that are kept of one capture. */
const MOST = 2000;

/** ICMP errors of one capture, those of one kind about one pair of ends as one. */
export class IcmpErrors {
  readonly #byKey = new Map<string, CaptureIcmpError>();
  #letGo = 0;

  take(packet: Packet, layer: Layer, inTunnel: boolean): void {
    const { family, icmpType: type, icmpCode: code } = layer;
    const from = ipText(layer.src);
    let key = `${family} ${type} ${code} ${from} ${layer.mtu}${inTunnel ? ' t' : ''}`;
    const quoted = layer.hasQuoted ? layer.quoted : undefined;
    // A client's port differs with each attempt; the server's tells what was asked.
    if (quoted !== undefined) key += ` ${ipText(quoted.src)} ${ipText(quoted.dst)} ${quoted.protocol} ${quoted.dport}`;
    let error = this.#byKey.get(key);
    if (error === undefined) {
      if (this.#byKey.size >= MOST) {
        this.#letGo += 1;
        return;
      }
      error = { family, type, code, from, to: ipText(layer.dst), count: 0, inTunnel, packets: [] };
      if (quoted !== undefined) {
        error.about = {
          protocol: quoted.protocol,
          from: quoted.sport < 0 ? { ip: ipText(quoted.src) } : { ip: ipText(quoted.src), port: quoted.sport },
          to: quoted.dport < 0 ? { ip: ipText(quoted.dst) } : { ip: ipText(quoted.dst), port: quoted.dport },
        };
      }
      if (layer.mtu > 0) error.mtu = layer.mtu;
      this.#byKey.set(key, error);
    }
    error.count += 1;
    keepExample(error.packets, packet.number);
  }

  get letGo(): number {
    return this.#letGo;
  }

  shown(): CaptureIcmpError[] {
    return [...this.#byKey.values()];
  }
}
