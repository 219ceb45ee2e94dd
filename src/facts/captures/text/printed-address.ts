import { portNumber } from '../../parsers/service-port.js';
import { canonicalIpv6 } from '../ipv6-text.js';
import type { Ip } from '../packet.js';

/** IPv6 texts that are remembered; a capture has few addresses, and each is printed again and again. */
const REMEMBERED = 1024;

const canonical = new Map<string, string>();

function ipv6Of(text: string): string | undefined {
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const address = canonicalIpv6(text);
  if (address === undefined) return undefined;
  if (canonical.size >= REMEMBERED) canonical.clear();
  canonical.set(text, address);
  return address;
}

/**
 * One end of a packet as tcpdump prints it: `10.0.0.1.80`, `10.0.0.1`, `fd00::1.domain`, `web.example.com.https`. Of a
 * name alone it cannot be told whether its last label is a port: `isName`, and then `port` is set where the label is a
 * number or a known name.
 */
export interface PrintedEnd {
  ip: Ip;
  port: number;
  /** Whether something stands where a port does, known or not. */
  hasPort: boolean;
  /** Not an address: `ip` is the whole text. */
  isName: boolean;
}

/** Reads an end into `end`; false where the text is none. */
export function readEnd(text: string, end: PrintedEnd): boolean {
  end.port = -1;
  end.hasPort = false;
  end.isName = false;
  if (text === '' || text.length > 260) return false;
  if (readIpv4End(text, end)) return true;
  if (text.includes(':')) return readIpv6End(text, end);
  // What is in no host's name is no host: a mangled line.
  if (!/^[\w*-][\w.*-]{0,259}$/.test(text)) return false;
  end.ip = text;
  end.isName = true;
  const dot = text.lastIndexOf('.');
  const port = dot > 0 ? portNumber(text.slice(dot + 1)) : undefined;
  if (port !== undefined) end.port = port;
  return true;
}

/** Takes the last label of a name as its port, as is certain once the line is TCP's or UDP's. */
export function takePort(end: PrintedEnd): void {
  if (!end.isName || typeof end.ip !== 'string') return;
  const dot = end.ip.lastIndexOf('.');
  if (dot <= 0) return;
  end.ip = end.ip.slice(0, dot);
  end.hasPort = true;
}

/** An address without a port; a name as it stands. */
export function printedIp(text: string): Ip {
  const end: PrintedEnd = { ip: 0, port: -1, hasPort: false, isName: false };
  if (readIpv4End(text, end) && !end.hasPort) return end.ip;
  return ipv6Of(text) ?? text;
}

function readIpv4End(text: string, end: PrintedEnd): boolean {
  let ip = 0;
  let at = 0;
  for (let part = 0; part < 4; part += 1) {
    let value = 0;
    const from = at;
    while (at < text.length) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > 255) return false;
      at += 1;
    }
    if (at === from) return false;
    ip = (ip << 8) | value;
    if (part < 3) {
      if (text[at] !== '.') return false;
      at += 1;
    }
  }
  if (at < text.length) {
    if (text[at] !== '.' || at + 1 === text.length) return false;
    end.hasPort = true;
    end.port = portNumber(text.slice(at + 1)) ?? -1;
    // A name such as 10.0.0.1.example.com, or a mangled line.
    if (end.port < 0 && !/^[\w*-]{1,40}$/.test(text.slice(at + 1))) return false;
  }
  end.ip = ip;
  return true;
}

function readIpv6End(text: string, end: PrintedEnd): boolean {
  const whole = ipv6Of(text);
  if (whole !== undefined) {
    end.ip = whole;
    return true;
  }
  const dot = text.lastIndexOf('.');
  if (dot < 0) return false;
  const address = ipv6Of(text.slice(0, dot));
  if (address === undefined) return false;
  end.ip = address;
  end.hasPort = true;
  end.port = portNumber(text.slice(dot + 1)) ?? -1;
  return true;
}
