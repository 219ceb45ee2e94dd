import type { Lang } from '../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../report/catalogue.js';

/** What `podnet collect`, `podnet merge` and `podnet diagnose --live` say of themselves. */

const EN = {
  collect: 'collect the facts of this node and of its pods into a bundle',
  optionOutput: 'folder, .tgz, or - for a .tgz on standard output (default: podnet-<node>-<time>.tgz)',
  optionNode: 'name of this node in the bundle (default: its host name)',
  optionPods: 'from how many pods to probe: all, a number, or none to leave out all but --pod (default: 5)',
  optionPod: 'probe from this pod: namespace/name, name, or a PID in it; repeatable',
  optionPeer: 'probe this: IP, IP:PORT, IP:PORT/udp, http://…, a name; repeatable',
  optionTargets: 'probe what is in a facts.yaml, a folder of cluster/*.json, or a bundle',
  optionNoProbes: 'look only, probe nothing',
  optionDuration: 'seconds for all; what is left then is told as not done (default: 120)',
  optionForce: 'replace an output that exists',
  optionQuietCollect: 'nothing on standard error but errors',
  optionLive: 'collect on this node now and diagnose it; takes the options of collect',
  merge: 'join the bundles of several nodes into one',
  mergeBundles: 'bundles; of files that differ under one name all are kept',
  optionOutputMerge: 'folder, .tgz, or - for a .tgz on standard output',
  collectExampleNode: 'on a node, as root',
  collectExamplePeers: 'and probe these as well',
  collectExampleTargets: 'probe what the cluster has, from all pods here',
  collectExampleMerge: 'bundles of several nodes as one',
  collectExampleLive: 'collect and diagnose in one go',
  collectDoes: 'What it does:',
  collectDoesText:
    'It reads and probes, changes no setting, and writes only its output. Commands of this node and, in the network namespaces of its pods, of these (nsenter); each with a time limit. What is missing or not allowed is in the bundle with the reason. Without root it collects what it can.',
  collectStatus0: 'the bundle was written',
  collectStatus2: 'bad usage, or the output cannot be written',
  invalidPods: 'all, none or a whole number',
  invalidDuration: 'seconds from 5 to 3600',
  invalidNode: 'a name of letters, digits, dots and dashes',
  optionKube: 'read the cluster’s objects through kubectl as well, without secrets, and probe what they name',
  optionRedact: 'mask addresses and names, the same way throughout the bundle',
  progressKube: 'asking the cluster: {what}',
  progressLook: 'looking for pods…',
  progressProbes: 'probing from {what} ({done} of {of}; {left} s at most)',
  progressState: 'asking: {what} ({done} of {of}; {left} s at most)',
  written: 'wrote {output}: {files} files of this node and {pods} pods; probed from {sources} places',
  andMore: 'and {n} more',
  notRoot: 'not root: what only root may read is missing, and pods cannot be entered',
  merged: 'wrote {output}: {files} files of {n} bundles',
  differs: '{path} differs between bundles: both were kept, that of {name} as {other}',
  mergeNothing: '{name}: holds no file of a bundle',
  liveOnly: '{option} needs --live',
} as const;

const ZH = {
  collect: '将本节点及其 Pod 的事实收集为一个资料包',
  optionOutput: '目录、.tgz，或用 - 将 .tgz 写到标准输出（默认：podnet-<node>-<time>.tgz）',
  optionNode: '本节点在资料包中的名称（默认：主机名）',
  optionPods: '从多少个 Pod 探测：all、数字，或 none 表示只涉及 --pod 指定的（默认：5）',
  optionPod: '从该 Pod 探测：namespace/name、name 或其中的 PID，可重复',
  optionPeer: '探测该目标：IP、IP:PORT、IP:PORT/udp、http://…、域名，可重复',
  optionTargets: '探测 facts.yaml、含 cluster/*.json 的目录或资料包中的目标',
  optionNoProbes: '只查看，不探测',
  optionDuration: '全部工作的秒数上限；届时未完成的会注明（默认：120）',
  optionForce: '覆盖已存在的输出',
  optionQuietCollect: '标准错误只输出错误',
  optionLive: '现在就在本节点收集并诊断；可用 collect 的选项',
  merge: '将多个节点的资料包合并为一个',
  mergeBundles: '资料包；同名但内容不同的文件全部保留',
  optionOutputMerge: '目录、.tgz，或用 - 将 .tgz 写到标准输出',
  collectExampleNode: '在节点上以 root 运行',
  collectExamplePeers: '并探测这些目标',
  collectExampleTargets: '从本节点的全部 Pod 探测集群中的目标',
  collectExampleMerge: '将多个节点的资料包合并',
  collectExampleLive: '收集并立即诊断',
  collectDoes: '它做什么：',
  collectDoesText:
    '只读取和探测，不改变任何设置，只写自己的输出。运行本节点的命令，并进入 Pod 的网络命名空间（nsenter）运行命令，每条命令都有时间上限。缺少或不被允许的内容在资料包中注明原因。没有 root 权限时收集所能收集的。',
  collectStatus0: '资料包已写出',
  collectStatus2: '用法错误，或无法写出',
  invalidPods: 'all、none 或整数',
  invalidDuration: '5 到 3600 的秒数',
  invalidNode: '由字母、数字、点和短横线组成的名称',
  optionKube: '同时通过 kubectl 读取集群对象（不含密钥）并探测其中的目标',
  optionRedact: '遮盖地址和名称，整个资料包内保持一致',
  progressKube: '正在查询集群：{what}',
  progressLook: '正在查找 Pod…',
  progressProbes: '正在从 {what} 探测（{done}/{of}；最多还需 {left} 秒）',
  progressState: '正在查询：{what}（{done}/{of}；最多还需 {left} 秒）',
  written: '已写出 {output}：本节点和 {pods} 个 Pod 的 {files} 个文件；从 {sources} 处探测',
  andMore: '另有 {n} 项',
  notRoot: '不是 root：缺少只有 root 可读的内容，且无法进入 Pod',
  merged: '已写出 {output}：{n} 个资料包的 {files} 个文件',
  differs: '{path} 在不同资料包中内容不同：两者都保留，{name} 的存为 {other}',
  mergeNothing: '{name}：其中没有资料包的文件',
  liveOnly: '{option} 须与 --live 一起使用',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type CollectSay = Speaker<typeof EN>;

/** The catalogue of one language. */
export function collectWordsOf(lang: Lang): CollectSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}
