// SPDX-License-Identifier: Apache-2.0
/** Messages of a push consumer for `for await`, each acknowledged by whoever takes it. */
import type { ConsumeLoop } from './consume-loop.ts';
import { type MessageParts, ReceivedMessage } from './message.ts';
import type { QueueEntry } from './process-queue.ts';
import { DELAY_BY_BROKER } from './redelivery.ts';

/** A message that counts as consumed only after `ack`. */
export class LeasedMessage extends ReceivedMessage {
  readonly #loop: ConsumeLoop;
  readonly #entry: QueueEntry<MessageParts>;

  constructor(loop: ConsumeLoop, entry: QueueEntry<MessageParts>) {
    super(entry.message);
    this.#loop = loop;
    this.#entry = entry;
  }

  /** The message is consumed: the offset may pass it. Idempotent. */
  ack(): void {
    this.#loop.succeeded(this.#entry);
  }

  /**
   * The message is to come again later; resolves when a broker has taken it back. Never rejects.
   * `delayLevel`: 0 lets the broker choose, 1 to 18 is a level, -1 the dead-letter topic.
   */
  async retry(delayLevel: number = DELAY_BY_BROKER): Promise<void> {
    await this.#loop.failed(this.#entry, delayLevel);
  }
}

/** Ends without an error when `signal` aborts or the consumer closes. */
export async function* leasedMessages(
  loop: ConsumeLoop,
  signal: AbortSignal | undefined,
): AsyncGenerator<LeasedMessage, void, undefined> {
  while (signal?.aborted !== true) {
    const entry = await loop.take(signal);
    if (entry === undefined) return;
    yield new LeasedMessage(loop, entry);
  }
}
