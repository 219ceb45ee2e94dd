import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { build, ROOT } from '../cli/podnet.js';
import { cleanUp, type Served, serve } from './server.js';

let served: Served;

beforeAll(async () => {
  build();
  served = await serve();
}, 120_000);
afterAll(cleanUp);

const PAGE = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!.trim());
/** A command each; one whose body goes over several lines is one. */
const COMMANDS = BLOCKS.flatMap((block) => (block.includes("-d '{\n") ? [block] : block.split('\n')));

test.each(COMMANDS)('docs/api.md: `%s` works', (command) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PODNET: served.url },
  });
  expect(status, stdout + stderr).toBe(0);
});

test('the OpenAPI document names every route and every route is there', async () => {
  const { paths } = (await (await fetch(`${served.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const url = served.url + path.replace('{id}', 'AAAAAAAAAAAAAAAA');
      const { status } = await fetch(url, { method: method.toUpperCase() });
      expect([200, 201, 400, 404], `${method} ${path}`).toContain(status);
      const { status: other } = await fetch(url, { method: 'DELETE' });
      expect(other, `DELETE ${path}`).toBe(405);
    }
  }
});

test('the manifest runs the server as no root, on a read-only file system, with probes and limits', () => {
  const manifest = readFileSync(join(ROOT, 'deploy/kubernetes.yaml'), 'utf8');
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as Manifest);
  const { spec } = objects.find(({ kind }) => kind === 'Deployment')!.spec!.template!;
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  const [container] = spec.containers;
  expect(container!.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container!.readinessProbe).toMatchObject({ httpGet: { path: '/readyz' } });
  expect(container!.livenessProbe).toMatchObject({ httpGet: { path: '/healthz' } });
  expect(container!.resources).toMatchObject({
    requests: { cpu: expect.any(String) as string },
    limits: { memory: '2Gi' },
  });
});

interface Manifest {
  kind: string;
  spec?: {
    template?: {
      spec: { securityContext: object; containers: Record<string, object>[] };
    };
  };
}
