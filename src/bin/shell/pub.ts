// SPDX-License-Identifier: Apache-2.0
/** `apogee pub`: sends messages from the command line or from stdin. */
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Message, SendResult } from '../../client/message.ts';
import type { SendOptions } from '../../client/producer.ts';
import { ApogeeError, errorText } from '../../core/errors.ts';
import { collect } from '../command-line.ts';
import { startProgress } from './progress.ts';
import { collectPairs, print, runCommand, wholeNumber, withNameServer } from './shell-io.ts';

/** Sends that wait for their answer at a time. */
export const PUB_WINDOW = 64;

const EXAMPLES = `
Examples:
  apogee pub Orders 'hello'
  apogee pub Orders '{"id":7}' --tag created --key 7 --property source=web
  echo 'from stdin' | apogee pub Orders -
  tail -f app.log | apogee pub Logs --lines
  apogee pub Orders tick --count 1000 --json

Exit codes: 0 all messages stored, 1 not all, 2 wrong usage.`;

interface PubOptions {
  readonly namesrv: string;
  readonly group: string;
  readonly tag?: string;
  readonly key?: readonly string[];
  readonly property?: Readonly<Record<string, string>>;
  readonly shardingKey?: string;
  readonly count: number;
  readonly lines?: boolean;
  readonly timeout: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('pub')
    .description('send messages to a topic')
    .argument('<topic>', 'topic to send to')
    .argument('[body]', 'the message; "-" or nothing reads it from stdin');
  withNameServer(command)
    .option('-t, --tag <tag>', 'tag of the messages')
    .option('-k, --key <key>', 'business key, may be repeated', collect)
    .option('-p, --property <name=value>', 'user property, may be repeated', collectPairs)
    .option('-s, --sharding-key <key>', 'messages with one key keep their order')
    .option('-c, --count <n>', 'send the body n times', wholeNumber(1, 1_000_000_000), 1)
    .option('-l, --lines', 'each line of stdin is a message')
    .option('-g, --group <group>', 'producer group', 'apogee-pub')
    .option('--timeout <ms>', 'longest wait for one message', wholeNumber(1, 600_000), 3000)
    .option('--json', 'one JSON object per message')
    .addHelpText('after', EXAMPLES)
    .action((topic: string, body: string | undefined, options: PubOptions) =>
      runCommand((signal) => publish(topic, body, options, signal)),
    );
}

async function publish(
  topic: string,
  body: string | undefined,
  options: PubOptions,
  signal: AbortSignal,
): Promise<void> {
  const { Producer, silentLog } = await import('../../sdk/node.ts');
  const namesrvAddr = options.namesrv;
  const producer = new Producer({ namesrvAddr, group: options.group, log: silentLog });
  const fields = {
    topic,
    ...(options.tag === undefined ? {} : { tags: options.tag }),
    ...(options.key === undefined ? {} : { keys: options.key }),
    ...(options.property === undefined ? {} : { properties: options.property }),
  };
  const sendOptions: SendOptions = {
    signal,
    timeoutMs: options.timeout,
    ...(options.shardingKey === undefined ? {} : { shardingKey: options.shardingKey }),
  };
  await producer.start();
  try {
    const send = (message: Message): Promise<SendResult> => producer.send(message, sendOptions);
    const bodies = options.lines === true ? stdinLines() : repeated(body, options.count);
    await sendAll(bodies, fields, options, send);
  } finally {
    await producer.close();
  }
}

/**
 * Keeps up to PUB_WINDOW sends on their way, results in the order of the messages. With a sharding
 * key one at a time, for brokers may store what is on its way together in any order.
 */
async function sendAll(
  bodies: AsyncIterable<string | Uint8Array>,
  fields: Omit<Message, 'body'>,
  options: PubOptions,
  send: (message: Message) => Promise<SendResult>,
): Promise<void> {
  const total = options.lines === true ? 0 : options.count;
  const progress = await startProgress('sending', total);
  const startedMs = performance.now();
  const window = options.shardingKey === undefined ? PUB_WINDOW : 1;
  const waiting: Promise<SendResult>[] = [];
  let stored = 0;
  let last: SendResult | undefined;
  const settleOldest = async (): Promise<void> => {
    const oldest = waiting.shift();
    if (oldest === undefined) return;
    last = await oldest;
    stored += 1;
    progress.update(stored);
    if (options.json === true) await print(`${JSON.stringify(last)}\n`);
  };
  try {
    for await (const body of bodies) {
      const sending = send({ ...fields, body });
      // Its failure is met when its turn comes; until then it must not count as unhandled.
      sending.catch(() => {});
      waiting.push(sending);
      if (waiting.length >= window) await settleOldest();
    }
    while (waiting.length > 0) await settleOldest();
  } catch (error) {
    await Promise.allSettled(waiting);
    if (stored === 0) throw error;
    throw withCount(error, stored);
  } finally {
    progress.stop();
  }
  if (options.json !== true) await print(summary(stored, last, performance.now() - startedMs));
}

function withCount(error: unknown, stored: number): Error {
  const text = `${errorText(error)} (after ${stored} messages were stored)`;
  if (!(error instanceof ApogeeError)) return new Error(text, { cause: error });
  const cure = error.cure === undefined ? {} : { cure: error.cure };
  return new ApogeeError(error.code, text, { ...cure, cause: error });
}

function summary(stored: number, last: SendResult | undefined, elapsedMs: number): string {
  if (last === undefined) return 'nothing to send\n';
  if (stored === 1) {
    const { status, msgId, queue, queueOffset } = last;
    const place = `${queue.topic} ${queue.brokerName}:${queue.queueId} offset ${queueOffset}`;
    return `${status} ${msgId} ${place}\n`;
  }
  const seconds = (elapsedMs / 1000).toFixed(2);
  return `${stored} messages stored in ${last.queue.topic} in ${seconds} s\n`;
}

async function* repeated(
  body: string | undefined,
  count: number,
): AsyncGenerator<string | Uint8Array, void, undefined> {
  const content = body === undefined || body === '-' ? await stdinBytes() : body;
  for (let sent = 0; sent < count; sent += 1) yield content;
}

async function stdinBytes(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** Empty lines carry no message. */
async function* stdinLines(): AsyncGenerator<string, void, undefined> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== '') yield line;
  }
}
