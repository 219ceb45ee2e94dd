const TYPES = { 1: 'A', 28: 'AAAA', 33: 'SRV', 12: 'PTR' };

/** The question of a DNS query: `{id, name, type, typeNumber, recursion, size}`, or undefined for what is none. */
export function question(message) {
  if (message.length < 17) return undefined;
  const labels = [];
  let at = 12;
  while (message[at] !== 0) {
    const length = message[at];
    if (length === undefined || length > 63 || at + length + 1 >= message.length) return undefined;
    labels.push(message.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += length + 1;
  }
  const typeNumber = message.readUInt16BE(at + 1);
  return {
    id: message.readUInt16BE(0),
    name: `${labels.join('.')}.`,
    type: TYPES[typeNumber] ?? `TYPE${typeNumber}`,
    end: at + 5,
    recursion: (message[2] & 1) === 1,
    size: message.length,
  };
}

/** An answer with up to one A record for each address. `rcode` as in RFC 1035; `authoritative` sets AA, else RA. */
export function answer(query, asked, { rcode = 0, addresses = [], authoritative = true, ttl = 30 }) {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(asked.id, 0);
  head.writeUInt16BE(0x8000 | (authoritative ? 0x0400 : 0x0080) | (asked.recursion ? 0x0100 : 0) | rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(4, 10);
    Buffer.from(address.split('.').map(Number)).copy(record, 12);
    return record;
  });
  return Buffer.concat([head, query.subarray(12, asked.end), ...records]);
}
