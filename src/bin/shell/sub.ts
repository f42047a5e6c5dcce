// SPDX-License-Identifier: Apache-2.0
/** `apogee sub`: prints the messages of a topic. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ReceivedMessage } from '../../client/message.ts';
import { ApogeeError } from '../../core/errors.ts';
import type { MessageQueue } from '../../protocol/message-queue.ts';
import { SystemGroup } from '../../protocol/names.ts';
import type { PullConsumer } from '../../sdk/node.ts';
import { messageText } from './message-text.ts';
import { note, noteLog, print, runCommand, wholeNumber, withNameServer } from './shell-io.ts';
import { readStored } from './stored-messages.ts';

/** How often a topic that does not exist yet is looked for. */
const TOPIC_POLL_MS = 1000;

const EXAMPLES = `
Examples:
  apogee sub Orders                       everything that is there, then exit
  apogee sub Orders --follow              new messages as they come, until Ctrl-C
  apogee sub Orders --from 2026-01-31T08:00:00Z --tag 'created || paid'
  apogee sub Orders --max 1 --from last --follow --json | jq .body
  apogee sub Orders --group audit         only what group audit has not read yet
  apogee sub Orders --group audit --follow   share the messages with other members

Exit codes: 0 done or stopped, 1 failed, 2 wrong usage.`;

export type From = 'first' | 'last' | { readonly timestampMs: number };

export interface SubOptions {
  readonly namesrv: string;
  readonly group?: string;
  readonly follow?: boolean;
  readonly from?: From;
  readonly tag: string;
  readonly max: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('sub')
    .description('print the messages of a topic')
    .argument('<topic>', 'topic to read');
  withNameServer(command)
    .option('-g, --group <group>', 'read as this group and commit what was printed')
    .option('-f, --follow', 'keep printing messages as they come')
    .option(
      '--from <where>',
      'first, last, a time (ISO 8601) or milliseconds since 1970',
      parseFrom,
    )
    .option('-t, --tag <expression>', 'only these tags: "A || B"', '*')
    .option('-m, --max <n>', 'stop after n messages', wholeNumber(1, 1e15), Infinity)
    .option('-v, --verbose', 'print where each message is stored, its keys and properties')
    .option('--json', 'one JSON object per message')
    .addHelpText('after', EXAMPLES)
    .action((topic: string, options: SubOptions) =>
      runCommand((signal) => subscribe(topic, options, signal)),
    );
}

export function parseFrom(text: string): From {
  if (text === 'first' || text === 'last') return text;
  const timestampMs = /^[0-9]+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isSafeInteger(timestampMs) && timestampMs >= 0) return { timestampMs };
  throw new InvalidArgumentError(
    'It must be first, last, a time such as 2026-01-31T08:00:00Z, or ms.',
  );
}

async function subscribe(topic: string, options: SubOptions, signal: AbortSignal): Promise<void> {
  if (options.follow === true && options.group !== undefined) {
    await followAsMember(topic, options.group, options, signal);
    return;
  }
  const { PullConsumer, silentLog } = await import('../../sdk/node.ts');
  const group = options.group ?? SystemGroup.TOOLS_CONSUMER;
  const log = options.follow === true ? noteLog : silentLog;
  const consumer = new PullConsumer({ namesrvAddr: options.namesrv, group, log });
  await consumer.start();
  try {
    if (options.follow === true) await followAlone(consumer, topic, options, signal);
    else await printStored(consumer, topic, options, signal);
  } finally {
    await consumer.close();
  }
}

/** What is there now; with a group, what it has not read, which is then committed. */
async function printStored(
  consumer: PullConsumer,
  topic: string,
  options: SubOptions,
  signal: AbortSignal,
): Promise<void> {
  const queues = await consumer.queues(topic);
  const committing = options.group !== undefined;
  const starts = new Map<MessageQueue, number>();
  for (const queue of queues) {
    const committed = committing ? await consumer.committed(queue) : undefined;
    starts.set(queue, committed ?? (await offsetAt(consumer, queue, options.from ?? 'first')));
  }
  const printed = new Map<MessageQueue, number>();
  let count = 0;
  try {
    for await (const message of readStored(consumer, starts, options.tag, signal)) {
      await print(messageText(message, options));
      printed.set(message.queue, message.queueOffset + 1);
      count += 1;
      if (count >= options.max) break;
    }
  } finally {
    if (committing) {
      for (const [queue, offset] of printed) await consumer.commit(queue, offset);
    }
  }
}

/** New messages of all queues, belonging to no group. */
async function followAlone(
  consumer: PullConsumer,
  topic: string,
  options: SubOptions,
  signal: AbortSignal,
): Promise<void> {
  const { queues, isNew } = await queuesOnceThere(consumer, topic, signal);
  // Whoever waited for a topic wants its first message too.
  const from = options.from ?? (isNew ? 'first' : 'last');
  for (const queue of queues) consumer.seek(queue, await offsetAt(consumer, queue, from));
  consumer.assign(queues, options.tag);
  await printUntilMax(consumer.messages({ signal }), options, () => {});
}

/** Shares the messages with the other members of the group. */
async function followAsMember(
  topic: string,
  group: string,
  options: SubOptions,
  signal: AbortSignal,
): Promise<void> {
  const { PushConsumer } = await import('../../sdk/node.ts');
  const { from = 'last' } = options;
  const consumer = new PushConsumer({
    namesrvAddr: options.namesrv,
    group,
    log: noteLog,
    subscriptions: { [topic]: options.tag },
    ...(typeof from === 'object'
      ? { consumeFromWhere: 'CONSUME_FROM_TIMESTAMP', consumeTimestampMs: from.timestampMs }
      : {
          consumeFromWhere:
            from === 'first' ? 'CONSUME_FROM_FIRST_OFFSET' : 'CONSUME_FROM_LAST_OFFSET',
        }),
  });
  await consumer.start();
  try {
    await printUntilMax(consumer.messages({ signal }), options, (message) => message.ack());
  } finally {
    await consumer.close();
  }
}

async function printUntilMax<M extends ReceivedMessage>(
  messages: AsyncIterable<M>,
  options: SubOptions,
  printed: (message: M) => void,
): Promise<void> {
  let count = 0;
  for await (const message of messages) {
    await print(messageText(message, options));
    printed(message);
    count += 1;
    if (count >= options.max) return;
  }
}

async function offsetAt(consumer: PullConsumer, queue: MessageQueue, from: From): Promise<number> {
  if (from === 'first') return consumer.minOffset(queue);
  if (from === 'last') return consumer.maxOffset(queue);
  return consumer.offsetForTime(queue, from.timestampMs);
}

/** Waits for a topic that nobody has sent to yet. */
async function queuesOnceThere(
  consumer: PullConsumer,
  topic: string,
  signal: AbortSignal,
): Promise<{ readonly queues: readonly MessageQueue[]; readonly isNew: boolean }> {
  let isNew = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      return { queues: await consumer.queues(topic), isNew };
    } catch (error) {
      if (!(error instanceof ApogeeError) || error.code !== 'NO_ROUTE') throw error;
      if (!isNew) note(`${error.message}; waiting for it`);
      isNew = true;
    }
    const { setTimeout: wait } = await import('node:timers/promises');
    await wait(TOPIC_POLL_MS, undefined, { signal });
  }
}
