// SPDX-License-Identifier: Apache-2.0
/** The three loads of `apogee bench`. */
import type { Message } from '../../client/message.ts';
import { ApogeeError, errorText } from '../../core/errors.ts';
import type { MessageQueue } from '../../protocol/message-queue.ts';
import { SystemGroup } from '../../protocol/names.ts';
import { Producer, PullConsumer, silentLog } from '../../sdk/node.ts';
import type { LoadOptions } from './bench.ts';
import { type BenchReport, type Percentiles, percentiles } from './bench-report.ts';
import { Histogram } from './histogram.ts';
import { startProgress } from './progress.ts';

const PRODUCER_GROUP = 'apogee-bench';
const TOPIC_WAIT_MS = 100;
const TOPIC_WAITS = 100;
/** Largest request of a batch, with room for headers. */
const MAX_BATCH_BYTES = 4_000_000;

interface Outcome {
  readonly startedMs: number;
  messages: number;
  failed: number;
  failure: string | undefined;
}

function newOutcome(): Outcome {
  return { startedMs: performance.now(), messages: 0, failed: 0, failure: undefined };
}

function report(
  load: BenchReport['load'],
  topic: string,
  outcome: Outcome,
  bytes: number,
  latencies: Readonly<Record<string, Percentiles>>,
  endedMs: number = performance.now(),
): BenchReport {
  const seconds = Math.max(endedMs - outcome.startedMs, 0.001) / 1000;
  return {
    load,
    topic,
    messages: outcome.messages,
    failed: outcome.failed,
    failure: outcome.failure,
    seconds,
    messagesPerSecond: outcome.messages / seconds,
    megabytesPerSecond: bytes / 1_000_000 / seconds,
    latencies,
  };
}

/** Closed loop: each of `clients` producers keeps `window` requests on their way. */
export async function pub(
  topic: string,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<BenchReport> {
  const { size, batch, count, clients, window } = options;
  if (size * batch > MAX_BATCH_BYTES) {
    throw new ApogeeError('MESSAGE_INVALID', `${batch} bodies of ${size} bytes fit no request`, {
      cure: `lower --batch or --size to ${MAX_BATCH_BYTES} bytes together`,
    });
  }
  const producers = await startProducers(options, clients);
  const progress = await startProgress('sending', count);
  const histogram = new Histogram();
  const outcome = newOutcome();
  const body = new Uint8Array(size).fill(0x61);
  const message: Message = { topic, body };
  const requests = Math.ceil(count / batch);
  let started = 0;
  const run = async (producer: Producer): Promise<void> => {
    while (started < requests && !signal.aborted && outcome.failed === 0) {
      const messages = Math.min(batch, count - started * batch);
      started += 1;
      const sentMs = performance.now();
      try {
        if (batch === 1) await producer.send(message);
        else await producer.sendBatch(Array.from({ length: messages }, () => message));
        histogram.record((performance.now() - sentMs) * 1000);
        outcome.messages += messages;
        progress.update(outcome.messages);
      } catch (error) {
        outcome.failed += messages;
        outcome.failure ??= errorText(error);
      }
    }
  };
  try {
    await Promise.all(
      producers.flatMap((producer) => Array.from({ length: window }, () => run(producer))),
    );
    const bytes = outcome.messages * size;
    return report('pub', topic, outcome, bytes, { send: percentiles(histogram) });
  } finally {
    progress.stop();
    await Promise.all(producers.map((producer) => producer.close()));
  }
}

/** Reads from the beginning until `count` messages came, or none for `timeout` ms. */
export async function sub(
  topic: string,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<BenchReport> {
  const consumer = await startConsumer(options);
  const progress = await startProgress('reading', options.count);
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), options.timeout);
  const onStop = (): void => idle.abort();
  signal.addEventListener('abort', onStop, { once: true });
  let bytes = 0;
  let lastMs = performance.now();
  try {
    const queues = await consumer.queues(topic);
    for (const queue of queues) consumer.seek(queue, await consumer.minOffset(queue));
    consumer.assign(queues);
    const outcome = newOutcome();
    for await (const message of consumer.messages({ signal: idle.signal })) {
      outcome.messages += 1;
      bytes += message.body.length;
      if (outcome.messages % 1024 === 1) {
        clearTimeout(timer);
        timer = setTimeout(() => idle.abort(), options.timeout);
        progress.update(outcome.messages);
      }
      lastMs = performance.now();
      if (outcome.messages >= options.count) break;
    }
    return report('sub', topic, outcome, bytes, {}, lastMs);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onStop);
    progress.stop();
    await consumer.close();
  }
}

/**
 * Open loop: message n is due at n / rate. Latencies count from when a message was due, so a stall
 * of the broker shows in every message that had to wait for it.
 */
