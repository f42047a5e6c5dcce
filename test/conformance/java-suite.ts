// SPDX-License-Identifier: Apache-2.0
/** What the tests with official Java clients share: a cluster, a JVM, and short words for calls. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../helpers/conformance-cluster.ts';
import { JavaClients, javaMissing, prepareJava, type SerializeType } from '../helpers/java.ts';

const SETUP_TIMEOUT_MS = 360_000;
const TEST_TIMEOUT_MS = 90_000;

export interface SentMessage {
  readonly status: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly transactionId: string;
  readonly regionId: string;
  readonly traceOn: boolean;
}

export interface ReceivedMessage {
  readonly topic: string;
  readonly tags?: string;
  readonly keys?: string;
  readonly flag: number;
  readonly body?: string;
  readonly bodySize: number;
  readonly bodyCrc: number;
  readonly brokerName?: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeSize: number;
  readonly msgId: string;
  readonly offsetMsgId?: string;
  readonly reconsumeTimes: number;
  readonly sysFlag: number;
  readonly bornHost: string;
  readonly storeHost: string;
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
  readonly properties: Readonly<Record<string, string>>;
}

export interface Queue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

export type Fields = Readonly<Record<string, unknown>>;

/** A client that lives in the JVM. */
export class Remote {
  readonly #java: JavaClients;
  readonly #kind: string;
  readonly #handle: number;

  constructor(java: JavaClients, kind: string, handle: number) {
    this.#java = java;
    this.#kind = kind;
    this.#handle = handle;
  }

  call<T>(operation: string, fields: Fields = {}, timeoutMs?: number): Promise<T> {
    const args = { ...fields, handle: this.#handle };
    return this.#java.call<T>(`${this.#kind}.${operation}`, args, timeoutMs);
  }

  async stop(): Promise<void> {
    await this.call('stop');
  }
}

/** What a push consumer has got once there are `atLeast` messages. */
export function received(consumer: Remote, atLeast: number, timeoutMs = 40_000) {
  return consumer.call<ReceivedMessage[]>('received', { atLeast, timeoutMs });
}

export class JavaBench {
  cluster!: Cluster;
  java!: JavaClients;
  readonly #type: SerializeType;
  #admin: Remote | undefined;
  #names = 0;

  constructor(type: SerializeType) {
    this.#type = type;
  }

  async start(): Promise<void> {
    await prepareJava();
    this.cluster = await startCluster();
    const home = path.join(this.cluster.folder, 'java');
    mkdirSync(home);
    this.java = await JavaClients.start(home, this.#type);
  }

  async stop(): Promise<void> {
    await this.java?.stop();
    await this.cluster?.stop();
  }

  /** A name nobody else uses. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  async remote(kind: string, fields: Fields = {}): Promise<Remote> {
    const { namesrvAddr } = this.cluster;
    const handle = await this.java.call<number>(`${kind}.start`, { namesrvAddr, ...fields });
    return new Remote(this.java, kind, handle);
  }

  async admin(): Promise<Remote> {
    this.#admin ??= await this.remote('admin');
    return this.#admin;
  }

  /** A new topic whose route is known. */
  async topic(queues = 4, perm = 6): Promise<string> {
    const topic = this.name('Topic');
    const { brokerAddr } = this.cluster;
    await (await this.admin()).call('topic', { topic, queues, perm, brokerAddr });
    return topic;
  }

  producer(fields: Fields = {}): Promise<Remote> {
    return this.remote('producer', { group: this.name('Producers'), ...fields });
  }

  /** What `mqadmin` prints, without the start-up notes of its logging library. */
  async mqadmin(...args: string[]): Promise<string> {
    const { namesrvAddr } = this.cluster;
    const text = await this.java.call<string>('mqadmin', { namesrvAddr, arguments: args });
    return text.replaceAll(/^\d\d:\d\d:\d\d,\d{3} \|-.*\n/gm, '');
  }
}

export type Scenarios = Readonly<Record<string, (bench: JavaBench) => Promise<void>>>;

/**
 * Tests that need Java, once per header encoding: one cluster and one JVM for all of them. Where
 * Java is missing each test is reported as skipped, by name.
 */
export function javaSuite(
  title: string,
  concurrency: number,
  scenarios: Scenarios,
  types: readonly SerializeType[] = ['JSON', 'ROCKETMQ'],
): void {
  const missing = javaMissing();
  for (const type of types) {
    describe(`${title}, ${type} headers`, { concurrency }, () => {
      const bench = new JavaBench(type);
      before(
        async () => {
          if (missing === undefined) await bench.start();
        },
        { timeout: SETUP_TIMEOUT_MS },
      );
      after(() => bench.stop(), { timeout: TEST_TIMEOUT_MS });
      for (const [name, run] of Object.entries(scenarios)) {
        const options = { skip: missing ?? false, timeout: TEST_TIMEOUT_MS };
        test(`${type}: ${name}`, options, () => run(bench));
      }
    });
  }
}
