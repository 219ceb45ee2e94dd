import { addressBits, parseCidr } from '../derive/prefix-table.js';
import { isObject } from '../parsers/json-shape.js';

/** An address of either family, ready to be compared. */
export interface BlockAddress {
  text: string;
  family: 4 | 6;
  bits: bigint;
}

interface Network {
  family: 4 | 6;
  /** The network's own bits, and how many bits follow them. */
  top: bigint;
  shift: bigint;
}

/** `ipBlock` of a policy's peer; a network that cannot be read is undefined. */
export interface IpBlock {
  cidr: Network | undefined;
  except: readonly (Network | undefined)[];
  /** It holds something else that Kubernetes would not accept. */
  malformed: boolean;
}

export function parseAddress(text: string): BlockAddress | undefined {
  const parsed = addressBits(text);
  return parsed === undefined ? undefined : { text, ...parsed };
}

export function parseIpBlock(value: unknown): IpBlock {
  if (!isObject(value)) return { cidr: undefined, except: [], malformed: true };
  const { cidr, except, ...others } = value;
  const list = except === undefined || except === null ? [] : except;
  return {
    cidr: networkOf(cidr),
    except: Array.isArray(list) ? list.map(networkOf) : [],
    malformed: !Array.isArray(list) || Object.keys(others).length > 0,
  };
}

function networkOf(value: unknown): Network | undefined {
  // The API takes no bare addresses.
  if (typeof value !== 'string' || !/\/\d{1,3}$/.test(value)) return undefined;
  const parsed = parseCidr(value);
  if (parsed === undefined) return undefined;
  const shift = BigInt((parsed.family === 4 ? 32 : 128) - parsed.length);
  return { family: parsed.family, top: parsed.bits >> shift, shift };
}

/** Whether the block holds the address; undefined where a part that decides is malformed. Families never match another. */
export function blockHas(block: IpBlock, address: BlockAddress): boolean | undefined {
  if (block.cidr !== undefined && !networkHas(block.cidr, address)) return false;
  let decided = block.cidr !== undefined && !block.malformed;
  for (const network of block.except) {
    if (network === undefined) decided = false;
    else if (networkHas(network, address)) return false;
  }
  return decided ? true : undefined;
}

function networkHas(network: Network, { family, bits }: BlockAddress): boolean {
  return network.family === family && bits >> network.shift === network.top;
}
