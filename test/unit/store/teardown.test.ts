// SPDX-License-Identifier: Apache-2.0
/** Ends of a process that has a store open, each in a process of its own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeMessageRecords } from '../../../src/protocol/message-record.ts';
import { openNativeStore } from '../../../src/store/native-store.ts';
import { textOf } from '../../helpers/bytes.ts';
import { ManagedProcess } from '../../helpers/processes.ts';
import { storeOptions, temporaryDirectory } from '../../helpers/store-options.ts';

const child = fileURLToPath(new URL('../../helpers/store-child.js', import.meta.url));
const DEADLINE_MS = 30_000;

/** Runs the child in one way of ending; result: its exit code or signal, and what it printed. */
async function run(root: string, ending: string, flushDiskType: string) {
  const started = new ManagedProcess(process.execPath, [child, root, ending, flushDiskType]);
  const timer = setTimeout(() => started.child.kill('SIGKILL'), DEADLINE_MS);
  const end = await started.ended;
  clearTimeout(timer);
  return { end, output: started.output };
}

async function storedBodies(root: string) {
  const store = await openNativeStore(storeOptions(root));
  const bodies: string[] = [];
  for (;;) {
    const found = store.read('T', 0, bodies.length, 32, new Int32Array(0));
    if (found.messageCount === 0) break;
    bodies.push(...decodeMessageRecords(found.records).map(({ body }) => textOf(body)));
  }
  const { cleanShutdown } = store.recovery;
  await store.close();
  return { bodies, cleanShutdown };
}

describe('a process with an open store', () => {
  for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
    for (const ending of [
      'close',
      'exit',
      'run-out',
      'throw',
      'worker-exit',
      'exit-while-closing',
    ]) {
      it(`ends by ${ending} with ${flushDiskType}`, async () => {
        using directory = temporaryDirectory();
        const { end, output } = await run(directory.path, ending, flushDiskType);
        assert.equal(end, ending === 'throw' ? 7 : 0, output);
        const acknowledged = Number(/acknowledged (\d+)/.exec(output)?.[1]);
        assert.ok(acknowledged > 0, output);
        const { bodies, cleanShutdown } = await storedBodies(directory.path);
        assert.ok(bodies.length >= acknowledged, `${bodies.length} of ${acknowledged}`);
        assert.deepEqual(new Set(bodies), new Set(['x']));
        if (ending === 'close') assert.equal(cleanShutdown, true);
      });
    }

    it(`loses no acknowledged message when killed with ${flushDiskType}`, async () => {
      using directory = temporaryDirectory();
      const started = new ManagedProcess(process.execPath, [
        child,
        directory.path,
        'run-on',
        flushDiskType,
      ]);
      await started.untilOutput(/acknowledged [2-9]\d\d/, DEADLINE_MS);
      await started.kill();
      const counts = [...started.output.matchAll(/acknowledged (\d+)\n/g)];
      const acknowledged = Number(counts.at(-1)?.[1]);
      const { bodies, cleanShutdown } = await storedBodies(directory.path);
      assert.equal(cleanShutdown, false);
      assert.ok(bodies.length >= acknowledged, `${bodies.length} of ${acknowledged}`);
    });
  }
});
