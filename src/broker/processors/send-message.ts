// SPDX-License-Identifier: Apache-2.0
/**
 * Sends (10, 310, 320) that native code did not serve: topics to create, retried and dead-lettered
 * messages, and everything that is refused. What turns out to be an ordinary send goes back to the
 * native path. Source: SendMessageProcessor; remoting §2.3.1, store §8.6.
 */
import { errorText } from '../../core/errors.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import { type SendMessageHeader, sendMessage } from '../../protocol/commands/send-message.ts';
import { decodeSendMessageHeader } from '../../protocol/commands/send-message-v2.ts';
import { encodeFrame } from '../../protocol/frame.ts';
import { decodeMessageBatch } from '../../protocol/message-batch.ts';
import {
  formatStoredProperties,
  MAX_PROPERTIES_BYTES,
  MessageProperty,
  parseProperties,
} from '../../protocol/message-properties.ts';
import {
  dlqTopicOf,
  FAQ_SUFFIX,
  groupOfRetryOrDlqTopic,
  isRetryTopic,
  MAX_TOPIC_LENGTH,
} from '../../protocol/names.ts';
import { isWriteable } from '../../protocol/perm.ts';
import type { RequestContext, RequestProcessor } from '../../protocol/processor.ts';
import {
  createResponse,
  type ExtFields,
  newExtFields,
  type RemotingCommand,
} from '../../protocol/remoting-command.ts';
import { MessageSysFlag, transactionType } from '../../protocol/sys-flag.ts';
import type { TopicConfig } from '../../protocol/topic-config.ts';
import { PutMessageStatus } from '../../store/message-store.ts';
import type { BrokerServices } from '../broker-services.ts';
import { needsKey } from '../topics/topic-config-manager.ts';
import { messageIllegal, putFault } from './put-answers.ts';
import { brokerForbidden, checkSend, type SendFault } from './send-checks.ts';
import { delayProperty, type Properties, priorityQueueId } from './special-messages.ts';

/** Requests of older clients carry a maxReconsumeTimes that means nothing (V3_4_9). */
export const MAX_RECONSUME_TIMES_SINCE = 121;

/** Queues of a `%DLQ%` topic. */
export const DLQ_QUEUE_NUMS = 1;

/** Where a message goes, once all checks passed. */
interface Destination {
  readonly topic: TopicConfig;
  readonly queueId: number;
  /** A dead letter does not keep its delay. */
  readonly deadLetter: boolean;
}

export function sendMessageProcessor(services: BrokerServices): RequestProcessor {
  return async (context) => {
    const header = decodeSendMessageHeader(context.request);
    const fault = await new SendAttempt(services, context, header).run();
    if (fault === undefined) return undefined;
    return 'opaque' in fault ? fault : refusal(services, context.request, fault);
  };
}

class SendAttempt {
  readonly #services: BrokerServices;
  readonly #context: RequestContext;
  readonly #header: SendMessageHeader;

  constructor(services: BrokerServices, context: RequestContext, header: SendMessageHeader) {
    this.#services = services;
    this.#context = context;
    this.#header = header;
  }

