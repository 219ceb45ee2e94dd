import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readText } from './read-file.js';

/** Containers of one pod that are looked at. */
const MOST = 50;
/** Where the control groups of CPUs lie: one tree for all (v2), or one of their own (v1). */
const ROOTS = { v2: '/sys/fs/cgroup', v1: '/sys/fs/cgroup/cpu,cpuacct' };

/** The control group of a process, by its /proc/PID/cgroup, as a folder of this machine; undefined outside of a pod. */
export function podGroupOf(text: string): string | undefined {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  const v1 = lines.find((match) => match?.[1]?.split(',').includes('cpu'));
  const match = v1 ?? lines.find((one) => one?.[1] === '');
  const path = match?.[2];
  if (path === undefined || path.split('/').includes('..')) return undefined;
  const folder = dirname(path);
  // A container's group lies in its pod's.
  if (!/\bpod[0-9a-f][0-9a-f_-]{30,35}(?:\.slice)?$/.test(folder)) return undefined;
  return `${v1 === undefined ? ROOTS.v2 : ROOTS.v1}${folder}`;
}

/** Share of the periods in which a limit stopped it; -1 where none were counted. */
function throttledShare(text: string): number {
  const count = (name: string): number => Number(new RegExp(`^${name} (\\d{1,16})$`, 'm').exec(text)?.[1] ?? 0);
  const periods = count('nr_periods');
  return periods === 0 ? -1 : count('nr_throttled') / periods;
}

/**
 * The cpu.stat of that container of a pod which its CPU limit stops most, by any process of the pod (mostly that of its
 * sandbox, which itself has no limit). Undefined where the control groups cannot be seen from here.
 */
export async function podCpuStat(pid: number): Promise<{ path: string; text: string } | undefined> {
  const group = podGroupOf((await readText(`/proc/${pid}/cgroup`)).text ?? '');
  if (group === undefined) return undefined;
  const inside = await readdir(group, { withFileTypes: true }).catch(() => []);
  const folders = [
    group,
    ...inside
      .filter((one) => one.isDirectory())
      .map(({ name }) => `${group}/${name}`)
      .sort(),
  ];
  let most: { path: string; text: string; share: number } | undefined;
  for (const folder of folders.slice(0, MOST)) {
    const path = `${folder}/cpu.stat`;
    const { text } = await readText(path);
    if (text === undefined || !/^nr_throttled \d/m.test(text)) continue;
    const share = throttledShare(text);
    if (most === undefined || share > most.share) most = { path, text, share };
  }
  return most;
}
