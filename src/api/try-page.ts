/** The page to try the API: everything on it comes from this server. */

const EXAMPLE = `{
  "version": 1,
  "cluster": {"cni": "flannel", "cniMode": "vxlan"},
  "reachability": [
    {"from": {"kind": "pod", "node": "n1"}, "to": {"kind": "pod", "node": "n2"}, "proto": "icmp", "ok": false, "error": "timeout"},
    {"from": {"kind": "pod", "node": "n1"}, "to": {"kind": "pod", "node": "n1"}, "proto": "icmp", "ok": true}
  ]
}`;

export const TRY_HTML = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>podnet: try the API</title>
<link rel="stylesheet" href="/try.css"></head>
<body>
<h1>podnet</h1>
<p>The whole interface: <a href="/openapi.json">openapi.json</a></p>
<form id="form">
<p><label>Facts as JSON, or pasted output<br><textarea id="body" rows="14" spellcheck="false">${EXAMPLE.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</textarea></label></p>
<p><label>or a file <input id="file" type="file"></label></p>
<p><label>Language <select id="lang"><option value="en">English</option><option value="zh">中文</option></select></label>
<label>Answer as <select id="format"><option value="text">text</option><option value="markdown">Markdown</option><option value="json">JSON</option></select></label>
<label>Token <input id="token" type="password" autocomplete="off"></label>
<button>POST /diagnose</button></p>
</form>
<p id="status" role="status"></p>
<pre id="answer"></pre>
<script src="/try.js"></script>
</body>
</html>
`;

export const TRY_CSS = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
textarea { width: 100%; box-sizing: border-box; font: 14px/1.4 ui-monospace, monospace }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.4 ui-monospace, monospace }
label { margin-right: 1rem }
`;

export const TRY_SCRIPT = `'use strict';
const of = (id) => document.getElementById(id);
of('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const file = of('file').files[0];
  const text = of('body').value;
  const type = file ? 'application/octet-stream' : text.trimStart().startsWith('{') ? 'application/json' : 'text/plain';
  const headers = { 'content-type': type };
  if (of('token').value !== '') headers.authorization = 'Bearer ' + of('token').value;
  const query = new URLSearchParams({ lang: of('lang').value, format: of('format').value });
  if (file) query.set('name', file.name);
  of('status').textContent = '…';
  try {
    const response = await fetch('/diagnose?' + query, { method: 'POST', headers, body: file || text });
    of('status').textContent = response.status + ' ' + (response.headers.get('podnet-permalink') || '');
    of('answer').textContent = await response.text();
  } catch (error) {
    of('status').textContent = String(error);
  }
});
`;
