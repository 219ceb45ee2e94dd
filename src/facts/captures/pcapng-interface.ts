import { u16, u32 } from './byte-order.js';
import { behindOption, OPTION_HEADER } from './pcapng-options.js';

const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
/** Bytes of a name that are kept; Windows' take 50. */
const LONGEST_NAME = 256;

const TEXT = new TextDecoder();

/** An interface of a pcapng section, by its description block. */
export interface PcapngInterface {
  linkType: number;
  /** 0: unlimited. */
  snaplen: number;
  name: string | undefined;
  /** Parts of a second that times count. */
  unit: number;
  /** Seconds to add to times. */
  offset: number;
}

/** Reads the block from `bytes[at]` to `bytes[end - 1]`, at least 20 bytes. Options that are malformed are left out. */
export function readInterface(bytes: Uint8Array, at: number, end: number, little: boolean): PcapngInterface {
  const result: PcapngInterface = {
    linkType: u16(bytes, at + 8, little),
    snaplen: u32(bytes, at + 12, little),
    name: undefined,
    unit: 1e6,
    offset: 0,
  };
  const optionsEnd = end - 4;
  let option = at + 16;
  for (let next = 0; ; option = next) {
    next = behindOption(bytes, option, optionsEnd, little);
    if (next < 0) return result;
    const length = u16(bytes, option + 2, little);
    const value = option + OPTION_HEADER;
    switch (u16(bytes, option, little)) {
      case IF_NAME: {
        const name = TEXT.decode(bytes.subarray(value, value + Math.min(length, LONGEST_NAME))).replace(/\0.*$/s, '');
        if (name !== '') result.name = name;
        break;
      }
      case IF_TSRESOL:
        if (length === 1) result.unit = bytes[value]! & 0x80 ? 2 ** (bytes[value]! & 0x7f) : 10 ** bytes[value]!;
        break;
      case IF_TSOFFSET:
        if (length === 8) {
          const [high, low] = little ? [value + 4, value] : [value, value + 4];
          result.offset = (u32(bytes, high, little) | 0) * 2 ** 32 + u32(bytes, low, little);
        }
    }
  }
}
