// SPDX-License-Identifier: Apache-2.0
/** Every key of RocketMQ 5.5.0's configuration files and ours, by the class that owns it. */
import { apogeeKeys } from './apogee-keys.ts';
import { brokerIdentityKeys, brokerKeys } from './broker-keys.ts';
import type { ConfigKey, ConfigOwner, KeyRow } from './config-key.ts';
import { messageStoreKeys } from './message-store-keys.ts';
import { proxyKeys } from './proxy-keys.ts';
import {
  authKeys,
  controllerKeys,
  jraftKeys,
  namesrvKeys,
  nettyClientKeys,
  nettyServerKeys,
  tieredStoreKeys,
} from './server-keys.ts';

const rowsByOwner: Readonly<Record<ConfigOwner, readonly KeyRow[]>> = {
  ApogeeConfig: apogeeKeys,
  AuthConfig: authKeys,
  BrokerConfig: brokerKeys,
  BrokerIdentity: brokerIdentityKeys,
  ControllerConfig: controllerKeys,
  JraftConfig: jraftKeys,
  MessageStoreConfig: messageStoreKeys,
  NamesrvConfig: namesrvKeys,
  NettyClientConfig: nettyClientKeys,
  NettyServerConfig: nettyServerKeys,
  ProxyConfig: proxyKeys,
  TieredStoreConfig: tieredStoreKeys,
};

/** What `mqbroker -c` reads, in Apache's order; a key known to two classes sets both. */
export const brokerOwners: readonly ConfigOwner[] = [
  'BrokerConfig',
  'BrokerIdentity',
  'NettyServerConfig',
  'NettyClientConfig',
  'MessageStoreConfig',
  'AuthConfig',
  'TieredStoreConfig',
  'ApogeeConfig',
];

/** What `mqnamesrv -c` reads. */
export const namesrvOwners: readonly ConfigOwner[] = [
  'NamesrvConfig',
  'NettyServerConfig',
  'NettyClientConfig',
  'ControllerConfig',
  'JraftConfig',
  'ApogeeConfig',
];

/** Names of older releases and what they are called today (store.md §12.8). */
export const legacyNames: ReadonlyMap<string, string> = new Map([
  ['mapedFileSizeCommitLog', 'mappedFileSizeCommitLog'],
  ['mapedFileSizeConsumeQueue', 'mappedFileSizeConsumeQueue'],
  ['haSlaveFallbehindMax', 'haMaxGapNotInSync'],
  ['memTableFlushInterval', 'memTableFlushIntervalMs'],
]);

/** Keys that older releases had and that mean nothing to any release today. */
export const retiredNames: ReadonlySet<string> = new Set([
  'checkTransactionMessageEnable',
  'filterServerNums',
  'commercialEnable',
  'commercialTimerCount',
  'commercialTransCount',
  'commercialBigCount',
  'maxDelayTime',
  'enableTransparentRetry',
  'aclEnable',
]);

/** The keys of one class by name. */
export function keysOf(owner: ConfigOwner): ReadonlyMap<string, ConfigKey> {
  const keys = new Map<string, ConfigKey>();
  for (const [name, type, defaultText] of rowsByOwner[owner]) {
    keys.set(name, {
      name,
      owner,
      type,
      defaultText: defaultText === 'null' ? undefined : defaultText,
    });
  }
  return keys;
}

/** The keys of several classes by name; the first class that has a name wins. */
export function keysOfAll(owners: readonly ConfigOwner[]): ReadonlyMap<string, ConfigKey> {
  const keys = new Map<string, ConfigKey>();
  for (const owner of owners) {
    for (const [name, key] of keysOf(owner)) if (!keys.has(name)) keys.set(name, key);
  }
  return keys;
}