  /** Undefined: the native path answered. */
  async run(): Promise<RemotingCommand | SendFault | undefined> {
    const topic = checkSend(this.#services, this.#context, this.#header);
    if ('code' in topic) return topic;
    // No message is acknowledged in a topic that a crash could forget.
    const creation = this.#services.topics.creation(topic.topicName);
    if (creation !== undefined) await creation;
    if (this.#header.batch === true) return this.#sendBatch();
    const properties = parseProperties(this.#header.properties ?? '');
    const isOrdinary = !isRetryTopic(topic.topicName) && !properties.has(MessageProperty.PRIORITY);
    const destination = this.#destination(topic, properties);
    if ('code' in destination) return destination;
    const fault = this.#messageFault(destination.topic, properties);
    if (fault !== undefined) return fault;
    if (isOrdinary && this.#serveAgain()) return undefined;
    if (!isOrdinary) await this.#services.topics.durable();
    return await this.#put(destination, properties);
  }

  #serveAgain(): boolean {
    const { connection, request } = this.#context;
    return this.#services.hotPath.serveAgain(connection, encodeFrame(request));
  }

  #destination(topic: TopicConfig, properties: Properties): Destination | SendFault {
    const group = isRetryTopic(topic.topicName)
      ? groupOfRetryOrDlqTopic(topic.topicName)
      : undefined;
    if (group !== undefined) return this.#retryDestination(topic, group, properties);
    if (topic.writeQueueNums <= 0) {
      const remark = `topic[${topic.topicName}] has no write queue. Set writeQueueNums above 0`;
      return { code: ResponseCode.INVALID_PARAMETER, remark };
    }
    const queueId = priorityQueueId(properties, topic.writeQueueNums) ?? this.#queueId(topic);
    return { topic, queueId, deadLetter: false };
  }

  #queueId(topic: TopicConfig): number {
    const { queueId } = this.#header;
    return queueId < 0 ? this.#services.random.nextInt(topic.writeQueueNums) : queueId;
  }

  /** Retried too often, or an ordered group that gave up: to the dead-letter topic. */
  #retryDestination(
    topic: TopicConfig,
    group: string,
    properties: Properties,
  ): Destination | SendFault {
    const { groups, locks, topics } = this.#services;
    const config = groups.find(group);
    if (config === undefined) {
      const cure = createGroupCure(group) + FAQ_SUFFIX;
      const remark = `subscription group not exist, ${group} ${cure}`;
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark };
    }
    const asked =
      this.#context.request.version >= MAX_RECONSUME_TIMES_SINCE
        ? this.#header.maxReconsumeTimes
        : undefined;
    const limit = asked ?? config.retryMaxTimes;
    if ((this.#header.reconsumeTimes ?? 0) <= limit && !locks.hasLiveLock(group)) {
      return { topic, queueId: this.#queueId(topic), deadLetter: false };
    }
    properties.set(MessageProperty.DELAY, '-1');
    const dlq = topics.createRetryOrDlq(dlqTopicOf(group), DLQ_QUEUE_NUMS);
    return { topic: dlq, queueId: 0, deadLetter: true };
  }

  /** Faults of a single message, apart from its size, which the store judges. */
  #messageFault(topic: TopicConfig, properties: Properties): SendFault | undefined {
    const { config, brokerAddress } = this.#services;
    if (needsKey(topic) && !properties.get(MessageProperty.KEYS)?.trim()) {
      const remark = 'Required message key is missing';
      return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
    }
    const isRetry = isRetryTopic(this.#header.topic);
    const delay = delayProperty(properties);
    const isRetriedLater = (this.#header.reconsumeTimes ?? 0) > 0 && delay !== undefined;
    const isHalf = properties.get(MessageProperty.TRANSACTION_PREPARED)?.toLowerCase() === 'true';
    if (isHalf && !isRetriedLater) {
      if (config.rejectTransactionMessage) {
        const { host } = brokerAddress();
        const remark = `the broker[${host}] sending transaction message is forbidden`;
        return { code: ResponseCode.NO_PERMISSION, remark };
      }
      const remark =
        'this broker version does not process transactional messages (property TRAN_MSG): ' +
        'the message was not stored. Send it without a transaction';
      return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
    }
    if (delay !== undefined && !isRetry) {
      const remark =
        `this broker version does not deliver delayed messages (property ${delay}): ` +
        'the message was not stored. Send it without a delay';
      return { code: ResponseCode.MESSAGE_ILLEGAL, remark };
    }
    return undefined;
  }

  async #put(
    { topic, queueId, deadLetter }: Destination,
    properties: Properties,
  ): Promise<RemotingCommand | SendFault> {
    const services = this.#services;
    const { connection, request } = this.#context;
    const encoded = new TextEncoder().encode(formatStoredProperties(this.#stamped(properties)));
    const body = request.body;
    if (body === undefined || encoded.length > MAX_PROPERTIES_BYTES) {
      return { code: ResponseCode.MESSAGE_ILLEGAL, remark: messageIllegal(services) };
    }
    const multiTags = topic.topicFilterType === 'MULTI_TAG' ? MessageSysFlag.MULTI_TAGS : 0;
    const result = await services.store.put(
      {
        topic: topic.topicName,
        queueId,
        body,
        properties: encoded,
        flag: this.#header.flag,
        sysFlag: this.#header.sysFlag | multiTags,
        bornTimestampMs: this.#header.bornTimestamp,
        bornHost: connection.remote.host,
        bornPort: connection.remote.port,
        reconsumeTimes: this.#header.reconsumeTimes ?? 0,
        preparedTransactionOffset: 0,
      },
      // Not the time of arrival: store times must not go back behind what was stored meanwhile.
      services.clock.nowMs(),
    );
    if (deadLetter) {
      services.log.info('message dead-lettered', {
        topic: topic.topicName,
        offsetMsgId: result.offsetMsgId,
        reconsumeTimes: this.#header.reconsumeTimes,
      });
    }
    const fault = putFault(services, result.status);
    if (fault !== undefined) return fault;
    const { offsetMsgId: msgId, queueOffset } = result;
    const transactionId = properties.get(MessageProperty.UNIQ_KEY);
    return createResponse(request, sendCode(result.status), {
      extFields: {
        ...sendMessage.response.encode({ msgId, queueId, queueOffset, transactionId }),
        ...regionFields(services),
      },
    });
  }

  /** The properties as Apache's broker stores them. */
  #stamped(properties: Properties): Properties {
    const { config, nextUniqueKey } = this.#services;
    properties.delete(MessageProperty.POP_CK);
    properties.set(MessageProperty.MSG_REGION, config.regionId);
    properties.set(MessageProperty.TRACE_ON, String(config.traceOn));
    if (!properties.has(MessageProperty.UNIQ_KEY)) {
      properties.set(MessageProperty.UNIQ_KEY, nextUniqueKey());
    }
    properties.set(MessageProperty.CLUSTER, config.brokerClusterName);
    return properties;
  }

  #sendBatch(): SendFault | undefined {
    const fault = this.#batchFault();
    if (fault !== undefined) return { code: ResponseCode.MESSAGE_ILLEGAL, remark: fault };
    if (this.#serveAgain()) return undefined;
    if (!isWriteable(this.#services.config.brokerPermission)) {
      return { code: ResponseCode.NO_PERMISSION, remark: brokerForbidden(this.#services) };
    }
    const reason = this.#services.store.lastError() || 'the store does not accept it';
    return { code: ResponseCode.SYSTEM_ERROR, remark: `the batch was not stored: ${reason}` };
  }

  #batchFault(): string | undefined {
    const { topic, sysFlag, properties } = this.#header;
    const { body } = this.#context.request;
    const limit = this.#services.config.maxMessageSize;
    if (topic.length > MAX_TOPIC_LENGTH) return `message topic length too long ${topic.length}`;
    if (isRetryTopic(topic)) return `batch request does not support retry group ${topic}`;
    if (transactionType(sysFlag) !== 0) return 'a batch cannot be transactional';
    const delay = delayProperty(parseProperties(properties ?? ''));
    if (delay !== undefined) return `a batch cannot be delayed (property ${delay})`;
    if (body === undefined) return messageIllegal(this.#services);
    if (body.length > limit) {
      return `message body size exceeded: the batch has ${body.length} bytes, ${limit} at most`;
    }
    try {
      const items = decodeMessageBatch(body);
      return items.length === 0 ? 'the batch holds no message' : undefined;
    } catch (error) {
      return errorText(error);
    }
  }
}

function sendCode(status: PutMessageStatus): number {
  return status === PutMessageStatus.FLUSH_DISK_TIMEOUT
    ? ResponseCode.FLUSH_DISK_TIMEOUT
    : ResponseCode.SUCCESS;
}

/** Present on every answer to a send, also on errors. */
function regionFields({ config }: BrokerServices): ExtFields {
  const fields = newExtFields();
  fields[MessageProperty.MSG_REGION] = config.regionId;
  fields[MessageProperty.TRACE_ON] = String(config.traceOn);
  return fields;
}

function refusal(
  services: BrokerServices,
  request: RemotingCommand,
  { code, remark }: SendFault,
): RemotingCommand {
  return createResponse(request, code, { remark, extFields: regionFields(services) });
}

/** What to do about a group that automatic creation did not make. */
export function createGroupCure(group: string): string {
  return (
    'Set autoCreateSubscriptionGroup=true, or create it: ' +
    `mqadmin updateSubGroup -c <cluster> -g ${group}`
  );
}
