// SPDX-License-Identifier: Apache-2.0
/** Reads what a topic holds at one moment, over all queues in the order of storage. */

import type { ReceivedMessage } from '../../client/message.ts';
import type { PullConsumer, PulledMessages } from '../../client/pull-consumer.ts';
import type { MessageQueue } from '../../protocol/message-queue.ts';

/**
 * The messages from `starts` up to the end that each queue has at the start. Holds one pull answer
 * per queue in memory. Rejects with the signal's reason when it aborts.
 */
export async function* readStored(
  consumer: PullConsumer,
  starts: ReadonlyMap<MessageQueue, number>,
  tag: string,
  signal: AbortSignal,
): AsyncGenerator<ReceivedMessage, void, undefined> {
  const readers: QueueReader[] = [];
  for (const [queue, offset] of starts) {
    readers.push(new QueueReader(consumer, queue, offset, await consumer.maxOffset(queue), tag));
  }
  for (;;) {
    let oldest: QueueReader | undefined;
    for (const reader of readers) {
      const head = await reader.head(signal);
      if (head === undefined) continue;
      if (oldest === undefined || head.storeTimestampMs < oldest.headTimestampMs) oldest = reader;
    }
    if (oldest === undefined) return;
    yield oldest.shift();
  }
}

class QueueReader {
  readonly #consumer: PullConsumer;
  readonly #queue: MessageQueue;
  readonly #endOffset: number;
  readonly #tag: string;
  #nextOffset: number;
  #messages: ReceivedMessage[] = [];
  #at = 0;

  constructor(
    consumer: PullConsumer,
    queue: MessageQueue,
    startOffset: number,
    endOffset: number,
    tag: string,
  ) {
    this.#consumer = consumer;
    this.#queue = queue;
    this.#nextOffset = startOffset;
    this.#endOffset = endOffset;
    this.#tag = tag;
  }

  /** The next message; undefined at the end. */
  async head(signal: AbortSignal): Promise<ReceivedMessage | undefined> {
    while (this.#at === this.#messages.length && this.#nextOffset < this.#endOffset) {
      const pulled = await this.#pull(signal);
      this.#messages = pulled.messages.filter((message) => message.queueOffset < this.#endOffset);
      this.#at = 0;
      // An answer that does not lead on would be asked for again without end.
      if (pulled.nextOffset <= this.#nextOffset) this.#nextOffset = this.#endOffset;
      else this.#nextOffset = pulled.nextOffset;
    }
    return this.#messages[this.#at];
  }

  #pull(signal: AbortSignal): Promise<PulledMessages> {
    const options = { expression: this.#tag, signal };
    return this.#consumer.pull(this.#queue, this.#nextOffset, options);
  }

  get headTimestampMs(): number {
    return this.#messages[this.#at]?.storeTimestampMs ?? Number.POSITIVE_INFINITY;
  }

  shift(): ReceivedMessage {
    const message = this.#messages[this.#at];
    if (message === undefined) throw new RangeError('the queue has no further message');
    this.#at += 1;
    return message;
  }
}
