// SPDX-License-Identifier: Apache-2.0
/** Goal: what a person writes into a .properties file is taken, warned about or refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brokerOwners,
  keysOf,
  keysOfAll,
  namesrvOwners,
} from '../../../../src/core/config/config-catalogue.ts';
import { honouredKeys } from '../../../../src/core/config/honoured-keys.ts';
import { parseProperties } from '../../../../src/core/config/properties.ts';
import { Settings } from '../../../../src/core/config/settings.ts';
import { ApogeeError } from '../../../../src/core/errors.ts';

const machine = {
  userHome: '/home/u',
  hostName: 'host-1',
  localAddress: '10.1.1.1',
  rocketmqHome: undefined,
};

function readBroker(text: string): Settings {
  return Settings.read({ owners: brokerOwners, machine, source: { text, file: 'b.conf' } });
}

function refusal(text: string): ApogeeError {
  try {
    readBroker(text);
  } catch (error) {
    assert.ok(error instanceof ApogeeError);
    assert.equal(error.code, 'CONFIG_VALUE');
    return error;
  }
  throw new Error('the value was taken');
}

test('defaults are those of Apache 5.5.0, with the machine filled in', () => {
  const settings = Settings.read({ owners: brokerOwners, machine });
  assert.equal(settings.int('mappedFileSizeCommitLog'), 1073741824);
  assert.equal(settings.text('brokerIP1'), '10.1.1.1');
  assert.equal(settings.text('brokerName'), 'host-1');
  assert.equal(settings.text('storePathRootDir'), '/home/u/store');
  assert.equal(settings.text('namesrvAddr'), '');
  assert.equal(settings.boolean('longPollingEnable'), true);
  assert.deepEqual(settings.warnings, []);
});

test('the catalogue has every class and size', () => {
  assert.equal(keysOf('MessageStoreConfig').size, 219);
  assert.equal(keysOf('BrokerConfig').size, 243);
  assert.equal(keysOf('NamesrvConfig').size, 22);
  assert.equal(keysOf('ProxyConfig').size, 156);
});

test('every honoured key exists', () => {
  const known = keysOfAll([...brokerOwners, ...namesrvOwners]);
  assert.deepEqual(
    [...honouredKeys].filter((name) => !known.has(name)),
    [],
  );
});

test('every default of the catalogue is allowed by its own rules', () => {
  for (const owners of [brokerOwners, namesrvOwners]) {
    const settings = Settings.read({ owners, machine });
    const lines = settings
      .render()
      .split('\n')
      .filter((line) => !/=$|\{\}$/.test(line));
    const again = Settings.read({
      owners,
      machine,
      source: { text: lines.join('\n'), file: 'defaults' },
    });
    assert.equal(again.render(), settings.render());
  }
});

test('an unknown key is one warning with its line and the nearest name', () => {
  const settings = readBroker('# c\nflushDiskTyp=ASYNC_FLUSH\nzzzzzzzzzzzzzzz=1\n');
  assert.equal(settings.warnings.length, 2);
  assert.match(
    settings.warnings[0] ?? '',
    /^b\.conf:2: .*flushDiskTyp is ignored; did you mean flushDiskType\?/,
  );
  assert.match(
    settings.warnings[1] ?? '',
    /^b\.conf:3: the unknown key zzzzzzzzzzzzzzz is ignored$/,
  );
});

test('a wrong value names key, value, what is allowed, file and line', () => {
  assert.match(
    refusal('\nlistenPort=70000').message,
    /listenPort at b\.conf:2 has the value "70000"; allowed is a whole number from 0 to 65535/,
  );
  assert.match(refusal('flushDiskType=SYNC').message, /one of ASYNC_FLUSH, SYNC_FLUSH/);
  assert.match(refusal('longPollingEnable=yes').message, /true or false/);
  assert.match(refusal('defaultTopicQueueNums=').message, /has the value ""/);
  assert.match(refusal('listenPort=1e3').message, /"1e3"/);
});

test('bounds: the limit is taken, one past it is not', () => {
  assert.equal(readBroker('listenPort=65535').int('listenPort'), 65535);
  refusal('listenPort=65536');
  refusal('listenPort=-1');
});

test('blanks around a value are dropped, a boolean may have any case', () => {
  const settings = readBroker('longPollingEnable = FALSE  \nbrokerName: broker-a \n');
  assert.equal(settings.boolean('longPollingEnable'), false);
  assert.equal(settings.text('brokerName'), 'broker-a');
});

test('names of old releases are taken under their new name', () => {
  const settings = readBroker('mapedFileSizeCommitLog=1048576');
  assert.equal(settings.int('mappedFileSizeCommitLog'), 1048576);
  assert.match(settings.warnings[0] ?? '', /is called mappedFileSizeCommitLog today/);
});

test('a known key without effect is named once, only when it differs from its default', () => {
  const settings = readBroker('warmMapedFileEnable=true\nfastFailIfNoBufferInStorePool=false\n');
  assert.deepEqual(settings.warnings, [
    'the key warmMapedFileEnable is known but has no effect in this version',
  ]);
});

test('the command line wins over the file', () => {
  const settings = Settings.read({
    owners: brokerOwners,
    machine,
    source: { text: 'listenPort=1', file: 'f' },
    overrides: { listenPort: '2' },
  });
  assert.equal(settings.int('listenPort'), 2);
});

test('an admin change takes known keys, refuses all when one value is wrong', () => {
  const settings = readBroker('');
  assert.deepEqual(
    settings.apply(
      new Map([
        ['traceOn', 'false'],
        ['nobody', '1'],
      ]),
    ),
    ['traceOn'],
  );
  assert.throws(() =>
    settings.apply(
      new Map([
        ['traceOn', 'true'],
        ['listenPort', 'x'],
      ]),
    ),
  );
  assert.equal(settings.boolean('traceOn'), false);
});

test('properties: continuation, escapes and lines', () => {
  const properties = parseProperties('a=1\r\n! c\nlong = x,\\\n   y\nu=\\u0041\n');
  assert.deepEqual(properties, [
    { key: 'a', value: '1', line: 1 },
    { key: 'long', value: 'x,y', line: 3 },
    { key: 'u', value: 'A', line: 5 },
  ]);
});
