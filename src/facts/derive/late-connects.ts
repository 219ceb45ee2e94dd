import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';

/**
 * After 1, 3, 7, 15, 31 and 63 s a SYN is sent again (tcp_syn_retries 6): the last of them gets through where the first ones share a fault
 * that a changed outer port, or a packet without offload, does not have. Milliseconds.
 */
const LAST_RETRY = { from: 62_500, to: 66_000 };

/** `connect.after-63-seconds`: a connection or request was answered only with the last retransmission of its SYN. */
export const lateConnects: Derivation = {
  id: 'late-connects',
  derive({ store }) {
    const late = store.all('probe').find(({ value: { proto, rttMs, state } }) => {
      if ((proto !== 'tcp' && proto !== 'http') || state === 'failing' || rttMs === undefined) return false;
      return rttMs >= LAST_RETRY.from && rttMs <= LAST_RETRY.to;
    });
    if (late !== undefined)
      store.add({ subject: CLUSTER, name: 'connect.after-63-seconds', value: true, source: late.source });
  },
};
