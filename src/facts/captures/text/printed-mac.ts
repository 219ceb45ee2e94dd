/** A MAC address as a 48-bit number, of `02:42:ac:11:00:02` or, without leading zeros, `2:42:ac:11:0:2`. */
export function macOf(text: string): number {
  let mac = 0;
  for (const byte of text.split(':')) mac = mac * 256 + Number.parseInt(byte, 16);
  return mac;
}
