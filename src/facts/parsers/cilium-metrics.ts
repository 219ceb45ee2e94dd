import type { Parser } from './parser.js';

/** `cilium_bpf_map_pressure{map_name="…"} 0.97` of Prometheus, and the table of `cilium metrics list`: `…   map_name="…"   0.970000`. */
const PRESSURE =
  /^cilium_bpf_map_pressure(?:\{|\s+)(?:[^"]{0,100}")?([\w.-]{1,100})"[^}]{0,200}\}?\s+([\d.]{1,20}(?:e[+-]?\d{1,3})?)\s*$/;
const DROPS =
  /^cilium_drop_count_total(?:\{|\s+).{0,200}?reason="([^"]{1,100})"[^}]{0,200}\}?\s+([\d.]{1,20}(?:e[+-]?\d{1,3})?)\s*$/;
/** From here a map is as good as full: what hashes into a full bucket is refused before all of it is. */
const FULL = 0.95;
/** Reasons by which the datapath says that a map took no entry. */
const OF_MAPS = /^(?:CT: Map insertion failed|.{0,40}[Mm]ap (?:update|insertion) failed)$/;
const MOST = 2000;

/** `cilium metrics list` or the agent's Prometheus page: `ebpf.maps-full` (by name) and `ebpf.map-drops` (packets, all directions). */
export const ciliumMetrics: Parser = {
  id: 'cilium-metrics',
  provides: ['ebpf.*'],
  reads: ({ program, args }) => /^cilium(?:-dbg)?$/.test(program) && args[0] === 'metrics',
  recognises: (head) => head.some((line) => /^(?:# (?:HELP|TYPE) )?cilium_\w{3,60}[ {]/.test(line)),
  parse({ lines }, sink) {
    const full = new Set<string>();
    let maps: number | undefined;
    let drops: { count: number; line: number } | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 600);
      if (!line.startsWith('cilium_')) continue;
      const pressure = PRESSURE.exec(line);
      if (pressure !== null) {
        maps ??= i + 1;
        if (Number(pressure[2]) >= FULL && full.size < MOST) {
          if (full.size === 0) maps = i + 1;
          full.add(pressure[1]!);
        }
        continue;
      }
      const drop = DROPS.exec(line);
      if (drop === null) continue;
      drops ??= { count: 0, line: i + 1 };
      if (!OF_MAPS.test(drop[1]!)) continue;
      if (drops.count === 0) drops.line = i + 1;
      drops.count += Number(drop[2]);
    }
    if (maps !== undefined) sink.fact('ebpf.maps-full', [...full].sort(), maps);
    if (drops !== undefined && Number.isFinite(drops.count)) sink.fact('ebpf.map-drops', drops.count, drops.line);
  },
};
