// SPDX-License-Identifier: Apache-2.0
/**
 * Where a consumer is in each queue: kept in memory, written to brokers (clustering) or to the
 * storage of this machine (broadcasting). Source: RemoteBrokerOffsetStore, LocalFileOffsetStore.
 */
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type MessageQueue, messageQueueKey } from '../protocol/message-queue.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import type { FailureLog } from './failure-log.ts';
import { formatOffsets, type OffsetStorage, parseOffsets } from './offset-file.ts';
import type { QueueCalls } from './queue-calls.ts';

export interface OffsetStore {
  /** The offset to go on from; undefined when none was ever stored. Rejects when unknown. */
  load(queue: MessageQueue, options: InvokeOptions): Promise<number | undefined>;
  /** The offset in memory. */
  get(queue: MessageQueue): number | undefined;
  /** Ordinary progress never goes back; only `reset` does. */
  advance(queue: MessageQueue, offset: number): void;
  reset(queue: MessageQueue, offset: number): void;
  /** Writes what changed, of `queue` or of all. Failures are logged and tried again later. */
  persist(options: InvokeOptions, queue?: MessageQueue): Promise<void>;
  /** Forgets a queue that now belongs to another consumer. */
  remove(queue: MessageQueue): void;
}

interface Progress {
  readonly queue: MessageQueue;
  offset: number;
  /** The offset written last. */
  persisted: number | undefined;
}

abstract class ProgressTable {
  protected readonly table = new Map<string, Progress>();

  get(queue: MessageQueue): number | undefined {
    return this.table.get(messageQueueKey(queue))?.offset;
  }

  advance(queue: MessageQueue, offset: number): void {
    const known = this.get(queue);
    if (known === undefined || offset > known) this.reset(queue, offset);
  }

  reset(queue: MessageQueue, offset: number): void {
    const key = messageQueueKey(queue);
    const progress = this.table.get(key);
    if (progress === undefined) this.table.set(key, { queue, offset, persisted: undefined });
    else progress.offset = offset;
  }

  remove(queue: MessageQueue): void {
    this.table.delete(messageQueueKey(queue));
  }
}

/** Offsets at the broker of each queue, for clustering. */
export class BrokerOffsetStore extends ProgressTable implements OffsetStore {
  readonly #group: string;
  readonly #queues: QueueCalls;
  readonly #failures: FailureLog;

  constructor(group: string, queues: QueueCalls, failures: FailureLog) {
    super();
    this.#group = group;
    this.#queues = queues;
    this.#failures = failures;
  }

  load(queue: MessageQueue, options: InvokeOptions): Promise<number | undefined> {
    return this.#queues.committedOffset(this.#group, queue, options);
  }

  async persist(options: InvokeOptions, queue?: MessageQueue): Promise<void> {
    const wanted = queue === undefined ? undefined : messageQueueKey(queue);
    const changed = [...this.table].filter(
      ([key, progress]) =>
        (wanted === undefined || key === wanted) && progress.offset !== progress.persisted,
    );
    await Promise.all(changed.map(([, progress]) => this.#write(progress, options)));
  }

  async #write(progress: Progress, options: InvokeOptions): Promise<void> {
    const { queue, offset } = progress;
    const key = `offsets ${queue.brokerName}`;
    try {
      await this.#queues.commitOffset(this.#group, queue, offset, options);
      progress.persisted = offset;
      this.#failures.worked(key, 'offsets are committed again', { brokerName: queue.brokerName });
    } catch (error) {
      const fields = { ...queue, offset };
      this.#failures.failed(key, 'offset not committed, it is tried again', fields, error);
    }
  }
}

/** Offsets on this machine, for broadcasting. */
export class LocalOffsetStore extends ProgressTable implements OffsetStore {
  readonly #clientId: string;
  readonly #group: string;
  readonly #storage: OffsetStorage;
  readonly #log: Log;
  #loaded: Promise<void> | undefined;
  #writtenText = '';

  constructor(clientId: string, group: string, storage: OffsetStorage, log: Log) {
    super();
    this.#clientId = clientId;
    this.#group = group;
    this.#storage = storage;
    this.#log = log;
  }

  async load(queue: MessageQueue): Promise<number | undefined> {
    this.#loaded ??= this.#loadAll();
    await this.#loaded;
    return this.get(queue);
  }

  async #loadAll(): Promise<void> {
    for (const text of await this.#storage.load(this.#clientId, this.#group)) {
      try {
        for (const [queue, offset] of parseOffsets(text)) this.advance(queue, offset);
        return;
      } catch (error) {
        const fields = { group: this.#group, reason: errorText(error) };
        this.#log.warn('stored offsets are unreadable, the version before is tried', fields);
      }
    }
  }

  /** One text holds all queues; queues of other runs are kept in it. */
  async persist(): Promise<void> {
    if (this.table.size === 0) return;
    const text = formatOffsets([...this.table.values()].map((p) => [p.queue, p.offset] as const));
    if (text === this.#writtenText) return;
    try {
      await this.#storage.save(this.#clientId, this.#group, text);
      this.#writtenText = text;
    } catch (error) {
      this.#log.warn('offsets not stored', { group: this.#group, reason: errorText(error) });
    }
  }

  /** Stays in the text: this machine alone knows how far it is. */
  override remove(): void {}
}
