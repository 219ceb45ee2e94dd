/**
 * Where the walk is known to say other than what happens, by the fault's id: why, and how many flows of its bundle it is at
 * most. What disagrees beyond that fails the lab.
 */
export const WALK_DISAGREEMENTS = {
  'entry-to-gone-dns-pod': {
    atMost: 1,
    why: 'the lookup has a source port of its own, and an old conntrack entry of that port leads it to a pod that is gone; the walk takes some free port',
  },
  'client-has-no-ports-left': {
    atMost: 1,
    why: 'the pod has no local port left, so that nothing is sent at all; the walk begins with a packet that is sent',
  },
  'forward-drop-underlay': {
    atMost: 3,
    why: "CoreDNS's log tells that a node's lookup got SERVFAIL, not which server the node asked; the walk takes the node's own, which answers",
  },
  'shaper-left-on-nic': {
    atMost: 40,
    why: "what a shaper drops hangs on how much is sent at the time, which no node's state tells; the walk sends one packet, which passes",
  },
  'pod-asks-nodes-resolver': {
    atMost: 1,
    why: 'the name was not found, so that nothing was sent to the Service; the walk predicts that the lookup is answered and that the Service would be reached, both of which is so',
  },
};