export async function latency(
  topic: string,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<BenchReport> {
  const [producer] = await startProducers(options, 1);
  const consumer = await startConsumer(options);
  if (producer === undefined) throw new RangeError('one producer was asked for');
  const progress = await startProgress('measuring', options.count);
  const end = new AbortController();
  const onStop = (): void => end.abort();
  signal.addEventListener('abort', onStop, { once: true });
  try {
    const queues = await queuesOf(topic, producer, consumer);
    for (const queue of queues) consumer.seek(queue, await consumer.maxOffset(queue));
    consumer.assign(queues);
    const dueMs = new Float64Array(options.count);
    const runId = Math.floor(Math.random() * 2 ** 32);
    const receipts = new Histogram();
    const receiving = receive(consumer, { runId, dueMs, receipts, end, progress });
    const outcome = newOutcome();
    const sends = await sendAtRate(producer, topic, { options, runId, dueMs, outcome, end });
    const timer = setTimeout(() => end.abort(), options.timeout);
    await receiving;
    clearTimeout(timer);
    outcome.messages = receipts.count;
    const missing = options.count - receipts.count - outcome.failed;
    if (missing > 0 && !signal.aborted) {
      outcome.failed += missing;
      outcome.failure ??= `${missing} messages did not arrive within ${options.timeout} ms`;
    }
    return report('latency', topic, outcome, receipts.count * options.size, {
      send: percentiles(sends),
      receipt: percentiles(receipts),
    });
  } finally {
    signal.removeEventListener('abort', onStop);
    progress.stop();
    await Promise.all([producer.close(), consumer.close()]);
  }
}

interface Receipt {
  readonly runId: number;
  readonly dueMs: Float64Array;
  readonly receipts: Histogram;
  readonly end: AbortController;
  readonly progress: { update(done: number): void };
}

/** Ends when every message came or `end` aborts. Messages of other runs are passed over. */
async function receive(consumer: PullConsumer, state: Receipt): Promise<void> {
  const { dueMs, receipts } = state;
  for await (const { body } of consumer.messages({ signal: state.end.signal })) {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    if (body.length < 8 || view.getUint32(0) !== state.runId) continue;
    const due = dueMs[view.getUint32(4)];
    if (due === undefined || due === 0) continue;
    receipts.record((performance.now() - due) * 1000);
    if (receipts.count % 256 === 0) state.progress.update(receipts.count);
    if (receipts.count >= dueMs.length) return;
  }
}

interface SendPlan {
  readonly options: LoadOptions;
  readonly runId: number;
  readonly dueMs: Float64Array;
  readonly outcome: Outcome;
  readonly end: AbortController;
}

async function sendAtRate(producer: Producer, topic: string, plan: SendPlan): Promise<Histogram> {
  const { options, dueMs, outcome } = plan;
  const histogram = new Histogram();
  const sending = new Set<Promise<void>>();
  const startMs = performance.now();
  for (let index = 0; index < options.count && !plan.end.signal.aborted; ) {
    const allowed = ((performance.now() - startMs) * options.rate) / 1000;
    for (; index <= allowed && index < options.count; index += 1) {
      const due = startMs + (index * 1000) / options.rate;
      dueMs[index] = due;
      const body = new Uint8Array(options.size);
      const view = new DataView(body.buffer);
      view.setUint32(0, plan.runId);
      view.setUint32(4, index);
      const sent = producer.send({ topic, body }).then(
        () => histogram.record((performance.now() - due) * 1000),
        (error: unknown) => {
          outcome.failed += 1;
          outcome.failure ??= errorText(error);
        },
      );
      sending.add(sent);
      void sent.then(() => sending.delete(sent));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sending);
  return histogram;
}

async function startProducers(options: LoadOptions, count: number): Promise<Producer[]> {
  const producers = Array.from(
    { length: count },
    () => new Producer({ namesrvAddr: options.namesrv, group: PRODUCER_GROUP, log: silentLog }),
  );
  await Promise.all(producers.map((producer) => producer.start()));
  return producers;
}

async function startConsumer(options: LoadOptions): Promise<PullConsumer> {
  const group = SystemGroup.TOOLS_CONSUMER;
  const consumer = new PullConsumer({ namesrvAddr: options.namesrv, group, log: silentLog });
  await consumer.start();
  return consumer;
}

/** The queues of a topic, which a first message creates when it is missing. */
async function queuesOf(
  topic: string,
  producer: Producer,
  consumer: PullConsumer,
): Promise<readonly MessageQueue[]> {
  for (let wait = 0; ; wait += 1) {
    try {
      return await consumer.queues(topic);
    } catch (error) {
      const missing = error instanceof ApogeeError && error.code === 'NO_ROUTE';
      if (!missing || wait === TOPIC_WAITS) throw error;
      if (wait === 0) await producer.send({ topic, body: 'first' });
      await new Promise((resolve) => setTimeout(resolve, TOPIC_WAIT_MS));
    }
  }
}
