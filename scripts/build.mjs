// `npm run build`: TypeScript to dist, the addon to build/Release.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(...command) {
  const result = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

run('scripts/build-typescript.mjs');
run('scripts/build-native.mjs', ...process.argv.slice(2));
