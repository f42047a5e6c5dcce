// SPDX-License-Identifier: Apache-2.0
/** Goal: the samples in conf/ hold only keys that exist, with values that are allowed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brokerOwners, namesrvOwners } from '../../../../src/core/config/config-catalogue.ts';
import { Settings } from '../../../../src/core/config/settings.ts';

const conf = new URL('../../../../../conf/', import.meta.url);
const machine = {
  userHome: '/home/u',
  hostName: 'host-1',
  localAddress: '10.1.1.1',
  rocketmqHome: undefined,
};
const samples = readdirSync(conf, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(conf|properties)$/.test(name),
);

test('conf/ keeps the files of Apache', () => {
  for (const name of ['broker.conf', '2m-noslave/broker-a.properties']) {
    assert.ok(samples.includes(name), name);
  }
  assert.ok(samples.includes('2m-2s-async/broker-b-s.properties'));
  assert.ok(samples.includes('2m-2s-sync/broker-a.properties'));
});

for (const name of samples) {
  test(`conf/${name} reads without a warning`, () => {
    const text = readFileSync(new URL(name, conf), 'utf8');
    const owners = name === 'namesrv.properties' ? namesrvOwners : brokerOwners;
    const settings = Settings.read({ owners, machine, source: { text, file: name } });
    assert.deepEqual(settings.warnings, []);
    // What is commented out as a sample must be a key too.
    const samplesInComments = text.replaceAll(/^#(\w+=)/gm, '$1');
    const source = { text: samplesInComments, file: name };
    for (const warning of Settings.read({ owners, machine, source }).warnings) {
      assert.match(warning, /known but has no effect/);
    }
  });
}
