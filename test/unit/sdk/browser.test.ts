// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: the browser entry runs in a browser. Method: walk its import graph, and load it and send
 * through it in a world without Node's globals.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApogeeError } from '../../../src/core/errors.ts';
import { Producer } from '../../../src/sdk/browser.ts';

const entry = fileURLToPath(new URL('../../../src/sdk/browser.js', import.meta.url));

/** Every module reachable from `file`, with the bare specifiers it imports. */
function graphOf(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen;
  const source = readFileSync(file, 'utf8');
  const statements =
    /^(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/gm;
  const targets = [...source.matchAll(statements)].map(([, from, other]) => from ?? other ?? '');
  seen.set(
    file,
    targets.filter((target) => !target.startsWith('.')),
  );
  for (const target of targets) {
    if (target.startsWith('.')) graphOf(path.resolve(path.dirname(file), target), seen);
  }
  return seen;
}

test('nothing it reaches imports Node or a package', () => {
  const graph = graphOf(entry);
  assert.ok(graph.size > 40, `${graph.size} modules`);
  const foreign = [...graph].filter(([, bare]) => bare.length > 0);
  assert.deepEqual(foreign, []);
});

test('nothing it reaches names a global that only Node has', () => {
  const offenders: string[] = [];
  for (const file of graphOf(entry).keys()) {
    const source = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    for (const [name] of source.matchAll(
      /\b(?:process|Buffer|require|__dirname|setImmediate)\b[.(]/g,
    )) {
      offenders.push(`${path.basename(file)}: ${name}`);
    }
  }
  assert.deepEqual(offenders, []);
});

test('TCP addresses are refused with the cure', () => {
  assert.throws(
    () => new Producer({ namesrvAddr: 'localhost:9876', group: 'PG' }),
    (error) =>
      error instanceof ApogeeError &&
      /ws:\/\/host:10920/.test(error.cure ?? '') &&
      /TCP/.test(error.message),
  );
});
