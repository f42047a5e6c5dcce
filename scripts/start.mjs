// `npm start [-- options of apogee start]`: installs and builds what is missing or old, then runs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const MINIMUM_NODE_MAJOR = 20;

const major = Number(process.versions.node.split('.', 1)[0]);
if (major < MINIMUM_NODE_MAJOR) {
  console.error(
    `Node ${process.versions.node} is too old; install Node ${MINIMUM_NODE_MAJOR} or newer`,
  );
  process.exit(1);
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Newest change of any file under `folders`, ms; `pattern` chooses by name. */
function newestMs(folders, pattern) {
  let newest = 0;
  for (const folder of folders) {
    for (const name of readdirSync(path.join(root, folder), { recursive: true })) {
      if (!pattern.test(name)) continue;
      newest = Math.max(newest, statSync(path.join(root, folder, name)).mtimeMs);
    }
  }
  return newest;
}

function isOlder(output, sourceMs) {
  const file = path.join(root, output);
  return !existsSync(file) || statSync(file).mtimeMs < sourceMs;
}

if (!existsSync(path.join(root, 'node_modules', 'typescript'))) run('npm', ['ci']);
if (isOlder('dist/src/bin/apogee.js', newestMs(['src'], /\.ts$/))) {
  run(process.execPath, ['scripts/build-typescript.mjs']);
}
if (isOlder('build/Release/apogee.node', newestMs(['native'], /\.(cc|h)$/))) {
  run(process.execPath, ['scripts/build-native.mjs', '--addon-only']);
}

const child = spawn(
  process.execPath,
  ['dist/src/bin/apogee.js', 'start', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
// The terminal sends Ctrl-C to both; this process only waits for the broker to finish.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
