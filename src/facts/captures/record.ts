/** A packet as its file holds it, before anything of it is decoded. Filled again for each packet: copy what is kept. */
export interface CaptureRecord {
  /** From 1, over all sections and interfaces of the file. */
  number: number;
  /** libpcap's LINKTYPE_ number: 1 Ethernet, 113 SLL, 276 SLL2, 101 RAW, 0 NULL, 108 LOOP, … */
  linkType: number;
  /** Seconds since the epoch with their fraction; NaN where the block has none (pcapng's simple packet). */
  time: number;
  /** Bytes on the wire. */
  originalLength: number;
  /** The captured bytes are `bytes[start]` to `bytes[end - 1]`. Valid only during the call. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** pcapng's name of the interface, where it tells. */
  iface: string | undefined;
  /** pcapng's flags of the packet, where they tell. */
  direction: 'in' | 'out' | undefined;
}

/** Who takes what a reader of a capture file finds. */
export interface RecordSink {
  record(record: CaptureRecord): void;
  /** Something wrong with the file; `packet` is the number of the packet that it concerns, or that would have come. */
  problem(message: string, packet: number): void;
}
