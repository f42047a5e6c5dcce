// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: the rules of the tree hold in every file. Method: read the sources as text.
 * Rules: file, function and line length, folder imports, injected time and randomness, forbidden
 * words, folder READMEs, an SPDX line. Import cycles and function length in TypeScript are Biome's.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const MAX_FILE_LINES = 500;
const MAX_TEST_FILE_LINES = 800;
const MAX_FUNCTION_LINES = 70;
const MAX_LINE_COLUMNS = 100;
const MAX_README_LINES = 30;

/** Which folders of `src` a folder may import; itself always. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: ['core'],
  transport: ['core', 'protocol'],
  store: ['core', 'protocol'],
  client: ['core', 'protocol'],
  sdk: ['core', 'protocol', 'transport', 'client'],
  namesrv: ['core', 'protocol', 'transport'],
  broker: ['core', 'protocol', 'transport', 'store'],
  bin: ['core', 'protocol', 'transport', 'store', 'client', 'sdk', 'namesrv', 'broker'],
};

/** Folders whose code also runs in browsers. */
const browserFolders = ['core', 'protocol', 'client'];

const allowedNativeIncludes: Readonly<Record<string, readonly string[]>> = {
  store: ['store'],
  posix: ['store', 'posix'],
  remoting: ['store', 'remoting'],
  napi: ['store', 'posix', 'remoting', 'napi'],
  test: ['store', 'posix', 'remoting', 'test'],
};

interface SourceFile {
  readonly name: string;
  readonly lines: readonly string[];
}

function sources(folder: string, pattern: RegExp): SourceFile[] {
  const base = path.join(root, folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name) && !/(^|\/)(target|node_modules)\//.test(name))
    .map((name) => {
      const text = readFileSync(path.join(base, name), 'utf8');
      return { name: path.posix.join(folder, name), lines: text.split('\n') };
    });
}

const typescript = ['src', 'test', 'bench'].flatMap((folder) => sources(folder, /\.ts$/));
const cxx = ['native', 'bench'].flatMap((folder) => sources(folder, /\.(cc|h)$/));
const java = sources('test', /\.java$/);
const scripts = sources('scripts', /\.mjs$/);
const all = [...typescript, ...cxx, ...java, ...scripts];

function expectNone(rule: string, offenders: readonly string[]): void {
  assert.deepEqual(offenders, [], `${rule}\n  ${offenders.join('\n  ')}`);
}

test('files and lines are short', () => {
  const offenders: string[] = [];
  for (const { name, lines } of all) {
    const limit = /^test\/|^native\/test\//.test(name) ? MAX_TEST_FILE_LINES : MAX_FILE_LINES;
    if (lines.length - 1 > limit)
      offenders.push(`${name}: ${lines.length - 1} lines, ${limit} at most`);
    lines.forEach((line, index) => {
      // A path cannot be broken over lines.
      const isImport = /^(import|export) .* from '.*';$/.test(line);
      if (!isImport && [...line].length > MAX_LINE_COLUMNS) {
        offenders.push(`${name}:${index + 1}: line too long`);
      }
    });
  }
  expectNone(`files <= ${MAX_FILE_LINES} lines, lines <= ${MAX_LINE_COLUMNS} columns`, offenders);
});

test('C++ functions are short', () => {
  const offenders: string[] = [];
  for (const { name, lines } of cxx) {
    let start = -1;
    lines.forEach((line, index) => {
      // Google style: a body opened by a line that starts at column 0 or 2 closes at that column.
      if (start < 0 && /^( {2})?[A-Za-z~][^;]*\) ?(const|override|noexcept| )*\{$/.test(line)) {
        start = index;
      } else if (start >= 0) {
        const indent = /^ */.exec(lines[start] ?? '')?.[0] ?? '';
        if (line === `${indent}}`) {
          if (index - start > MAX_FUNCTION_LINES) {
            offenders.push(`${name}:${start + 1}: function of ${index - start} lines`);
          }
          start = -1;
        }
      }
    });
  }
  expectNone(`functions <= ${MAX_FUNCTION_LINES} lines`, offenders);
});

