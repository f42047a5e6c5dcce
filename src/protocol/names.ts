// SPDX-License-Identifier: Apache-2.0
/**
 * Names of topics and groups: what is legal, what is reserved, how retry and dead-letter topics
 * are called. Texts are Apache's, because users search for them.
 * Source: TopicValidator, MixAll, KeyBuilder; remoting §3.7, §3.8.
 */

export const MAX_TOPIC_LENGTH = 127;
/** Of `%RETRY%` and `%DLQ%` topics, whose names hold a group. */
export const MAX_RETRY_OR_DLQ_TOPIC_LENGTH = 255;
export const MAX_GROUP_LENGTH = 120;

export const RETRY_TOPIC_PREFIX = '%RETRY%';
export const DLQ_TOPIC_PREFIX = '%DLQ%';
export const LMQ_TOPIC_PREFIX = '%LMQ%';
export const SYSTEM_TOPIC_PREFIX = 'rmq_sys_';
export const SYNC_BROKER_MEMBER_GROUP_PREFIX = 'rmq_sys_SYNC_BROKER_MEMBER_';
export const REVIVE_LOG_TOPIC_PREFIX = 'rmq_sys_REVIVE_LOG_';
export const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';

export const SystemTopic = {
  AUTO_CREATE_TOPIC_KEY_TOPIC: 'TBW102',
  SCHEDULE_TOPIC: 'SCHEDULE_TOPIC_XXXX',
  BENCHMARK_TOPIC: 'BenchmarkTest',
  TRANS_HALF_TOPIC: 'RMQ_SYS_TRANS_HALF_TOPIC',
  ROCKSDB_TRANS_HALF_TOPIC: 'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  TRACE_TOPIC: 'RMQ_SYS_TRACE_TOPIC',
  TRANS_OP_HALF_TOPIC: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  ROCKSDB_TRANS_OP_HALF_TOPIC: 'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  TRANS_CHECK_MAX_TIME_TOPIC: 'TRANS_CHECK_MAX_TIME_TOPIC',
  SELF_TEST_TOPIC: 'SELF_TEST_TOPIC',
  OFFSET_MOVED_EVENT: 'OFFSET_MOVED_EVENT',
  CHECKPOINT_TOPIC: 'CHECKPOINT_TOPIC',
  TIMER_TOPIC: 'rmq_sys_wheel_timer',
} as const;

/** The fixed system topics; every `rmq_sys_` name is one too. */
export const systemTopics: ReadonlySet<string> = new Set<string>([
  SystemTopic.AUTO_CREATE_TOPIC_KEY_TOPIC,
  SystemTopic.SCHEDULE_TOPIC,
  SystemTopic.BENCHMARK_TOPIC,
  SystemTopic.TRANS_HALF_TOPIC,
  SystemTopic.ROCKSDB_TRANS_HALF_TOPIC,
  SystemTopic.TRACE_TOPIC,
  SystemTopic.TRANS_OP_HALF_TOPIC,
  SystemTopic.ROCKSDB_TRANS_OP_HALF_TOPIC,
  SystemTopic.TRANS_CHECK_MAX_TIME_TOPIC,
  SystemTopic.SELF_TEST_TOPIC,
  SystemTopic.OFFSET_MOVED_EVENT,
  SystemTopic.CHECKPOINT_TOPIC,
]);

const sendForbiddenTopics: ReadonlySet<string> = new Set<string>([
  SystemTopic.SCHEDULE_TOPIC,
  SystemTopic.TRANS_HALF_TOPIC,
  SystemTopic.ROCKSDB_TRANS_HALF_TOPIC,
  SystemTopic.TRANS_OP_HALF_TOPIC,
  SystemTopic.ROCKSDB_TRANS_OP_HALF_TOPIC,
  SystemTopic.TRANS_CHECK_MAX_TIME_TOPIC,
  SystemTopic.SELF_TEST_TOPIC,
  SystemTopic.OFFSET_MOVED_EVENT,
]);

