// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: defaults are those of the catalogue of keys, and the broker tells clients an address that
 * can be reached. Method: the catalogue as oracle; lists of local addresses.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brokerHost,
  defaultBrokerConfig,
  type LocalAddress,
  nameServerAddresses,
} from '../../../src/broker/broker-config.ts';
import { ipOf } from '../../../src/broker/broker-identity.ts';
import { apogeeKeys } from '../../../src/core/config/apogee-keys.ts';
import { brokerKeys } from '../../../src/core/config/broker-keys.ts';
import { messageStoreKeys } from '../../../src/core/config/message-store-keys.ts';

/** Keys whose value depends on the machine, or that Apache's launcher sets. */
const chosenElsewhere = [
  ...['brokerName', 'brokerIP1', 'brokerIP2', 'listenPort', 'haListenPort'],
  ...['storePathRootDir', 'webSocketListenPort'],
];

test('defaults are those of Apache', () => {
  const catalogue = new Map(
    [...messageStoreKeys, ...apogeeKeys, ...brokerKeys].map(([name, , text]) => [name, text]),
  );
  for (const [key, value] of Object.entries(defaultBrokerConfig)) {
    const known = catalogue.get(key);
    assert.ok(known !== undefined, `${key} is in the catalogue`);
    if (!chosenElsewhere.includes(key)) assert.equal(String(value ?? null), known, key);
  }
});

const loopback: LocalAddress = { address: '127.0.0.1', family: 'IPv4', internal: true };
const outer6: LocalAddress = { address: 'fe80::1', family: 'IPv6', internal: false };
const outer4: LocalAddress = { address: '10.0.0.1', family: 'IPv4', internal: false };

test('the broker’s host is brokerIP1, else the first outer IPv4 address, else loopback', () => {
  const local = [loopback, outer6, outer4];
  assert.equal(brokerHost({ brokerIP1: '1.2.3.4' }, local), '1.2.3.4');
  assert.equal(brokerHost({ brokerIP1: undefined }, local), '10.0.0.1');
  assert.equal(brokerHost({ brokerIP1: '' }, [loopback, outer6]), '127.0.0.1');
});

test('records hold an address where brokerIP1 is a name', () => {
  assert.equal(ipOf('1.2.3.4', [outer4]), '1.2.3.4');
  assert.equal(ipOf('::1', [outer4]), '::1');
  assert.equal(ipOf('broker.example', [loopback, outer4]), '10.0.0.1');
});

test('name servers are a list without blanks and repeats', () => {
  assert.deepEqual(nameServerAddresses(' a:1; b:2;;a:1 '), ['a:1', 'b:2']);
  assert.deepEqual(nameServerAddresses(undefined), []);
});
