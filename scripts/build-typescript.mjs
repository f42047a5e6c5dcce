// Compiles sources, tests and benchmarks to dist and makes the commands executable.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (result.status !== 0) process.exit(result.status ?? 1);

const commands = path.join(root, 'dist', 'src', 'bin');
for (const name of existsSync(commands) ? readdirSync(commands) : []) {
  if (!/^(apogee|mq\w+)\.js$/.test(name)) continue;
  chmodSync(path.join(commands, name), 0o755);
  // `npm start` compares this time with the sources'.
  utimesSync(path.join(commands, name), new Date(), new Date());
}
