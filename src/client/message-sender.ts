// SPDX-License-Identifier: Apache-2.0
/**
 * Sends one prepared message: chooses the queue, tries again elsewhere, puts failures in words.
 * Source: DefaultMQProducerImpl.sendDefaultImpl, spec remoting §4.4.
 */
import { sleep } from '../core/clock.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import { ResponseCode } from '../protocol/codes.ts';
import { sendBatchMessage } from '../protocol/commands/send-batch-message.ts';
import { sendMessageV2, toSendMessageV2 } from '../protocol/commands/send-message-v2.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import { SystemTopic } from '../protocol/names.ts';
import type { RemotingCommand } from '../protocol/remoting-command.ts';
import { type BrokerRequest, type BrokerTarget, refusal } from './broker-client.ts';
import type { ClientInstance } from './client-instance.ts';
import type { SendResult, SendStatus } from './message.ts';
import { isTransportFailure } from './name-servers.ts';
import type { Outgoing, OutgoingBatch } from './outgoing.ts';
import { DEFAULT_TOPIC_QUEUE_NUMS } from './topic-queues.ts';

/** Pause before a broker that just failed is asked again, because there is no other. */
export const SAME_BROKER_RETRY_DELAY_MS = 100;

/** Broker errors after which another broker may do better. */
const retriedCodes: ReadonlySet<number> = new Set<number>([
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.NO_PERMISSION,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
]);

const statuses = new Map<number, SendStatus>([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
]);

export interface SenderSettings {
  readonly group: string;
  readonly retryTimesWhenSendFailed: number;
}

export interface SendPlan {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Chooses the queue, which is then kept; without it brokers take turns. */
  readonly choose: ((queues: readonly MessageQueue[]) => MessageQueue) | undefined;
}

/** Header fields that only a message for a retry topic carries. */
export interface RetryFields {
  readonly reconsumeTimes: number;
  readonly maxReconsumeTimes: number;
}

export class MessageSender {
  readonly #instance: ClientInstance;
  readonly #settings: SenderSettings;
  #turn: number;

  constructor(instance: ClientInstance, settings: SenderSettings) {
    this.#instance = instance;
    this.#settings = settings;
    this.#turn = instance.environment.random.nextInt(1 << 30);
  }

  /** Resolves when a broker stored the message. Errors: NO_ROUTE, BROKER_REFUSED, transport's. */
  async send(message: Outgoing, plan: SendPlan, retry?: RetryFields): Promise<SendResult> {
    const makeRequest = (queue: MessageQueue): BrokerRequest =>
      this.#singleRequest(message, queue, retry);
    return this.#sendWithRetries(message.topic, message.msgId, makeRequest, plan);
  }

  async sendBatch(batch: OutgoingBatch, plan: SendPlan): Promise<SendResult> {
    const makeRequest = (queue: MessageQueue): BrokerRequest => ({
      code: sendBatchMessage.code,
      header: sendBatchMessage.request.encode({
        ...this.#header(queue, batch.properties, 0),
        m: true,
      }),
      body: batch.body,
    });
    return this.#sendWithRetries(batch.topic, batch.msgId, makeRequest, plan);
  }

  /** One attempt without an answer. Errors: NO_ROUTE, CONNECT_FAILED. */
  async sendOneway(message: Outgoing, plan: SendPlan): Promise<void> {
    const { routes, brokers } = this.#instance;
    const options = invokeOptions(plan.timeoutMs, plan.signal);
    const queues = await routes.publishQueues(message.topic, options);
    const queue = this.#choose(queues, plan, undefined);
    const target = brokers.master(queue.brokerName);
    await brokers.oneway(target, this.#singleRequest(message, queue), options);
  }

  #singleRequest(message: Outgoing, queue: MessageQueue, retry?: RetryFields): BrokerRequest {
    const fields = this.#header(queue, message.properties, message.flag);
    const header = { ...fields, f: message.sysFlag ?? 0, m: false };
    return {
      code: sendMessageV2.code,
      header: sendMessageV2.request.encode(
        retry === undefined
          ? header
          : { ...header, j: retry.reconsumeTimes, l: retry.maxReconsumeTimes },
      ),
      body: message.body,
    };
  }

