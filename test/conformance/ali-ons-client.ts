// SPDX-License-Identifier: Apache-2.0
/**
 * A process of its own for ali-ons, whose timers outlive `close`:
 * `node ali-ons-client.js <host:port of the name server> <topic> <count>`.
 * Sends the messages, consumes them, prints one line of JSON, ends.
 */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

interface SendResult {
  readonly sendStatus: string;
  readonly msgId: string;
}

interface AliMessage {
  readonly msgId: string;
  readonly tags: string;
  readonly body: Buffer;
  readonly reconsumeTimes: number;
}

interface Producer {
  ready(): Promise<void>;
  send(message: object): Promise<SendResult>;
  close(): Promise<void>;
}

interface Consumer {
  ready(): Promise<void>;
  subscribe(
    topic: string,
    expression: string,
    listener: (message: AliMessage) => Promise<void>,
  ): void;
  on(event: 'error', listener: (error: Error) => void): void;
  close(): Promise<void>;
}

interface AliOns {
  readonly Producer: new (options: object) => Producer;
  readonly Consumer: new (options: object) => Consumer;
  readonly Message: new (topic: string, tags: string, body: string) => object;
}

const CONSUME_TIMEOUT_MS = 30_000;

const require = createRequire(import.meta.url);
const { Producer, Consumer, Message } = require('ali-ons') as AliOns;
const [nameSrv, topic = '', count = '1'] = process.argv.slice(2);
const silent = { info() {}, warn: console.error, error: console.error, debug() {} };
// The client signs what it sends, so it wants keys; this broker checks none.
const common = {
  ...{ nameSrv, httpclient: require('urllib') as object, logger: silent },
  ...{ accessKeyId: 'any', accessKeySecret: 'any' },
};

const producer = new Producer({ ...common, producerGroup: 'AliProducers' });
await producer.ready();
const sent: SendResult[] = [];
for (let n = 0; n < Number(count); n += 1) {
  sent.push(await producer.send(new Message(topic, n % 2 === 0 ? 'Even' : 'Odd', `ali ${n} 消息`)));
}

const received: object[] = [];
const consumer = new Consumer({ ...common, consumerGroup: 'AliConsumers' });
consumer.on('error', (error) => console.error(error));
consumer.subscribe(topic, 'Even || Odd', async ({ msgId, tags, body, reconsumeTimes }) => {
  received.push({ msgId, tags, body: body.toString(), reconsumeTimes });
});
await consumer.ready();
const endMs = performance.now() + CONSUME_TIMEOUT_MS;
while (received.length < sent.length && performance.now() < endMs) await sleep(50);
await sleep(300);
await consumer.close();
await producer.close();
process.stdout.write(`${JSON.stringify({ sent, received })}\n`, () => process.exit(0));
