// SPDX-License-Identifier: Apache-2.0
/**
 * An application that uses every kind of client and closes them. It never calls process.exit: it
 * ends by itself, or something was left open. Argument: namesrvAddr.
 */
import { ApogeeError, Producer, PullConsumer, PushConsumer } from '../../../src/sdk/node.ts';

const namesrvAddr = process.argv[2] ?? '';
const topic = `one-shot-${process.pid}`;

const producer = new Producer({ namesrvAddr, group: 'PG' });
await producer.start();
await producer.send({ topic, body: 'hello' });

const pusher = new PushConsumer({ namesrvAddr, group: 'CG', subscriptions: { [topic]: '*' } });
await pusher.start();
const puller = new PullConsumer({ namesrvAddr, group: 'CG2' });
await puller.start();
const [queue] = await puller.queues(topic);
if (queue === undefined) throw new Error('no queue');

// A pull that waits and a stream that is read must not keep the process either.
const waiting = puller.pull(queue, 0, { timeoutMs: 60_000 }).catch((error: unknown) => error);
for await (const message of pusher.messages()) {
  message.ack();
  break;
}
await Promise.all([producer.close(), pusher.close(), puller.close()]);
const ended = await waiting;
if (ended instanceof Error && !(ended instanceof ApogeeError)) throw ended;

const lonely = new Producer({ namesrvAddr: '127.0.0.1:1', group: 'PG' });
await lonely.start();
const refused = await lonely
  .send({ topic, body: 'x' }, { timeoutMs: 200 })
  .catch((e: unknown) => e);
if (!(refused instanceof ApogeeError)) throw new Error('a send without a server worked');
await lonely.close();

const never = new PushConsumer({ namesrvAddr, group: 'CG3', subscriptions: { [topic]: '*' } });
await never.close();
console.log('closed');
