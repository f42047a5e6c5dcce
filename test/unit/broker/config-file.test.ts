// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: a table on disk is whole after a crash at any point, and writes are coalesced.
 * Method: files in memory whose operations are recorded and made to fail.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ConfigFile } from '../../../src/broker/config-file.ts';
import { nodeFiles } from '../../../src/broker/files.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';
import { MemoryFiles } from '../../helpers/memory-files.ts';

const PATH = '/store/config/topics.json';

function newFile(files: MemoryFiles, encode: () => string = () => '{"a":1}') {
  const log = new CollectingLog();
  return { log, file: new ConfigFile({ files, path: PATH, log, encode }) };
}

test('the old file becomes .bak and the new one is durable before it takes the name', async () => {
  const files = new MemoryFiles();
  files.setText(PATH, '{"a":0}');
  await newFile(files).file.persist();
  assert.deepEqual(files.operations, [
    `write ${PATH}.tmp`,
    `rename ${PATH} ${PATH}.bak`,
    `rename ${PATH}.tmp ${PATH}`,
    'sync /store/config',
  ]);
  assert.equal(files.text(PATH), '{"a":1}');
  assert.equal(files.text(`${PATH}.bak`), '{"a":0}');
});

test('a missing, empty or damaged file is read from .bak', async () => {
  for (const damage of [undefined, '', '{"a":', '[]']) {
    const files = new MemoryFiles();
    if (damage !== undefined) files.setText(PATH, damage);
    files.setText(`${PATH}.bak`, '{"a":0}');
    const { file, log } = newFile(files);
    assert.deepEqual({ ...(await file.load()) }, { a: 0 });
    assert.equal(log.complaints('read from its backup').length, 1);
  }
});

test('no file at all is an empty table, damaged files alone stop the start', async () => {
  const files = new MemoryFiles();
  assert.equal(await newFile(files).file.load(), undefined);
  files.setText(PATH, 'x');
  await assert.rejects(newFile(files).file.load(), {
    code: 'CONFIG_FILE',
    message: /topics\.json/,
  });
});

test('integer keys may be bare or quoted', async () => {
  for (const text of ['{"T@G":{0:250,1:251}}', '{"T@G":{"0":250,"1":251}}']) {
    const files = new MemoryFiles();
    files.setText(PATH, text);
    const content = await newFile(files).file.load();
    assert.equal(JSON.stringify(content), '{"T@G":{"0":250,"1":251}}');
  }
});

test('changes during a write share the next one', async () => {
  const files = new MemoryFiles();
  let open = (): void => {};
  files.gate = new Promise((resolve) => {
    open = resolve;
  });
  let value = 0;
  const { file } = newFile(files, () => `{"a":${value}}`);
  const first = file.persist();
  const rest = [1, 2, 3].map((next) => {
    value = next;
    return file.persist();
  });
  open();
  await Promise.all([first, ...rest]);
  assert.equal(files.operations.filter((line) => line.startsWith('write')).length, 2);
  assert.equal(files.text(PATH), '{"a":3}');
});

test('a failed write is told, keeps the old file, and flush tries again', async () => {
  for (const failing of ['write', 'rename', 'sync']) {
    const files = new MemoryFiles();
    files.setText(PATH, '{"a":0}');
    files.failing = failing;
    const { file } = newFile(files);
    await assert.rejects(file.persist(), { code: 'CONFIG_FILE', message: /no space left/ });
    assert.deepEqual({ ...(await newFile(files).file.load()) }, { a: failing === 'sync' ? 1 : 0 });
    files.failing = undefined;
    await file.flush();
    assert.equal(files.text(PATH), '{"a":1}');
    await file.flush();
  }
});

test('a failure in the background is one line in the log', async () => {
  const files = new MemoryFiles();
  files.failing = 'write';
  const { file, log } = newFile(files);
  file.persistInBackground();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(log.complaints('cannot be written').length, 1);
});

test('the real file system does the same', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'apogee-config-'));
  try {
    const target = path.join(directory, 'config', 'topics.json');
    const log = new CollectingLog();
    let text = '{"a":1}';
    const file = new ConfigFile({ files: nodeFiles, path: target, log, encode: () => text });
    await file.persist();
    text = '{"a":2}';
    await file.persist();
    assert.equal(await readFile(target, 'utf8'), '{"a":2}');
    assert.equal(await readFile(`${target}.bak`, 'utf8'), '{"a":1}');
    assert.equal(await nodeFiles.read(path.join(directory, 'none')), undefined);
    assert.ok(((await nodeFiles.diskSpace(directory))?.totalBytes ?? 0) > 0);
  } finally {
    await rm(directory, { recursive: true });
  }
});
