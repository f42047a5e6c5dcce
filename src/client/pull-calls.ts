// SPDX-License-Identifier: Apache-2.0
/** One pull request and what its answer means. Source: PullAPIWrapper, spec remoting §2.4. */
import { ResponseCode } from '../protocol/codes.ts';
import { litePullMessage } from '../protocol/commands/lite-pull-message.ts';
import { pullMessage } from '../protocol/commands/pull-message.ts';
import { MessageProperty, parseProperties } from '../protocol/message-properties.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import { decodeMessageRecords, type MessageRecord } from '../protocol/message-record.ts';
import type { SubscriptionData } from '../protocol/subscription.ts';
import { PullSysFlag } from '../protocol/sys-flag.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import { type BrokerClient, refusal } from './broker-client.ts';

export type PullStatus = 'FOUND' | 'NO_NEW_MESSAGE' | 'NO_MATCHED_MESSAGE' | 'OFFSET_ILLEGAL';

export interface PullRequest {
  readonly group: string;
  readonly queue: MessageQueue;
  readonly offset: number;
  readonly maxMessages: number;
  readonly subscription: SubscriptionData;
  /** Undefined: this pull commits nothing. */
  readonly commitOffset?: number | undefined;
  /** How long the broker may hold the request while the queue is empty; 0: not at all. */
  readonly suspendTimeoutMs: number;
  /** Replica to ask. */
  readonly brokerId: number;
  /**
   * True: as a lite pull consumer, with the subscription in the request. False: the broker uses the
   * subscription it knows from the heartbeat.
   */
  readonly lite: boolean;
}

export interface PullResult {
  readonly status: PullStatus;
  /** Only those whose tag is subscribed to. */
  readonly records: readonly MessageRecord[];
  /** Where to go on. */
  readonly nextOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly suggestedBrokerId: number;
}

const statuses = new Map<number, PullStatus>([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.PULL_NOT_FOUND, 'NO_NEW_MESSAGE'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MESSAGE'],
  [ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_ILLEGAL'],
]);

/** Errors: BROKER_REFUSED for other answers, NO_ROUTE, the transport's. */
export async function pull(
  brokers: BrokerClient,
  pulled: PullRequest,
  options: InvokeOptions,
): Promise<PullResult> {
  const { queue, subscription, lite } = pulled;
  const target = brokers.reader(queue.brokerName, pulled.brokerId);
  const command = lite ? litePullMessage : pullMessage;
  const header = command.request.encode({
    consumerGroup: pulled.group,
    topic: queue.topic,
    queueId: queue.queueId,
    queueOffset: pulled.offset,
    maxMsgNums: pulled.maxMessages,
    sysFlag: sysFlagOf(pulled),
    commitOffset: pulled.commitOffset ?? 0,
    suspendTimeoutMillis: pulled.suspendTimeoutMs,
    subVersion: lite ? 0n : subscription.subVersion,
    expressionType: subscription.expressionType,
    bname: queue.brokerName,
    subscription: lite ? subscription.subString : undefined,
  });
  const answer = await brokers.invoke(target, { code: command.code, header }, options);
  const status = statuses.get(answer.code);
  if (status === undefined) throw refusal(target, command.code, answer);
  const response = command.response.decode(answer.extFields);
  const records = decodeMessageRecords(answer.body ?? new Uint8Array(0));
  return {
    status,
    records: records.filter((record) => isWanted(record, subscription)),
    nextOffset: response.nextBeginOffset,
    minOffset: response.minOffset,
    maxOffset: response.maxOffset,
    suggestedBrokerId: response.suggestWhichBrokerId,
  };
}

function sysFlagOf(pulled: PullRequest): number {
  return (
    (pulled.commitOffset === undefined ? 0 : PullSysFlag.COMMIT_OFFSET) |
    (pulled.suspendTimeoutMs > 0 ? PullSysFlag.SUSPEND : 0) |
    (pulled.lite ? PullSysFlag.SUBSCRIPTION | PullSysFlag.LITE_PULL : 0)
  );
}

/** Brokers compare hash codes of tags, and different tags may share one: compare the text. */
function isWanted(record: MessageRecord, subscription: SubscriptionData): boolean {
  if (subscription.tagsSet.length === 0) return true;
  const tag = parseProperties(record.properties).get(MessageProperty.TAGS);
  return tag !== undefined && subscription.tagsSet.includes(tag);
}