export const SystemGroup = {
  DEFAULT_PRODUCER: 'DEFAULT_PRODUCER',
  DEFAULT_CONSUMER: 'DEFAULT_CONSUMER',
  TOOLS_CONSUMER: 'TOOLS_CONSUMER',
  SCHEDULE_CONSUMER: 'SCHEDULE_CONSUMER',
  FILTERSRV_CONSUMER: 'FILTERSRV_CONSUMER',
  MONITOR_CONSUMER: '__MONITOR_CONSUMER',
  CLIENT_INNER_PRODUCER: 'CLIENT_INNER_PRODUCER',
  SELF_TEST_PRODUCER: 'SELF_TEST_P_GROUP',
  SELF_TEST_CONSUMER: 'SELF_TEST_C_GROUP',
  ONS_HTTP_PROXY: 'CID_ONS-HTTP-PROXY',
  ONSAPI_PERMISSION: 'CID_ONSAPI_PERMISSION',
  ONSAPI_OWNER: 'CID_ONSAPI_OWNER',
  ONSAPI_PULL: 'CID_ONSAPI_PULL',
  SYS_TRANS: 'CID_RMQ_SYS_TRANS',
} as const;

const systemGroups: ReadonlySet<string> = new Set<string>(Object.values(SystemGroup));

const LEGAL_NAME = /^[%|a-zA-Z0-9_-]+$/;
const ALLOWED = 'contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$';

/** What is wrong with a topic name, in Apache's words; undefined when it is legal. */
export function topicNameFault(topic: string | undefined): string | undefined {
  if (topic === undefined || topic.trim() === '') return 'The specified topic is blank.';
  if (!LEGAL_NAME.test(topic)) return `The specified topic: ${topic}, ${ALLOWED}`;
  if (isRetryTopic(topic) || isDlqTopic(topic)) {
    const name = `The specified topic is DLQ or Retry topic: ${topic}`;
    return topic.length > MAX_RETRY_OR_DLQ_TOPIC_LENGTH
      ? `${name}, and it's longer than topic max length: ${MAX_RETRY_OR_DLQ_TOPIC_LENGTH}`
      : undefined;
  }
  return topic.length > MAX_TOPIC_LENGTH
    ? `The specified topic: ${topic}, is longer than topic max length: ${MAX_TOPIC_LENGTH}`
    : undefined;
}

/** What is wrong with a group name, in Apache's words; undefined when it is legal. */
export function groupNameFault(group: string | undefined): string | undefined {
  if (group === undefined || group.trim() === '') return 'The specified group is blank.';
  if (!LEGAL_NAME.test(group)) return `The specified group: ${group}, ${ALLOWED}`;
  return group.length > MAX_GROUP_LENGTH
    ? `The specified group: ${group}, is longer than group max length: ${MAX_GROUP_LENGTH}`
    : undefined;
}

export function isSystemTopic(topic: string): boolean {
  return systemTopics.has(topic) || topic.startsWith(SYSTEM_TOPIC_PREFIX);
}

/** Topics that clients must not send to. */
export function isSendForbidden(topic: string): boolean {
  return sendForbiddenTopics.has(topic);
}

/** Groups that exist without being created: the predefined ones and those with the prefix. */
export function isSystemGroup(group: string): boolean {
  return systemGroups.has(group) || group.startsWith(SYSTEM_GROUP_PREFIX);
}

export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(RETRY_TOPIC_PREFIX);
}

export function isDlqTopic(topic: string): boolean {
  return topic.startsWith(DLQ_TOPIC_PREFIX);
}

export function retryTopicOf(group: string): string {
  return RETRY_TOPIC_PREFIX + group;
}

export function dlqTopicOf(group: string): string {
  return DLQ_TOPIC_PREFIX + group;
}

/** The group of a `%RETRY%` or `%DLQ%` topic; undefined for other topics. */
export function groupOfRetryOrDlqTopic(topic: string): string | undefined {
  if (isRetryTopic(topic)) return topic.slice(RETRY_TOPIC_PREFIX.length);
  if (isDlqTopic(topic)) return topic.slice(DLQ_TOPIC_PREFIX.length);
  return undefined;
}

export function replyTopicOf(cluster: string): string {
  return `${cluster}_REPLY_TOPIC`;
}

/** A sentence that Apache appends to remarks whose cause its FAQ explains. */
export const FAQ_SUFFIX =
  '\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.';
