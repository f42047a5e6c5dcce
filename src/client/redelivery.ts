// SPDX-License-Identifier: Apache-2.0
/**
 * Brings back later what could not be consumed: the broker delays it in the group's retry topic.
 * Source: ConsumeMessageConcurrentlyService.sendMessageBack, spec remoting §4.7.
 */
import { errorText } from '../core/errors.ts';
import { consumerSendMsgBack } from '../protocol/commands/consumer-send-msg-back.ts';
import { formatProperties, MessageProperty } from '../protocol/message-properties.ts';
import { retryTopicOf, SystemGroup } from '../protocol/names.ts';
import type { ClientInstance } from './client-instance.ts';
import type { MessageParts } from './message.ts';
import { MessageSender } from './message-sender.ts';

export const SEND_BACK_TIMEOUT_MS = 5000;
/** Deliveries after the first one, before a message is given to the dead-letter topic. */
export const DEFAULT_MAX_RECONSUME_TIMES = 16;
/** Delay level of the first retry; each further one is a level higher. */
const FIRST_DELAY_LEVEL = 3;

/** The broker chooses the delay by the number of deliveries. */
export const DELAY_BY_BROKER = 0;
/** Straight to the dead-letter topic. */
export const DELAY_DEAD_LETTER = -1;

export class Redelivery {
  readonly #instance: ClientInstance;
  readonly #group: string;
  readonly #maxReconsumeTimes: number;
  readonly #sender: MessageSender;

  constructor(instance: ClientInstance, group: string, maxReconsumeTimes: number) {
    this.#instance = instance;
    this.#group = group;
    this.#maxReconsumeTimes = maxReconsumeTimes;
    this.#sender = new MessageSender(instance, {
      group: SystemGroup.CLIENT_INNER_PRODUCER,
      retryTimesWhenSendFailed: 2,
    });
  }

  /** True when a broker will deliver the message again. Failures are logged. */
  async sendBack(parts: MessageParts, delayLevel: number): Promise<boolean> {
    try {
      await this.#sendBack(parts, delayLevel);
      return true;
    } catch (error) {
      this.#log('message not sent back, it is sent to the retry topic', parts, error);
    }
    try {
      await this.#sendToRetryTopic(parts);
      return true;
    } catch (error) {
      this.#log('message not sent to the retry topic, it is delivered again here', parts, error);
      return false;
    }
  }

  async #sendBack(parts: MessageParts, delayLevel: number): Promise<void> {
    const { brokers } = this.#instance;
    const { record, queue } = parts;
    const header = consumerSendMsgBack.request.encode({
      offset: record.physicalOffset,
      group: this.#group,
      delayLevel,
      originMsgId: parts.properties.get(MessageProperty.UNIQ_KEY),
      originTopic: record.topic,
      unitMode: false,
      maxReconsumeTimes: this.#maxReconsumeTimes,
      bname: queue.brokerName,
    });
    const target = brokers.master(queue.brokerName);
    const { code } = consumerSendMsgBack;
    await brokers.call(target, { code, header }, { timeoutMs: SEND_BACK_TIMEOUT_MS });
  }

  /** As an ordinary message, which any broker of the group can take. */
  async #sendToRetryTopic(parts: MessageParts): Promise<void> {
    const { record } = parts;
    const properties = new Map(parts.properties);
    const reconsumeTimes = record.reconsumeTimes + 1;
    const origin = properties.get(MessageProperty.ORIGIN_MESSAGE_ID);
    const uniqKey = properties.get(MessageProperty.UNIQ_KEY) ?? '';
    if (origin === undefined && uniqKey !== '') {
      properties.set(MessageProperty.ORIGIN_MESSAGE_ID, uniqKey);
    }
    properties.set(MessageProperty.RETRY_TOPIC, parts.topic);
    properties.delete(MessageProperty.TRANSACTION_PREPARED);
    properties.set(MessageProperty.DELAY, String(FIRST_DELAY_LEVEL + record.reconsumeTimes));
    await this.#sender.send(
      {
        topic: retryTopicOf(this.#group),
        body: record.body,
        properties: formatProperties(properties),
        flag: record.flag,
        msgId: uniqKey,
        sysFlag: record.sysFlag,
      },
      { timeoutMs: SEND_BACK_TIMEOUT_MS, signal: undefined, choose: undefined },
      { reconsumeTimes, maxReconsumeTimes: this.#maxReconsumeTimes },
    );
  }

  #log(message: string, parts: MessageParts, error: unknown): void {
    const { topic, queue, record } = parts;
    this.#instance.log.warn(message, {
      topic,
      brokerName: queue.brokerName,
      queueOffset: record.queueOffset,
      reason: errorText(error),
    });
  }
}
