// SPDX-License-Identifier: Apache-2.0
/** Goal: settings become what broker and store take; a disk without room is refused in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerSettings, checkRoom } from '../../../src/bin/broker-process.ts';
import {
  brokerConfigOf,
  refuseUnsupported,
  storeOptionsOf,
} from '../../../src/bin/broker-settings.ts';
import { defaultBrokerConfig } from '../../../src/broker/broker-config.ts';
import { ApogeeError } from '../../../src/core/errors.ts';

const settings = (set: Record<string, string> = {}) => brokerSettings({ set });

test('room for the first file: the size itself is enough, one byte less is not', () => {
  checkRoom('/data', 1_073_741_824, 1_073_741_824);
  assert.throws(
    () => checkRoom('/data', 1_073_741_823, 1_073_741_824),
    (error) => {
      assert.ok(error instanceof ApogeeError);
      assert.equal(error.code, 'STORE_PATH');
      assert.match(error.message, /^\/data has 1074 MB of free space; .* takes 1074 MB$/);
      return true;
    },
  );
});

test('every key that the broker reads exists, with the type it expects', () => {
  const config = brokerConfigOf(settings());
  assert.deepEqual(Object.keys(config).sort(), Object.keys(defaultBrokerConfig).sort());
  for (const [key, value] of Object.entries(defaultBrokerConfig)) {
    if (value === undefined) continue;
    assert.equal(typeof config[key as keyof typeof config], typeof value, key);
  }
});

test('addresses are the clients’ to find out unless somebody sets them', () => {
  assert.equal(brokerConfigOf(settings()).brokerIP1, undefined);
  assert.equal(brokerConfigOf(settings({ brokerIP1: '10.1.1.1' })).brokerIP1, '10.1.1.1');
});

test('the HA port follows listenPort, the commit log the root folder', () => {
  const set = { listenPort: '10921', storePathRootDir: '/d' };
  assert.equal(brokerConfigOf(settings(set)).haListenPort, 10_922);
  assert.equal(brokerConfigOf(settings({ ...set, haListenPort: '7' })).haListenPort, 7);
  assert.equal(storeOptionsOf(settings(set), 1).storePathCommitLog, '/d/commitlog');
  const apart = settings({ ...set, storePathCommitLog: '/fast/log' });
  assert.equal(storeOptionsOf(apart, 1).storePathCommitLog, '/fast/log');
});

test('what needs a slave, a controller or RocksDB is refused', () => {
  refuseUnsupported(settings());
  refuseUnsupported(settings({ brokerRole: 'SYNC_MASTER' }));
  for (const set of [{ brokerRole: 'SLAVE' }, { enableControllerMode: 'true' }]) {
    assert.throws(() => refuseUnsupported(settings(set)), ApogeeError);
  }
});
