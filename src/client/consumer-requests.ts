// SPDX-License-Identifier: Apache-2.0
/** What brokers ask a consumer, and what it asks about its subscriptions. Spec remoting §2.7. */
import { ResponseCode } from '../protocol/codes.ts';
import {
  checkClientConfig,
  encodeCheckClientBody,
} from '../protocol/commands/check-client-config.ts';
import {
  consumeMessageDirectly,
  encodeConsumeMessageDirectlyResult,
} from '../protocol/commands/consume-message-directly.ts';
import { getConsumerRunningInfo } from '../protocol/commands/get-consumer-running-info.ts';
import { getConsumerStatusFromClient } from '../protocol/commands/get-consumer-status-from-client.ts';
import { notifyConsumerIdsChanged } from '../protocol/commands/notify-consumer-ids-changed.ts';
import { resetConsumerClientOffset } from '../protocol/commands/reset-consumer-client-offset.ts';
import type { ConsumeResult } from '../protocol/consumer-enums.ts';
import { encodeJsonBody } from '../protocol/java-json.ts';
import { queueTableToJson } from '../protocol/message-queue.ts';
import { decodeMessageRecord } from '../protocol/message-record.ts';
import { decodeOffsetTable, encodeConsumerStatus } from '../protocol/queue-statistics.ts';
import {
  createResponse,
  newExtFields,
  PROTOCOL_VERSION,
  type RemotingCommand,
} from '../protocol/remoting-command.ts';
import { type SubscriptionData, subscriptionDataToJson } from '../protocol/subscription.ts';
import type { ClientInstance } from './client-instance.ts';
import type { PushConsumerSettings } from './consumer-options.ts';
import { messageParts, ReceivedMessage } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import type { QueueAssignments } from './queue-assignments.ts';
import { DELAY_BY_BROKER } from './redelivery.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface ConsumerRequestParts {
  readonly instance: ClientInstance;
  readonly group: string;
  readonly settings: PushConsumerSettings;
  readonly subscriptions: Subscriptions;
  readonly assignments: QueueAssignments;
  readonly offsets: OffsetStore;
  readonly rebalance: () => void;
}

/** Serves what brokers send to consumers. */
export function serveConsumerRequests(parts: ConsumerRequestParts): void {
  const { remoting } = parts.instance.environment;
  const startedAtMs = parts.instance.environment.clock.nowMs();
  remoting.handleRequests(notifyConsumerIdsChanged.code, () => {
    parts.rebalance();
    return undefined;
  });
  remoting.handleRequests(resetConsumerClientOffset.code, (request) =>
    resetOffsets(parts, request),
  );
  remoting.handleRequests(getConsumerStatusFromClient.code, (request) => status(parts, request));
  remoting.handleRequests(getConsumerRunningInfo.code, (request) =>
    runningInfo(parts, request, startedAtMs),
  );
  remoting.handleRequests(consumeMessageDirectly.code, (request) => consumeNow(parts, request));
}

/** Code 220, of brokers that leave the reset to the consumer. */
async function resetOffsets(
  parts: ConsumerRequestParts,
  request: RemotingCommand,
): Promise<undefined> {
  const { assignments, instance } = parts;
  for (const [queue, offset] of decodeOffsetTable(request.body)) {
    if (!assignments.has(queue)) continue;
    instance.log.warn('offset reset by the broker', { ...queue, offset });
    await assignments.restartAt(queue, offset);
  }
  return undefined;
}

/** Code 221. */
function status(parts: ConsumerRequestParts, request: RemotingCommand): RemotingCommand {
  const { topic } = getConsumerStatusFromClient.request.decode(request.extFields);
  const queues = parts.assignments.queues().filter((queue) => queue.topic === topic);
  const offsets = queues.map((queue) => [queue, parts.offsets.get(queue) ?? 0] as const);
  const body = encodeConsumerStatus(offsets);
  return createResponse(request, ResponseCode.SUCCESS, { body });
}

