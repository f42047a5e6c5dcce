// SPDX-License-Identifier: Apache-2.0
/** A name server without sockets, brokers that register with it, and peers that ask it. */
import { inflateSync } from 'node:zlib';
import type { Clock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import type { NamesrvConfig } from '../../src/namesrv/namesrv-config.ts';
import { NamesrvController } from '../../src/namesrv/namesrv-controller.ts';
import { registerBroker } from '../../src/protocol/commands/register-broker.ts';
import { parseJavaJson } from '../../src/protocol/java-json.ts';
import { objectOf } from '../../src/protocol/json-fields.ts';
import type { PeerConnection } from '../../src/protocol/processor.ts';
import { encodeRegisterBrokerBody } from '../../src/protocol/register-broker-body.ts';
import {
  createRequest,
  type ExtFields,
  newExtFields,
  type RemotingCommand,
} from '../../src/protocol/remoting-command.ts';
import { newTopicConfig, type TopicConfig } from '../../src/protocol/topic-config.ts';
import type { SocketAddress, TransportKind } from '../../src/protocol/transport.ts';

let nextPeerId = 1;

export class PeerDouble implements PeerConnection {
  readonly id: number;
  readonly kind: TransportKind;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  readonly sent: RemotingCommand[] = [];
  closedBecause: string | undefined;

  constructor(remoteHost = '10.0.0.9', localHost = '10.0.0.1', kind: TransportKind = 'tcp') {
    this.id = nextPeerId;
    nextPeerId += 1;
    this.kind = kind;
    this.remote = { host: remoteHost, port: 50_000 };
    this.local = { host: localHost, port: 9876 };
  }

  get isOpen(): boolean {
    return this.closedBecause === undefined;
  }

  send(command: RemotingCommand): boolean {
    this.sent.push(command);
    return this.isOpen;
  }

  invoke(): Promise<RemotingCommand> {
    return Promise.reject(new Error('a name server asks no peer'));
  }

  close(reason: string): void {
    this.closedBecause = reason;
  }
}

/** Wall clock and periodic tasks that move only when a test says so. */
export class ManualClock implements Clock {
  now = 1_700_000_000_000;
  readonly #periodic: { dueMs: number; periodMs: number; task: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  monotonicMs(): number {
    return this.now;
  }

  after(): never {
    throw new Error('the name server has no single timers');
  }

  every(periodMs: number, task: () => void, options: { firstDelayMs?: number } = {}) {
    const entry = { dueMs: this.now + (options.firstDelayMs ?? periodMs), periodMs, task };
    this.#periodic.push(entry);
    return { cancel: () => void this.#periodic.splice(this.#periodic.indexOf(entry), 1) };
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.#periodic.filter((entry) => entry.dueMs <= end);
      const next = due.sort((left, right) => left.dueMs - right.dueMs)[0];
      if (next === undefined) break;
      this.now = next.dueMs;
      next.dueMs += next.periodMs;
      next.task();
    }
    this.now = end;
  }
}

const settings: NamesrvConfig = {
  orderMessageEnable: false,
  returnOrderTopicConfigToBroker: true,
  scanNotActiveBrokerInterval: 5000,
  unRegisterBrokerQueueCapacity: 3000,
  supportActingMaster: false,
  enableAllTopicList: true,
  enableTopicList: true,
  notifyMinBrokerIdChanged: false,
  needWaitForService: false,
  waitSecondsForService: 45,
  deleteTopicWithBrokerRegistration: false,
  kvConfigPath: 'kvConfig.json',
  configBlackList: 'configBlackList;configStorePath;kvConfigPath;secretKey',
};

export interface BrokerIdentity {
  readonly cluster?: string;
  readonly name?: string;
  readonly id?: number;
  readonly addr?: string;
  readonly topics?: readonly (string | TopicConfig)[];
  readonly counter?: number;
  readonly stateVersion?: number;
  readonly extra?: ExtFields;
}

export class NamesrvFixture {
  readonly clock = new ManualClock();
  readonly controller: NamesrvController;
  /** Requests that the name server sent to brokers. */
  readonly told: { readonly address: string; readonly request: RemotingCommand }[] = [];
  /** Content of kvConfig.json at each write. */
  readonly written: string[] = [];
  readonly applied: ReadonlyMap<string, string>[] = [];

  constructor(config: Partial<NamesrvConfig> = {}, kvFile?: string) {
    this.controller = new NamesrvController({
      config: { ...settings, ...config },
      configText: {
        render: () => 'listenPort=9876\n',
        apply: async (changes) => void this.applied.push(changes),
      },
      clock: this.clock,
      log: silentLog,
      sendToBroker: (address, request) => void this.told.push({ address, request }),
      inflate: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength }),
      openKvTable: (encode) => ({
        load: async () =>
          kvFile === undefined ? undefined : objectOf(parseJavaJson(kvFile), 'kvConfig.json'),
        persist: async () => void this.written.push(encode()),
      }),
    });
  }

  async ask(
    code: number,
    extFields: ExtFields = newExtFields(),
    parts: { peer?: PeerConnection; body?: Uint8Array; version?: number } = {},
  ): Promise<RemotingCommand> {
    const request = createRequest(code, extFields, parts.body);
    const processor = this.controller.processors.get(code);
    if (processor === undefined) throw new Error(`code ${code} is not served`);
    const answer = await processor({
      connection: parts.peer ?? new PeerDouble(),
      request: { ...request, opaque: 77, version: parts.version ?? request.version },
      nowMs: this.clock.nowMs(),
    });
    if (answer === undefined) throw new Error(`code ${code} was not answered`);
    return answer;
  }

  /** A full registration: two topics unless told otherwise. */
  register(broker: BrokerIdentity, peer: PeerConnection = new PeerDouble()) {
    const { cluster = 'C', name = 'a', id = 0, addr = `10.1.0.${id}:10911` } = broker;
    const topics = (broker.topics ?? ['T', 'U']).map((topic) =>
      typeof topic === 'string'
        ? newTopicConfig(topic, { readQueueNums: 4, writeQueueNums: 4 })
        : topic,
    );
    const header = registerBroker.request.encode({
      brokerName: name,
      brokerAddr: addr,
      clusterName: cluster,
      haServerAddr: `${addr}9`,
      brokerId: id,
    });
    const body = encodeRegisterBrokerBody({
      dataVersion: {
        stateVersion: broker.stateVersion ?? 0,
        timestamp: 1,
        counter: broker.counter ?? 1,
      },
      topicConfigTable: new Map(topics.map((topic) => [topic.topicName, topic])),
      topicQueueMappingInfoTable: new Map(),
      filterServerList: [],
    });
    return this.ask(103, { ...header, ...broker.extra }, { peer, body });
  }
}

/** Lets batched unregistrations take effect. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
