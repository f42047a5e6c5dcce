// SPDX-License-Identifier: Apache-2.0
/** What clients ask brokers about queues, offsets and groups. Spec remoting §2.5. */
import { ResponseCode } from '../protocol/codes.ts';
import {
  decodeConsumerIdList,
  getConsumerListByGroup,
} from '../protocol/commands/get-consumer-list-by-group.ts';
import { getMaxOffset } from '../protocol/commands/get-max-offset.ts';
import { getMinOffset } from '../protocol/commands/get-min-offset.ts';
import { queryConsumerOffset } from '../protocol/commands/query-consumer-offset.ts';
import { searchOffsetByTimestamp } from '../protocol/commands/search-offset-by-timestamp.ts';
import { updateConsumerOffset } from '../protocol/commands/update-consumer-offset.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import type { ExtFields, RemotingCommand } from '../protocol/remoting-command.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import { type BrokerClient, type BrokerTarget, refusal } from './broker-client.ts';

export class QueueCalls {
  readonly #brokers: BrokerClient;

  constructor(brokers: BrokerClient) {
    this.#brokers = brokers;
  }

  /** The offset a group committed; undefined when it has none. Errors: BROKER_REFUSED … */
  async committedOffset(
    group: string,
    queue: MessageQueue,
    options: InvokeOptions,
  ): Promise<number | undefined> {
    const target = this.#brokers.reader(queue.brokerName);
    const { code, request, response } = queryConsumerOffset;
    const header = request.encode({ ...fieldsOf(queue), consumerGroup: group });
    const answer = await this.#brokers.invoke(target, { code, header }, options);
    if (answer.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    if (answer.code !== ResponseCode.SUCCESS) throw refusal(target, code, answer);
    return response.decode(answer.extFields).offset;
  }

  async commitOffset(
    group: string,
    queue: MessageQueue,
    commitOffset: number,
    options: InvokeOptions,
  ): Promise<void> {
    const { code, request } = updateConsumerOffset;
    const header = request.encode({ ...fieldsOf(queue), consumerGroup: group, commitOffset });
    await this.#ask(queue, code, header, options);
  }

  /** The offset that the next message will get. */
  async maxOffset(queue: MessageQueue, options: InvokeOptions): Promise<number> {
    const { code, request, response } = getMaxOffset;
    const answer = await this.#ask(queue, code, request.encode(fieldsOf(queue)), options);
    return response.decode(answer.extFields).offset;
  }

  /** The offset of the oldest message that is still there. */
  async minOffset(queue: MessageQueue, options: InvokeOptions): Promise<number> {
    const { code, request, response } = getMinOffset;
    const answer = await this.#ask(queue, code, request.encode(fieldsOf(queue)), options);
    return response.decode(answer.extFields).offset;
  }

  /** The first offset stored at `timestampMs` or later; the maximum when there is none. */
  async offsetForTime(
    queue: MessageQueue,
    timestampMs: number,
    options: InvokeOptions,
  ): Promise<number> {
    const { code, request, response } = searchOffsetByTimestamp;
    const header = request.encode({ ...fieldsOf(queue), timestamp: BigInt(timestampMs) });
    const answer = await this.#ask(queue, code, header, options);
    return response.decode(answer.extFields).offset;
  }

  #ask(
    queue: MessageQueue,
    code: number,
    header: ExtFields,
    options: InvokeOptions,
  ): Promise<RemotingCommand> {
    return this.#brokers.call(this.#brokers.reader(queue.brokerName), { code, header }, options);
  }

  /** Client ids of a group as the broker knows them; empty when it knows none. */
  async consumerIds(
    group: string,
    target: BrokerTarget,
    options: InvokeOptions,
  ): Promise<string[]> {
    const { code, request } = getConsumerListByGroup;
    const header = request.encode({ consumerGroup: group });
    const answer = await this.#brokers.invoke(target, { code, header }, options);
    // Apache answers a group without consumers with SYSTEM_ERROR.
    if (answer.code === ResponseCode.SYSTEM_ERROR) return [];
    if (answer.code !== ResponseCode.SUCCESS) throw refusal(target, code, answer);
    return decodeConsumerIdList(answer.body);
  }
}

function fieldsOf(queue: MessageQueue): { topic: string; queueId: number; bname: string } {
  return { topic: queue.topic, queueId: queue.queueId, bname: queue.brokerName };
}
