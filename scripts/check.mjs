// `npm run check`: types, lint and format, the rules of the tree, C++ format. Changes nothing.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const packageFile = (name, file) =>
  path.join(path.dirname(require.resolve(`${name}/package.json`)), file);

function run(title, ...command) {
  console.log(`-- ${title}`);
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status === 0;
}

const cxxFiles = readdirSync(path.join(root, 'native'), { recursive: true })
  .filter((name) => /\.(cc|h)$/.test(name))
  .map((name) => path.join('native', name))
  .concat(
    readdirSync(path.join(root, 'bench'), { recursive: true })
      .filter((name) => /\.(cc|h)$/.test(name))
      .map((name) => path.join('bench', name)),
  );

const clangFormat = packageFile('clang-format-node', 'build/cli.js');
const results = [
  run('types (tsc)', packageFile('typescript', 'bin/tsc'), '-p', 'tsconfig.json'),
  run('lint and format (biome)', packageFile('@biomejs/biome', 'bin/biome'), 'ci'),
  run('rules of the tree (tidy)', '--test', 'dist/test/tidy.test.js'),
  run(
    'C++ format',
    clangFormat,
    '--dry-run',
    '-Werror',
    '--style=file:native/.clang-format',
    ...cxxFiles,
  ),
];
process.exit(results.every(Boolean) ? 0 : 1);
