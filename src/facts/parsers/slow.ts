/**
 * Milliseconds from which an answer is late: the first retransmission of a SYN comes after one second, and so does what
 * was dropped once and got through with the next try.
 */
export const SLOW_MS = 1000;
