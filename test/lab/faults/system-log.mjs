/** Lines of a node's system log, a few minutes old. */
export function systemLog(node, lines, minutesAgo = 10) {
  const at = new Date(Date.now() - minutesAgo * 60_000);
  const month = at.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const stamp = `${month} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)}`;
  return lines.map((line) => `${stamp} ${node.name} ${line}`);
}

/** A line as Kubernetes' components write it (klog), a few minutes old. */
export function componentLine(level, source, message, minutesAgo = 5) {
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return `${level}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000       1 ${source}] ${message}`;
}
