import { CaptureAnalyses, type InterfaceSummary } from './analyses.js';
import { CaptureFileReader } from './capture-file.js';
import { PacketDecoder } from './decode/packet-decoder.js';
import { linkTypeName } from './link-types.js';
import { Packet } from './packet.js';
import type { CaptureRecord, RecordSink } from './record.js';

/** Malformed packets of one capture that are told each; the rest are counted. */
const MOST_PROBLEMS = 20;

/** Something wrong with a capture; `packet` counts from 1, and is absent where it is about the file. */
export interface CaptureProblem {
  packet?: number;
  message: string;
}

/** What a binary capture holds. */
export interface CaptureReading {
  format: 'pcap' | 'pcapng' | undefined;
  linkTypes: string[];
  packets: number;
  /** Of which at least a network header was read. */
  decoded: number;
  problems: CaptureProblem[];
  /** One a name of an interface; a file that names none has one without. */
  interfaces: InterfaceSummary[];
}

/**
 * Reads a binary capture, pcap or pcapng, as its bytes come: decodes each packet and keeps what it shows, in memory that does
 * not grow with the file. Nothing in it makes it throw.
 */
export class CaptureReader implements RecordSink {
  readonly #file = new CaptureFileReader(this);
  readonly #decoder = new PacketDecoder();
  readonly #packet = new Packet();
  readonly #analyses = new CaptureAnalyses('packets');
  readonly #problems: CaptureProblem[] = [];
  #malformed = 0;
  #damaged = false;

  /** Bytes in any cut. The chunk may be used again after the call. */
  feed(chunk: Uint8Array): void {
    this.#file.feed(chunk);
  }

  record(record: CaptureRecord): void {
    const packet = this.#packet;
    this.#decoder.decode(record, packet);
    if (packet.problem !== undefined) {
      this.#malformed += 1;
      if (this.#malformed <= MOST_PROBLEMS) {
        this.#problems.push({ packet: packet.number, message: packet.problem });
      }
    }
    this.#analyses.take(packet);
  }

  problem(message: string, packet: number): void {
    this.#damaged = true;
    this.#problems.push(packet > 0 ? { packet, message } : { message });
  }

  end(): CaptureReading {
    this.#file.end();
    const linkTypes = this.#file.linkTypes.map(linkTypeName);
    const more = this.#malformed - MOST_PROBLEMS;
    if (more > 0) this.#problems.push({ message: `${more} more malformed packets` });
    const interfaces = this.#analyses.summaries(linkTypes);
    if (this.#damaged) for (const { summary } of interfaces) summary.damaged = true;
    return {
      format: this.#file.format,
      linkTypes,
      packets: this.#file.packets,
      decoded: interfaces.reduce((sum, { summary }) => sum + summary.decoded, 0),
      problems: this.#problems,
      interfaces,
    };
  }
}

/** Reads a capture that is in memory. */
export function readCapture(bytes: Uint8Array): CaptureReading {
  const reader = new CaptureReader();
  reader.feed(bytes);
  return reader.end();
}
