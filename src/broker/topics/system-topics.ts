// SPDX-License-Identifier: Apache-2.0
/**
 * Topics that every broker has from its start; tools know them by name.
 * Source: TopicConfigManager.init; store §1.4, delta-5.5.0 §2.5.
 */
import {
  isSendForbidden,
  isSystemTopic,
  REVIVE_LOG_TOPIC_PREFIX,
  replyTopicOf,
  SYNC_BROKER_MEMBER_GROUP_PREFIX,
  SystemTopic,
} from '../../protocol/names.ts';
import { PERM_READ_WRITE, Perm } from '../../protocol/perm.ts';
import { newTopicConfig, type TopicConfig } from '../../protocol/topic-config.ts';
import type { BrokerConfig } from '../broker-config.ts';

const SCHEDULE_TOPIC_QUEUE_NUMS = 18;
const BENCHMARK_TOPIC_QUEUE_NUMS = 1024;
const CLUSTER_TOPIC_QUEUE_NUMS = 16;
const PERM_ALL = PERM_READ_WRITE | Perm.INHERIT;

/** The topics of a new broker, in the order Apache makes them. */
export function systemTopicConfigs(config: BrokerConfig): TopicConfig[] {
  const { brokerClusterName, brokerName } = config;
  return [
    ...(config.autoCreateTopicEnable ? [templateTopic(config)] : []),
    topic(SystemTopic.SELF_TEST_TOPIC, 1),
    topic(SystemTopic.BENCHMARK_TOPIC, BENCHMARK_TOPIC_QUEUE_NUMS),
    topic(
      brokerClusterName,
      CLUSTER_TOPIC_QUEUE_NUMS,
      config.clusterTopicEnable ? PERM_ALL : Perm.INHERIT,
    ),
    topic(brokerName, 1, config.brokerTopicEnable ? PERM_ALL : Perm.INHERIT),
    topic(SystemTopic.OFFSET_MOVED_EVENT, 1),
    topic(SystemTopic.SCHEDULE_TOPIC, SCHEDULE_TOPIC_QUEUE_NUMS),
    ...(config.traceTopicEnable ? [topic(config.msgTraceTopicName, 1)] : []),
    topic(replyTopicOf(brokerClusterName), 1),
    topic(REVIVE_LOG_TOPIC_PREFIX + brokerClusterName, config.reviveQueueNum),
    topic(SYNC_BROKER_MEMBER_GROUP_PREFIX + brokerName, 1, Perm.INHERIT),
    topic(SystemTopic.TRANS_HALF_TOPIC, 1),
    topic(SystemTopic.TRANS_OP_HALF_TOPIC, 1),
    topic(SystemTopic.ROCKSDB_TRANS_HALF_TOPIC, 1),
    topic(SystemTopic.ROCKSDB_TRANS_OP_HALF_TOPIC, 1),
    ...(config.timerWheelEnable ? [topic(SystemTopic.TIMER_TOPIC, 1)] : []),
  ];
}

function templateTopic(config: BrokerConfig): TopicConfig {
  return topic(SystemTopic.AUTO_CREATE_TOPIC_KEY_TOPIC, config.defaultTopicQueueNums, PERM_ALL);
}

function topic(topicName: string, queueNums: number, perm: number = PERM_READ_WRITE): TopicConfig {
  return newTopicConfig(topicName, { readQueueNums: queueNums, writeQueueNums: queueNums, perm });
}

/** Names that admin requests may neither change nor delete. */
export class SystemTopicNames {
  readonly #names: ReadonlySet<string>;

  constructor(config: BrokerConfig) {
    const started = systemTopicConfigs(config).map(({ topicName }) => topicName);
    this.#names = new Set([...Object.values(SystemTopic), ...started]);
  }

  has(topicName: string): boolean {
    return this.#names.has(topicName) || isSystemTopic(topicName);
  }

  list(): string[] {
    return [...this.#names];
  }
}

/**
 * Topics that clients must not send to. Apache accepts sends to the timer's and the revive topics,
 * and one malformed message there stops its timers; here they are refused as the others.
 */
export function isSendRefused(topicName: string): boolean {
  return (
    isSendForbidden(topicName) ||
    topicName === SystemTopic.TIMER_TOPIC ||
    topicName.startsWith(REVIVE_LOG_TOPIC_PREFIX)
  );
}
