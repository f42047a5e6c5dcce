// SPDX-License-Identifier: Apache-2.0
/** What processors work with: the broker's tables, its store and the outside, all injected. */
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Random } from '../core/random.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { MessageStore, ReadResult } from '../store/message-store.ts';
import type { BrokerConfig } from './broker-config.ts';
import type { BrokerStats } from './broker-stats.ts';
import type { ConsumerManager } from './client/consumer-manager.ts';
import type { ProducerManager } from './client/producer-manager.ts';
import type { RebalanceLockManager } from './client/rebalance-lock-manager.ts';
import type { DiskSpace } from './files.ts';
import type { SubscriptionGroupManager } from './groups/subscription-group-manager.ts';
import type { ConsumerOffsetManager } from './offsets/consumer-offset-manager.ts';
import type { SystemTopicNames } from './topics/system-topics.ts';
import type { TopicConfigManager } from './topics/topic-config-manager.ts';

/** Native serving, as far as processors need it. */
export interface HotPath {
  /**
   * Serves a frame of the connection after its tables were mended. False: it cannot be served
   * natively, and nothing was answered.
   */
  serveAgain(connection: PeerConnection, frame: Uint8Array): boolean;
  readonly coldReadsWaiting: number;
}

/** Reads that may touch the disk, away from the I/O thread where there is a read pool. */
export interface DiskReads {
  read(task: {
    readonly topic: string;
    readonly queueId: number;
    readonly offset: number;
    readonly maxMessages: number;
    /** Tag codes, empty = every message. */
    readonly codes: Int32Array;
  }): Promise<ReadResult>;
  /** The stored record at a physical offset. */
  lookMessage(physicalOffset: number): Promise<Uint8Array | undefined>;
  queryIndex(task: {
    readonly topic: string;
    readonly key: string;
    readonly maxCount: number;
    readonly beginMs: number;
    readonly endMs: number;
  }): Promise<ReturnType<MessageStore['queryIndex']>>;
}

/** The same on the calling thread. */
export function inlineReads(store: MessageStore): DiskReads {
  return {
    read: async ({ topic, queueId, offset, maxMessages, codes }) =>
      store.read(topic, queueId, offset, maxMessages, codes),
    lookMessage: async (physicalOffset) => store.lookMessage(physicalOffset),
    queryIndex: async ({ topic, key, maxCount, beginMs, endMs }) =>
      store.queryIndex(topic, key, maxCount, beginMs, endMs),
  };
}

export interface BrokerServices {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly store: MessageStore;
  readonly topics: TopicConfigManager;
  readonly systemTopics: SystemTopicNames;
  readonly groups: SubscriptionGroupManager;
  readonly offsets: ConsumerOffsetManager;
  readonly producers: ProducerManager;
  readonly consumers: ConsumerManager;
  readonly locks: RebalanceLockManager;
  readonly stats: BrokerStats;
  readonly hotPath: HotPath;
  readonly diskReads: DiskReads;
  /** Gives the UNIQ_KEY of a message whose producer gave none. */
  readonly nextUniqueKey: () => string;
  /** Host and port that clients are told. */
  readonly brokerAddress: () => { readonly host: string; readonly port: number };
  /** Resolves when changes of topics were told to the name servers, or could not be. */
  readonly registered: () => Promise<void>;
  /** `key=value` lines of the settings in force. */
  readonly settingsText: () => string;
  /** Of the file system that holds the directory; undefined when it cannot be told. */
  readonly diskSpace: (path: string) => Promise<DiskSpace | undefined>;
}