test('a folder imports only what its row allows', () => {
  const offenders: string[] = [];
  for (const { name, lines } of typescript) {
    const [top, folder] = name.split('/');
    if (top !== 'src' || folder === undefined) continue;
    const allowed = allowedImports[folder];
    if (allowed === undefined) {
      offenders.push(`${name}: src/${folder} has no row in the table of imports`);
      continue;
    }
    const text = lines.join('\n');
    for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (target === undefined) continue;
      if (target.startsWith('.')) {
        const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(name), target));
        const other = resolved.split('/')[1];
        if (!resolved.startsWith('src/') || other === undefined) {
          offenders.push(`${name}: imports ${target} from outside src`);
        } else if (other !== folder && !allowed.includes(other)) {
          offenders.push(`${name}: src/${folder} may not import src/${other}`);
        }
      } else if (browserFolders.includes(folder) && target.startsWith('node:')) {
        offenders.push(`${name}: ${target} does not exist in browsers`);
      }
    }
  }
  expectNone('folder imports', offenders);
});

test('native folders include only what their row allows, and the store knows no Node', () => {
  const offenders: string[] = [];
  for (const { name, lines } of cxx) {
    const [top, folder] = name.split('/');
    if (top !== 'native' || folder === undefined) continue;
    const allowed = allowedNativeIncludes[folder] ?? [];
    for (const line of lines) {
      const other = /^#include "([a-z]+)\//.exec(line)?.[1];
      if (other !== undefined && !allowed.includes(other)) {
        offenders.push(`${name}: native/${folder} may not include native/${other}`);
      }
      if (folder !== 'napi' && /\b(node_api|napi\.h|v8\.h|uv\.h)\b/.test(line)) {
        offenders.push(`${name}: ${line.trim()}`);
      }
    }
  }
  expectNone('native includes', offenders);
});

test('time, randomness and sockets are injected', () => {
  const offenders: string[] = [];
  const forbidden = /\b(Date\.now|setTimeout|setInterval|Math\.random)\s*\(|new Date\(\)/;
  for (const { name, lines } of typescript) {
    if (!name.startsWith('src/') || name.startsWith('src/bin/')) continue;
    if (name === 'src/core/clock.ts' || name === 'src/core/random.ts') continue;
    lines.forEach((line, index) => {
      if (forbidden.test(line)) offenders.push(`${name}:${index + 1}: ${line.trim()}`);
      if (!name.startsWith('src/transport/') && /'node:(net|tls|dgram|http)'/.test(line)) {
        offenders.push(`${name}:${index + 1}: sockets belong to src/transport and src/bin`);
      }
    });
  }
  expectNone('use the injected Clock, Random and transport', offenders);
});

test('no leftovers', () => {
  const marks = new RegExp(
    ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'].join('|').replace(/^|$/g, '\\b'),
  );
  const focused = /\b(test|it|describe)\.(only|skip|todo)\(/;
  const offenders: string[] = [];
  for (const { name, lines } of all) {
    lines.forEach((line, index) => {
      if (marks.test(line) || focused.test(line)) offenders.push(`${name}:${index + 1}`);
    });
  }
  expectNone('marks of unfinished work', offenders);
});

test('every source names its licence', () => {
  const offenders = [...typescript, ...cxx, ...java]
    .filter(
      ({ lines }) => !lines.slice(0, 3).some((line) => line.includes('SPDX-License-Identifier')),
    )
    .map(({ name }) => name);
  expectNone('SPDX line', offenders);
});

test('every folder of src, native, test, bench and conf explains itself in a few lines', () => {
  const offenders: string[] = [];
  const visit = (folder: string, depth: number): void => {
    const readme = path.join(root, folder, 'README.md');
    if (!existsSync(readme)) offenders.push(`${folder}: no README.md`);
    else if (readFileSync(readme, 'utf8').split('\n').length - 1 > MAX_README_LINES) {
      offenders.push(`${folder}/README.md: more than ${MAX_README_LINES} lines`);
    }
    if (depth === 0) return;
    for (const name of readdirSync(path.join(root, folder))) {
      const child = path.join(folder, name);
      if (statSync(path.join(root, child)).isDirectory()) visit(child, depth - 1);
    }
  };
  for (const folder of ['src', 'native']) {
    for (const name of readdirSync(path.join(root, folder))) {
      const child = path.join(folder, name);
      if (statSync(path.join(root, child)).isDirectory()) visit(child, 0);
    }
  }
  for (const folder of ['src', 'native', 'test', 'bench', 'conf']) visit(folder, 0);
  expectNone('README.md per folder', offenders);
});
