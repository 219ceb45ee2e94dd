import { describe, expect, it } from 'vitest';
import { bgpSessions } from '../../../src/facts/parsers/bgp-sessions.js';
import { readFile, survivesDamage } from './read-file.js';

const CALICO = `Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+--------------------------------+
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |              INFO              |
+--------------+-------------------+-------+----------+--------------------------------+
| 172.29.2.10  | node-to-node mesh | up    | 11:21:02 | Established                    |
| 172.29.2.11  | node-to-node mesh | start | 09:00:12 | Active Socket: Connection      |
|              |                   |       |          | refused                        |
| 10.1.0.1     | global            | start | 09:00:12 | Connect                        |
+--------------+-------------------+-------+----------+--------------------------------+

IPv6 BGP status
No IPv6 peers found.`;
const BIRD = `BIRD v0.3.3+birdv1.6.8 ready.
name     proto    table    state  since       info
static1  Static   master   up     2024-01-05
kernel1  Kernel   master   up     2024-01-05
direct1  Direct   master   up     2024-01-05
Mesh_10_8_0_102 BGP      master   up     2024-01-05  Established
Mesh_10_8_0_103 BGP      master   start  07:11:40    Idle          BGP Error: Bad peer AS`;
const GOBGP = `Peer           AS  Up/Down State       |#Received  Accepted
10.11.3.2   64512    never Active      |        0         0
10.11.3.3   64512 12d 03:10:12 Establ      |        1         1
10.11.3.4   64512 01:10:12 Establ      |        1         1`;
const CILIUM = `Node    Local AS   Peer AS   Peer Address   Session State   Uptime   Family         Received   Advertised
kind-w  65001      65000     172.18.0.5     established     1h4m0s   ipv4/unicast   2          1
kind-w2 65001      65000     172.18.0.6     active          0s       ipv4/unicast   0          0`;

const down = (command: string, text: string) => readFile(bgpSessions, command, text).value('bgp.sessions-down');

describe('tables of BGP sessions', () => {
  it('names the peers whose session is not established', () => {
    expect(down('calicoctl node status', CALICO)).toEqual(['10.1.0.1', '172.29.2.11']);
    expect(down('birdcl show protocols', BIRD)).toEqual(['10.8.0.103']);
    expect(down('gobgp neighbor', GOBGP)).toEqual(['10.11.3.2']);
    expect(down('cilium bgp peers', CILIUM)).toEqual(['172.18.0.6']);
  });

  it('says so where all are established', () => {
    const up = CALICO.replace(/\| start \|/g, '| up    |').replace(
      /Active Socket: Connection|Connect {2}/g,
      'Established',
    );
    expect(down('calicoctl node status', up)).toEqual([]);
  });

  it('knows nothing where no session is listed', () => {
    expect(down('calicoctl node status', 'Calico process is not running.')).toBeUndefined();
    expect(down('calicoctl node status', 'IPv4 BGP status\nNo IPv4 peers found.')).toBeUndefined();
    expect(down('birdcl show protocols', 'kernel1  Kernel   master   up     2024-01-05')).toBeUndefined();
  });

  it('survives damage', () => {
    survivesDamage(bgpSessions, 'calicoctl node status', CALICO);
    survivesDamage(bgpSessions, 'birdcl show protocols', BIRD);
  });
});
