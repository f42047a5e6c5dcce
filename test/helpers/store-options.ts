// SPDX-License-Identifier: Apache-2.0
/** Options of a small store below a temporary directory, and the tables of a small broker. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrokerIdentity, BrokerState, StoreOptions } from '../../src/store/message-store.ts';

/** 2023-11-14T22:13:20Z: the time of tests that do not care. */
export const TEST_NOW_MS = 1_700_000_000_000;

export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

/** A fresh directory that goes away with everything in it. */
export function temporaryDirectory(): TemporaryDirectory {
  const directory = mkdtempSync(path.join(tmpdir(), 'apogee-store-'));
  return {
    path: directory,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function storeOptions(root: string, changes: Partial<StoreOptions> = {}): StoreOptions {
  return {
    storePathRootDir: root,
    storePathCommitLog: path.join(root, 'commitlog'),
    mappedFileSizeCommitLog: 16 * 1024 * 1024,
    mappedFileSizeConsumeQueue: 300_000 * 20,
    maxHashSlotNum: 50_000,
    maxIndexNum: 200_000,
    messageIndexEnable: true,
    flushDiskType: 'ASYNC_FLUSH',
    flushIntervalCommitLog: 500,
    flushCommitLogLeastPages: 4,
    flushCommitLogThoroughInterval: 10_000,
    flushIntervalConsumeQueue: 1000,
    flushConsumeQueueLeastPages: 2,
    flushConsumeQueueThoroughInterval: 60_000,
    syncFlushTimeout: 5000,
    maxMessageSize: 4 * 1024 * 1024,
    accessMessageInMemoryMaxRatio: 40,
    maxTransferBytesOnMessageInMemory: 262_144,
    maxTransferCountOnMessageInMemory: 32,
    maxTransferBytesOnMessageInDisk: 65_536,
    maxTransferCountOnMessageInDisk: 8,
    maxFilterMessageSize: 16_000,
    commitLogRecoverMaxNum: 10,
    physicalMemoryBytes: 8 * 1024 ** 3,
    nowMs: TEST_NOW_MS,
    ...changes,
  };
}

export const testIdentity: BrokerIdentity = {
  clusterName: 'DefaultCluster',
  brokerName: 'broker-a',
  regionId: 'DefaultRegion',
  traceOn: true,
  storeHost: '127.0.0.1',
  storePort: 10_911,
  uniqKeyPrefix: '7F0000010001AABBCCDD',
};

export const testBrokerState: BrokerState = {
  writable: true,
  readable: true,
  litePullMessageEnable: true,
  longPollingEnable: true,
  shortPollingTimeMills: 1000,
  slaveReadEnable: false,
  pullExecution: 'auto',
};
