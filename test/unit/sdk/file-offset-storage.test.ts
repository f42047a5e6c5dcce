// SPDX-License-Identifier: Apache-2.0
/** Goal: offsets of broadcasting consumers survive a crash in the middle of a save. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { formatOffsets, parseOffsets } from '../../../src/client/offset-file.ts';
import { LocalOffsetStore } from '../../../src/client/offset-store.ts';
import { FileOffsetStorage } from '../../../src/sdk/file-offset-storage.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';

const home = mkdtempSync(path.join(tmpdir(), 'offsets-'));
after(() => rmSync(home, { recursive: true }));

const storage = new FileOffsetStorage(home);
const queue = (queueId: number) => ({ topic: 'T', brokerName: 'b', queueId });
const file = path.join(home, '10.0.0.1@a', 'CG', 'offsets.json');

/** Written by OffsetSerializeWrapper.toJson(true) of the Java client 5.5.0. */
const JAVA_TEXT = `{
\t"offsetTable":{
\t\t{
\t\t\t"brokerName":"b",
\t\t\t"queueId":0,
\t\t\t"topic":"T"
\t\t}:42
\t}
}`;

test('the text is what the Java client writes', () => {
  assert.equal(formatOffsets([[queue(0), 42]]), JAVA_TEXT);
  assert.deepEqual(parseOffsets(JAVA_TEXT), [[queue(0), 42]]);
  const onOneLine = '{"offsetTable":{{"queueId":0,"brokerName":"b","topic":"T"}:42}}';
  assert.deepEqual(parseOffsets(onOneLine), [[queue(0), 42]]);
  assert.throws(() => parseOffsets('{"offsetTable":{{"brokerName":"b","topic":"T"}:-1}}'), /-1/);
});

test('keeps the version before, and finds it when the newest is broken or gone', async () => {
  assert.deepEqual(await storage.load('10.0.0.1@a', 'CG'), []);
  await storage.save('10.0.0.1@a', 'CG', formatOffsets([[queue(0), 1]]));
  await storage.save('10.0.0.1@a', 'CG', formatOffsets([[queue(0), 2]]));
  assert.deepEqual(parseOffsets(readFileSync(file, 'utf8')), [[queue(0), 2]]);
  assert.deepEqual(parseOffsets(readFileSync(`${file}.bak`, 'utf8')), [[queue(0), 1]]);
  const load = (): Promise<number | undefined> =>
    new LocalOffsetStore('10.0.0.1@a', 'CG', storage, new CollectingLog()).load(queue(0));
  assert.equal(await load(), 2);
  writeFileSync(file, '{"offsetTable":{{"brok');
  assert.equal(await load(), 1);
  unlinkSync(file);
  assert.equal(await load(), 1);
});

test('queues of other runs stay in the file', async () => {
  const log = new CollectingLog();
  const store = new LocalOffsetStore('10.0.0.1@b', 'CG', storage, log);
  assert.equal(await store.load(queue(0)), undefined);
  store.advance(queue(0), 5);
  await store.persist();
  const next = new LocalOffsetStore('10.0.0.1@b', 'CG', storage, log);
  await next.load(queue(1));
  next.advance(queue(1), 6);
  next.advance(queue(1), 3);
  await next.persist();
  const last = new LocalOffsetStore('10.0.0.1@b', 'CG', storage, log);
  assert.equal(await last.load(queue(0)), 5);
  assert.equal(await last.load(queue(1)), 6);
});

test('a client id cannot lead out of the folder', async () => {
  await assert.rejects(storage.save('../../evil', 'CG', 'x'), /no name for a folder/);
  await assert.rejects(storage.load('..', 'CG'), /no name for a folder/);
});
