import type { Parser } from './parser.js';

const TIMEDATECTL = /^\s*(?:System clock|NTP) synchronized: (yes|no)\s*$/;
/** `System time     : 0.000012 seconds slow of NTP time` */
const CHRONY_OFFSET = /^System time\s*: (\d{1,12}(?:\.\d{1,12})?) seconds (?:slow|fast) of NTP time/;
const CHRONY_LEAP = /^Leap status\s*: (\S.{0,40}?)\s*$/;
const NTPSTAT = /^(un)?synchroni[sz]ed\b/;
/** The peer that ntpd follows; its offset, in ms, is the last but one. */
const NTPQ = /^([*#o])\S{1,60}\s.*?\s(-?\d{1,12}(?:\.\d{1,6})?)\s+\d{1,9}(?:\.\d{1,6})?\s*$/;
const NTPQ_HEADER = /^\s+remote\s+refid\s+st\s+t\s+when\s+poll/;

/**
 * `timedatectl`, `chronyc tracking`, `ntpq -p`, `ntpstat`: `clock.synchronized`, and `clock.offset`, seconds between the
 * node's clock and its source, whichever is ahead.
 */
export const timeSync: Parser = {
  id: 'time-sync',
  provides: ['clock.*'],
  reads: ({ program, args }) =>
    program === 'timedatectl' ||
    (program === 'chronyc' && (args.includes('tracking') || args.length === 0)) ||
    program === 'ntpq' ||
    program === 'ntpstat',
  recognises: (head) => head.some((line) => TIMEDATECTL.test(line) || CHRONY_LEAP.test(line) || NTPQ_HEADER.test(line)),
  parse({ lines }, sink) {
    let peers: number | undefined;
    let followed = false;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 300);
      const synchronized = TIMEDATECTL.exec(line)?.[1];
      if (synchronized !== undefined) sink.fact('clock.synchronized', synchronized === 'yes', i + 1);
      const offset = CHRONY_OFFSET.exec(line)?.[1];
      if (offset !== undefined) sink.fact('clock.offset', Number(offset), i + 1);
      const leap = CHRONY_LEAP.exec(line)?.[1];
      if (leap !== undefined) sink.fact('clock.synchronized', !/^Not synchroni[sz]ed/i.test(leap), i + 1);
      const stat = NTPSTAT.exec(line);
      if (stat !== null) sink.fact('clock.synchronized', stat[1] === undefined, i + 1);
      if (NTPQ_HEADER.test(line)) peers = i + 1;
      const peer = peers === undefined ? null : NTPQ.exec(line);
      if (peer !== null && !followed) {
        followed = true;
        sink.fact('clock.synchronized', true, i + 1);
        sink.fact('clock.offset', Math.abs(Number(peer[2])) / 1000, i + 1);
      }
    }
    if (peers !== undefined && !followed) sink.fact('clock.synchronized', false, peers);
  },
};
