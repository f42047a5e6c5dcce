// SPDX-License-Identifier: Apache-2.0
/** Where a queue is begun. Source: RebalancePushImpl.computePullFromWhere, spec remoting §4.6. */
import type { MessageQueue } from '../protocol/message-queue.ts';
import { isRetryTopic } from '../protocol/names.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import type { OffsetStore } from './offset-store.ts';
import type { QueueCalls } from './queue-calls.ts';

/** Where a group begins that has no offset yet. */
export type StartingPoint =
  | 'CONSUME_FROM_LAST_OFFSET'
  | 'CONSUME_FROM_FIRST_OFFSET'
  | 'CONSUME_FROM_TIMESTAMP';

export interface StartSettings {
  readonly consumeFromWhere: StartingPoint;
  /** Only for CONSUME_FROM_TIMESTAMP. */
  readonly consumeTimestampMs: number;
}

/** Errors: as the requests that find it out; the queue is then tried again later. */
export async function startOffset(
  queue: MessageQueue,
  settings: StartSettings,
  offsets: OffsetStore,
  queues: QueueCalls,
  options: InvokeOptions,
): Promise<number> {
  const stored = await offsets.load(queue, options);
  if (stored !== undefined) return stored;
  const retry = isRetryTopic(queue.topic);
  switch (settings.consumeFromWhere) {
    case 'CONSUME_FROM_FIRST_OFFSET':
      return 0;
    case 'CONSUME_FROM_LAST_OFFSET':
      return retry ? 0 : queues.maxOffset(queue, options);
    case 'CONSUME_FROM_TIMESTAMP':
      return retry
        ? queues.maxOffset(queue, options)
        : queues.offsetForTime(queue, settings.consumeTimestampMs, options);
  }
}
