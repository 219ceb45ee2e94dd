import type { NftWords } from './nft-words.js';

/** Passes over a statement that decides nothing: counter, log, comment, dup, flow, reset. */
export function passNote(words: NftWords): void {
  const first = words.next();
  if (first === 'counter') {
    if (words.take('name') !== undefined) words.next();
    else if (words.take('packets') !== undefined) for (let i = 0; i < 3; i += 1) words.next();
  } else if (first === 'log') {
    while (words.take('prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags') !== undefined)
      if (/^(?:tcp|ip)$/.test(words.next() ?? '')) words.next();
  } else if (first === 'comment') words.next();
  else if (first === 'last') {
    if (words.take('used') !== undefined) words.next();
  } else if (first === 'dup') {
    words.take('to');
    words.next();
    if (words.take('device') !== undefined) words.next();
  } else if (first === 'flow') {
    words.take('add', 'offload');
    words.next();
  } else if (words.take('tcp') !== undefined && words.take('option') !== undefined) words.next();
}

/**
 * `limit rate over 10/second burst 5 packets`, `quota until 5 mbytes used 0 bytes`, `ct count over 5`: what may or may not be reached.
 *
 * @param bare the number stands alone, without a unit.
 */
export function passRate(words: NftWords, bare = false): void {
  words.next();
  if (words.take('name') !== undefined) {
    words.next();
    return;
  }
  words.take('rate');
  words.take('over', 'until');
  words.next();
  if (bare) return;
  if (/^[kmg]?bytes/.test(words.peek() ?? '')) words.next();
  while (words.take('burst', 'used') !== undefined) {
    words.next();
    if (/^(?:packets|[kmg]?bytes)$/.test(words.peek() ?? '')) words.next();
  }
}
