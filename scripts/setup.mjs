// Makes a checkout ready to run: installs the dependencies and builds, each only where it is missing or out of date.
// Needs nothing but Node.js and npm. Says what it does on standard error; silent when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Milliseconds; `undefined` where there is no such file. */
function modified(name) {
  return statSync(join(ROOT, name), { throwIfNoEntry: false })?.mtimeMs;
}

/** The latest change of a file, or of any file in a folder. */
function latest(name) {
  const stat = statSync(join(ROOT, name), { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  let time = stat.mtimeMs;
  if (stat.isDirectory())
    for (const entry of readdirSync(join(ROOT, name))) time = Math.max(time, latest(join(name, entry)));
  return time;
}

function installIsCurrent() {
  // npm would empty the folder behind the link, which is another checkout's.
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  const installed = modified('node_modules/.package-lock.json');
  return installed !== undefined && installed >= (modified('package-lock.json') ?? 0);
}

function buildIsCurrent() {
  // What the build writes last.
  const built = modified('dist/rulebook.json');
  if (built === undefined || modified('dist/bin/podnet.js') === undefined) return false;
  return [
    'src',
    'rules',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/compile-rulebook.mjs',
    'scripts/bundle.mjs',
  ].every((name) => latest(name) <= built);
}

/** What went wrong with podnet itself (sysexits.h): a failed set-up must not look like an answer, whose statuses are 0 to 4. */
const BROKEN = 70;

/** 0 where this Node can run podnet. */
function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const needed = engines.node.replace(/^>=/, '');
  const [major, minor = 0] = needed.split('.').map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return 0;
  console.error(`podnet: needs Node.js ${needed} or later, this is ${process.versions.node} (${process.execPath})`);
  return BROKEN;
}

/** Runs npm with its output on standard error: standard output is for results. Returns 0 or BROKEN. */
function npm(args, doing) {
  console.error(`podnet: ${doing}`);
  const { status, error } = spawnSync('npm', args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  if (error !== undefined) {
    console.error(
      error.code === 'ENOENT'
        ? 'podnet: npm is needed to set podnet up, and it is not in PATH'
        : `podnet: npm could not be started: ${error.message}`,
    );
    return BROKEN;
  }
  if (status === 0) return 0;
  console.error(`podnet: set-up failed: \`npm ${args.join(' ')}\`, run in ${ROOT}, shows why`);
  return BROKEN;
}

/** Returns 0 where podnet is ready, else an exit status after having said why not. */
export function setUp() {
  const status = checkNode();
  if (status !== 0) return status;
  // An installed package has no sources to build from.
  if (modified('src') === undefined) return 0;
  if (!installIsCurrent()) {
    // With NODE_ENV=production npm would leave out the compiler.
    const installed = npm(
      ['ci', '--include=dev', '--loglevel=error'],
      'installing dependencies (npm ci), first use only',
    );
    if (installed !== 0) return installed;
  }
  return buildIsCurrent() ? 0 : npm(['run', '--silent', 'build'], 'building');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = setUp();
