// SPDX-License-Identifier: Apache-2.0
/** Goal: "has an effect" is true of every honoured key. Method: look for its name in src. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { honouredKeys } from '../../../../src/core/config/honoured-keys.ts';

const src = new URL('../../../../../src/', import.meta.url);

test('every honoured key is read somewhere', () => {
  const text = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('core/config/'))
    .map((name) => readFileSync(new URL(name, src), 'utf8'))
    .join('\n');
  const words = new Set(text.match(/\w+/g));
  assert.deepEqual(
    [...honouredKeys].filter((key) => !words.has(key)),
    [],
  );
});
