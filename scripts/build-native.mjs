// Builds the addon and the native tests with node-gyp. Uses the Node headers installed beside the
// running binary when there are any, so that nothing is downloaded; else node-gyp fetches them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const prefix = path.dirname(path.dirname(process.execPath));
const args = process.argv.slice(2);

// `--addon-only` leaves the tests out: what a user who only starts the broker needs.
const target = args.includes('--addon-only') ? ['apogee'] : [];
const isFirst = args.includes('--clean') || !existsSync(path.join(root, 'build', 'Makefile'));
const steps = isFirst
  ? [['clean'], ['configure'], ['build', ...target]]
  : [['configure'], ['build', ...target]];
for (const step of steps) {
  const command = [
    nodeGyp,
    ...step,
    '--jobs',
    String(availableParallelism()),
    '--loglevel',
    'warn',
  ];
  if (existsSync(path.join(prefix, 'include', 'node', 'node_api.h'))) {
    command.push('--nodedir', prefix);
  }
  const result = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) {
    console.error(
      'The native addon did not build. It needs a C++20 compiler (g++ 12 or clang 15), make and ' +
        'python3; on Debian: apt-get install build-essential python3',
    );
    process.exit(1);
  }
}
