// SPDX-License-Identifier: Apache-2.0
/** Goal: namesrvAddr is read as users write it, and a mistake is named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_NAME_SERVERS, parseNameServerAddresses } from '../../../src/client/addresses.ts';
import { ApogeeError } from '../../../src/core/errors.ts';

test('one, several, repeated, IPv6 and WebSocket addresses', () => {
  assert.deepEqual(parseNameServerAddresses('127.0.0.1:9876'), {
    addresses: ['127.0.0.1:9876'],
    transport: 'tcp',
  });
  assert.deepEqual(parseNameServerAddresses(' a:1; b:2 ;a:1;').addresses, ['a:1', 'b:2']);
  assert.deepEqual(parseNameServerAddresses('[::1]:9876').addresses, ['[::1]:9876']);
  assert.deepEqual(parseNameServerAddresses('ws://h:10920/;ws://i:10920'), {
    addresses: ['h:10920', 'i:10920'],
    transport: 'websocket',
  });
});

test('what cannot be used is refused with the part that is wrong', () => {
  const wrong: [string, RegExp][] = [
    ['', /names no address/],
    [' ; ', /names no address/],
    ['localhost', /localhost is not host:port/],
    ['h:0', /h:0 is not/],
    ['h:65536', /h:65536 is not/],
    ['http://h:1', /http:\/\/ is not known/],
    ['h:1;ws://h:2', /mixes/],
    [
      Array.from({ length: MAX_NAME_SERVERS + 1 }, (_, i) => `h:${i + 1}`).join(';'),
      /65 addresses/,
    ],
  ];
  for (const [text, reason] of wrong) {
    assert.throws(
      () => parseNameServerAddresses(text),
      (error) =>
        error instanceof ApogeeError && error.code === 'CONFIG_VALUE' && reason.test(error.message),
      text,
    );
  }
  const most = Array.from({ length: MAX_NAME_SERVERS }, (_, i) => `h:${i + 1}`).join(';');
  assert.equal(parseNameServerAddresses(most).addresses.length, MAX_NAME_SERVERS);
});