/** Code 307: what `mqadmin consumerStatus` and the console show. */
function runningInfo(
  parts: ConsumerRequestParts,
  request: RemotingCommand,
  startedAtMs: number,
): RemotingCommand {
  const { assignments, offsets, settings, instance, subscriptions } = parts;
  const table = assignments.processQueues().map((processQueue) => {
    const waiting = processQueue.unfinished();
    return [
      processQueue.queue,
      {
        cachedMsgCount: processQueue.unackedCount,
        cachedMsgMaxOffset: waiting.at(-1)?.offset ?? 0,
        cachedMsgMinOffset: waiting[0]?.offset ?? 0,
        cachedMsgSizeInMiB: Math.floor(processQueue.unackedBytes / 1_048_576),
        commitOffset: offsets.get(processQueue.queue) ?? 0,
        droped: processQueue.dropped,
        locked: false,
      },
    ] as const;
  });
  const body = encodeJsonBody({
    mqPopTable: {},
    mqTable: queueTableToJson(table, (info) => info),
    properties: {
      PROP_CLIENT_VERSION: String(PROTOCOL_VERSION),
      PROP_CONSUMEORDERLY: 'false',
      PROP_CONSUMER_START_TIMESTAMP: String(startedAtMs),
      PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
      PROP_NAMESERVER_ADDR: instance.nameServers.text,
      PROP_THREADPOOL_CORE_SIZE: String(settings.consumeConcurrency),
    },
    statusTable: {},
    subscriptionSet: subscriptions.all().map(subscriptionDataToJson),
    userConsumerInfo: {},
  });
  return createResponse(request, ResponseCode.SUCCESS, { body });
}

/** Code 309: an operator has one message consumed here; no offset changes by it. */
async function consumeNow(
  parts: ConsumerRequestParts,
  request: RemotingCommand,
): Promise<RemotingCommand> {
  const { instance, settings } = parts;
  const { listener } = settings;
  if (listener === undefined || request.body === undefined) {
    const remark = `consumer ${instance.clientId} has no listener, or the request has no message`;
    return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
  }
  const { clock, inflate } = instance.environment;
  const { brokerName = '' } = consumeMessageDirectly.request.decode(request.extFields);
  const record = decodeMessageRecord(request.body);
  const queue = { topic: record.topic, brokerName, queueId: record.queueId };
  const message = new ReceivedMessage(await messageParts(queue, record, inflate));
  const startedAtMs = clock.monotonicMs();
  let consumeResult: ConsumeResult = 'CR_SUCCESS';
  let remark: string | undefined;
  try {
    const context = { queue, signal: instance.closed, delayLevelWhenNextConsume: DELAY_BY_BROKER };
    if ((await listener(message, context)) === 'RECONSUME_LATER') consumeResult = 'CR_LATER';
  } catch (error) {
    consumeResult = 'CR_THROW_EXCEPTION';
    remark = String(error);
  }
  const spentTimeMills = Math.round(clock.monotonicMs() - startedAtMs);
  const body = encodeConsumeMessageDirectlyResult({
    autoCommit: true,
    consumeResult,
    order: false,
    remark,
    spentTimeMills,
  });
  return createResponse(request, ResponseCode.SUCCESS, { body });
}

/**
 * Lets a broker of the topic check an SQL92 expression, so that a mistake shows at start.
 * Errors: BROKER_REFUSED with the parser's words; NO_ROUTE when no broker of the topic is known.
 */
export async function checkExpression(
  instance: ClientInstance,
  group: string,
  subscriptionData: SubscriptionData,
): Promise<void> {
  const { routes, brokers, clientId, request } = instance;
  const queues = await routes.subscribeQueues(subscriptionData.topic, request);
  const names = new Set(queues.map((queue) => queue.brokerName));
  const body = encodeCheckClientBody({ clientId, group, subscriptionData });
  for (const brokerName of names) {
    const { code } = checkClientConfig;
    await brokers.call(brokers.reader(brokerName), { code, header: newExtFields(), body }, request);
  }
}
