// SPDX-License-Identifier: Apache-2.0
/** From settings to what the broker and the store take. */
import { totalmem } from 'node:os';
import path from 'node:path';
import { type BrokerConfig, defaultBrokerConfig } from '../broker/broker-config.ts';
import type { Settings } from '../core/config/settings.ts';
import { ApogeeError } from '../core/errors.ts';
import type { FlushDiskType, StoreOptions } from '../store/message-store.ts';

/** Every key of `BrokerConfig`, read by the type its default has. Errors: CONFIG_VALUE. */
export function brokerConfigOf(settings: Settings): BrokerConfig {
  const config: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(defaultBrokerConfig)) {
    if (typeof value === 'boolean') config[name] = settings.boolean(name);
    else if (typeof value === 'number') config[name] = settings.int(name);
    else config[name] = settings.text(name) === '' ? undefined : settings.text(name);
  }
  const listenPort = settings.int('listenPort');
  // Apache's starter sets 0 before it reads the file, so the catalogue's default never counts.
  const haListenPort = settings.isSet('haListenPort') ? settings.int('haListenPort') : 0;
  return {
    ...(config as unknown as BrokerConfig),
    brokerIP1: settings.isSet('brokerIP1') ? settings.text('brokerIP1') : undefined,
    brokerIP2: settings.isSet('brokerIP2') ? settings.text('brokerIP2') : undefined,
    haListenPort: haListenPort > 0 ? haListenPort : listenPort + 1,
    webSocketListenPort: settings.boolean('webSocketEnable')
      ? settings.int('webSocketListenPort')
      : undefined,
  };
}

/** Roles and formats that would need what this version lacks are refused, never misread. */
export function refuseUnsupported(settings: Settings): void {
  const refuse = (key: string, reason: string): never => {
    throw new ApogeeError('CONFIG_VALUE', `${key}=${settings.text(key)}: ${reason}`, {
      cure: `remove ${key}, or run this broker with Apache RocketMQ`,
    });
  };
  if (settings.text('brokerRole') === 'SLAVE') {
    refuse('brokerRole', 'this version replicates nothing and cannot be a slave');
  }
  if (settings.text('storeType') !== 'default') {
    refuse('storeType', 'queues in RocksDB are not a format of this broker');
  }
  for (const key of ['enableDLegerCommitLog', 'enableControllerMode', 'duplicationEnable']) {
    if (settings.boolean(key)) refuse(key, 'this version has one copy of the log, on this broker');
  }
}

/** Keys of the same name and unit. */
const intKeys = [
  'mappedFileSizeCommitLog',
  'mappedFileSizeConsumeQueue',
  'maxHashSlotNum',
  'maxIndexNum',
  'flushIntervalCommitLog',
  'flushCommitLogLeastPages',
  'flushCommitLogThoroughInterval',
  'flushIntervalConsumeQueue',
  'flushConsumeQueueLeastPages',
  'flushConsumeQueueThoroughInterval',
  'syncFlushTimeout',
  'maxMessageSize',
  'accessMessageInMemoryMaxRatio',
  'maxTransferBytesOnMessageInMemory',
  'maxTransferCountOnMessageInMemory',
  'maxTransferBytesOnMessageInDisk',
  'maxTransferCountOnMessageInDisk',
  'maxFilterMessageSize',
  'commitLogRecoverMaxNum',
] as const;

export function storeOptionsOf(settings: Settings, nowMs: number): StoreOptions {
  const root = settings.text('storePathRootDir');
  const commitLog = settings.text('storePathCommitLog');
  const numbers = Object.fromEntries(intKeys.map((key) => [key, settings.int(key)])) as Record<
    (typeof intKeys)[number],
    number
  >;
  return {
    ...numbers,
    storePathRootDir: root,
    storePathCommitLog: commitLog === '' ? path.join(root, 'commitlog') : commitLog,
    messageIndexEnable: settings.boolean('messageIndexEnable'),
    flushDiskType: settings.text('flushDiskType') as FlushDiskType,
    physicalMemoryBytes: totalmem(),
    nowMs,
  };
}
