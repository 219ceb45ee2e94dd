import { isIP } from 'node:net';

/** Leading ones of a dotted mask: `255.255.0.0` is 16; undefined where the ones are not all in front. */
function maskLength(mask: string): number | undefined {
  let bits = 0;
  let ended = false;
  for (const octet of mask.split('.')) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const set = ((Number(octet) >> bit) & 1) === 1;
      if (set && ended) return undefined;
      if (set) bits += 1;
      else ended = true;
    }
  }
  return bits;
}

/**
 * A network as `ADDRESS/LENGTH`, from what iproute2 and iptables print: a bare address is a host, a dotted mask is
 * counted, and the octets that old iproute2 left out (`10/8`, `169.254/16`) are filled in. Undefined where it is none.
 */
export function networkPrefix(text: string): string | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const length = slash < 0 ? undefined : text.slice(slash + 1);
  const full = length !== undefined && /^\d{1,3}(?:\.\d{1,3}){0,2}$/.test(address) ? padded(address) : address;
  const family = isIP(full);
  if (family === 0) return undefined;
  const most = family === 4 ? 32 : 128;
  if (length === undefined) return `${full}/${most}`;
  if (/^\d{1,3}$/.test(length)) return Number(length) <= most ? `${full}/${Number(length)}` : undefined;
  if (family !== 4 || isIP(length) !== 4) return undefined;
  const bits = maskLength(length);
  return bits === undefined ? undefined : `${full}/${bits}`;
}

function padded(address: string): string {
  const octets = address.split('.');
  while (octets.length < 4) octets.push('0');
  return octets.join('.');
}

/** 4 or 6 of an address or network. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
