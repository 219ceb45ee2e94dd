import type { Layer } from '../packet.js';
import { printedIp } from './printed-address.js';
import { macOf } from './printed-mac.js';

const MAC = '[\\da-fA-F]{1,2}(?::[\\da-fA-F]{1,2}){5}';
const ASKED = /^(?:Request )?who-has (\S{1,254})(?: \([^)]{0,80}\)?\))? tell ([^\s,]{1,254})/;
const TOLD = new RegExp(`^(?:Reply |reply )?(\\S{1,254}) is-at (${MAC})`);
const ALONE = /^(Announcement|Probe) ([^\s,]{1,254})/;
const REVERSE = /^Reverse (Request|Reply) /;

/** Reads what stands behind `ARP, ` into the layer; false where it is none. */
export function readArpText(text: string, layer: Layer): boolean {
  const body = text.replace(/^Ethernet \(len 6\), IPv4 \(len 4\), /, '');
  const asked = ASKED.exec(body);
  if (asked !== null) {
    layer.arpOperation = 1;
    layer.src = printedIp(asked[2]!);
    layer.dst = printedIp(asked[1]!);
  } else {
    const told = TOLD.exec(body);
    const alone = told === null ? ALONE.exec(body) : null;
    const reverse = told === null && alone === null ? REVERSE.exec(body) : null;
    if (told !== null) {
      layer.arpOperation = 2;
      layer.src = printedIp(told[1]!);
      layer.mac = macOf(told[2]!);
    } else if (alone !== null) {
      layer.arpOperation = 1;
      layer.dst = printedIp(alone[2]!);
      if (alone[1] === 'Announcement') layer.src = layer.dst;
    } else if (reverse !== null) layer.arpOperation = reverse[1] === 'Request' ? 3 : 4;
    else return false;
  }
  layer.kind = 'arp';
  return true;
}