  #header(queue: MessageQueue, properties: string, flag: number) {
    return toSendMessageV2({
      producerGroup: this.#settings.group,
      topic: queue.topic,
      defaultTopic: SystemTopic.AUTO_CREATE_TOPIC_KEY_TOPIC,
      defaultTopicQueueNums: DEFAULT_TOPIC_QUEUE_NUMS,
      queueId: queue.queueId,
      sysFlag: 0,
      bornTimestamp: this.#instance.environment.clock.nowMs(),
      flag,
      properties,
      reconsumeTimes: 0,
      unitMode: false,
      bname: queue.brokerName,
    });
  }

  async #sendWithRetries(
    topic: string,
    msgId: string,
    makeRequest: (queue: MessageQueue) => BrokerRequest,
    plan: SendPlan,
  ): Promise<SendResult> {
    const { environment, routes } = this.#instance;
    const deadlineMs = environment.clock.monotonicMs() + plan.timeoutMs;
    const remainingMs = (): number => Math.ceil(deadlineMs - environment.clock.monotonicMs());
    const failures: AttemptFailure[] = [];
    let queue: MessageQueue | undefined;
    while (failures.length <= this.#settings.retryTimesWhenSendFailed) {
      const timeoutMs = remainingMs();
      if (timeoutMs <= 0) break;
      const options = invokeOptions(timeoutMs, plan.signal);
      const last: AttemptFailure | undefined = failures.at(-1);
      const queues = await routes.publishQueues(topic, options);
      queue = this.#nextQueue(queues, plan, queue);
      if (queue.brokerName === last?.brokerName) {
        const pauseMs = Math.min(SAME_BROKER_RETRY_DELAY_MS, remainingMs() - 1);
        if (pauseMs <= 0) break;
        await sleep(environment.clock, pauseMs, plan.signal);
      }
      try {
        const left = invokeOptions(Math.max(1, remainingMs()), plan.signal);
        return await this.#attempt(queue, msgId, makeRequest(queue), left);
      } catch (error) {
        if (!this.#mayRetry(error, plan)) throw error;
        failures.push({ brokerName: queue.brokerName, error });
        // A broker that moved is found again before the next attempt.
        if (isTransportFailure(error) && remainingMs() > 0) {
          await routes.reload(topic, invokeOptions(remainingMs(), plan.signal));
        }
      }
    }
    throw afterAllAttempts(topic, failures, plan.timeoutMs);
  }

  async #attempt(
    queue: MessageQueue,
    msgId: string,
    request: BrokerRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<SendResult> {
    const { brokers } = this.#instance;
    const target = brokers.master(queue.brokerName);
    const response = await brokers.invoke(target, request, options);
    return sendResult(queue, msgId, request.code, target, response);
  }

  #nextQueue(
    queues: readonly MessageQueue[],
    plan: SendPlan,
    previous: MessageQueue | undefined,
  ): MessageQueue {
    if (plan.choose !== undefined && previous !== undefined) return previous;
    return this.#choose(queues, plan, previous?.brokerName);
  }

  /** The selector's queue, else the next in turn that is not on the broker that just failed. */
  #choose(
    queues: readonly MessageQueue[],
    plan: SendPlan,
    failedBroker: string | undefined,
  ): MessageQueue {
    if (plan.choose !== undefined) return plan.choose(queues);
    let fallback: MessageQueue | undefined;
    for (let step = 0; step < queues.length; step += 1) {
      this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
      const queue = queues[this.#turn % queues.length];
      if (queue !== undefined && queue.brokerName !== failedBroker) return queue;
      fallback ??= queue;
    }
    if (fallback !== undefined) return fallback;
    throw new ApogeeError('NO_ROUTE', 'the route has no queue to write to');
  }

  /**
   * A chosen queue is only tried again when the broker surely did not store the message, so that
   * order holds; otherwise a second copy elsewhere is the lesser evil.
   */
  #mayRetry(error: unknown, plan: SendPlan): boolean {
    if (plan.signal?.aborted === true || !this.#instance.isStarted) return false;
    if (!(error instanceof ApogeeError)) return false;
    if (error.code === 'BROKER_REFUSED') {
      if (plan.choose !== undefined) return error.responseCode === ResponseCode.SYSTEM_BUSY;
      return error.responseCode !== undefined && retriedCodes.has(error.responseCode);
    }
    if (error.code === 'NO_ROUTE') return plan.choose === undefined;
    if (plan.choose !== undefined) return error.code === 'CONNECT_FAILED';
    return isTransportFailure(error);
  }
}

interface AttemptFailure {
  readonly brokerName: string;
  readonly error: unknown;
}

export function invokeOptions(
  timeoutMs: number,
  signal: AbortSignal | undefined,
): { readonly timeoutMs: number; readonly signal?: AbortSignal } {
  return signal === undefined ? { timeoutMs } : { timeoutMs, signal };
}

function sendResult(
  queue: MessageQueue,
  msgId: string,
  requestCode: number,
  target: BrokerTarget,
  response: RemotingCommand,
): SendResult {
  const status = statuses.get(response.code);
  if (status === undefined) throw refusal(target, requestCode, response);
  const header = sendMessageV2.response.decode(response.extFields);
  return {
    status,
    msgId,
    offsetMsgId: header.msgId,
    queue: { ...queue, queueId: header.queueId },
    queueOffset: header.queueOffset,
  };
}

/** One error for all attempts, with the code of the last. */
function afterAllAttempts(
  topic: string,
  failures: readonly AttemptFailure[],
  timeoutMs: number,
): ApogeeError {
  const last = failures.at(-1)?.error;
  if (failures.length === 1 && last instanceof ApogeeError) return last;
  const tries = failures.map(({ brokerName, error }) => `${brokerName}: ${errorText(error)}`);
  const story = tries.length === 0 ? 'no broker was found in time' : tries.join('; ');
  const known = last instanceof ApogeeError ? last : undefined;
  return new ApogeeError(
    known?.code ?? 'REQUEST_TIMEOUT',
    `the message for topic ${topic} was not confirmed in ${failures.length} attempts within ` +
      `${timeoutMs} ms (${story})`,
    {
      ...(known?.responseCode === undefined ? {} : { responseCode: known.responseCode }),
      ...(known?.cure === undefined ? {} : { cure: known.cure }),
      cause: last,
    },
  );
}
