// SPDX-License-Identifier: Apache-2.0
/**
 * Drives a message store as the broker's sockets do: commands in, answers out, everything decoded.
 * Calls again while bytes of a chunk or output for others are left.
 */
import { decodeFrame, encodeFrame, FrameCutter } from '../../src/protocol/frame.ts';
import { formatProperties } from '../../src/protocol/message-properties.ts';
import {
  createRequest,
  type ExtFields,
  type RemotingCommand,
  SerializeType,
} from '../../src/protocol/remoting-command.ts';
import { Control, ControlFlag, type MessageStore } from '../../src/store/message-store.ts';
import { TEST_NOW_MS, testBrokerState, testIdentity } from './store-options.ts';

export interface ColdFrame {
  readonly frame: Uint8Array;
  readonly reason: number;
}

export interface Fed {
  readonly replies: RemotingCommand[];
  readonly cold: ColdFrame[];
  /** Bits of `ControlFlag` of all calls. */
  readonly flags: number;
}

export class StoreDriver {
  readonly store: MessageStore;
  nowMs = TEST_NOW_MS;
  readonly #others = new Map<number, Uint8Array[]>();

  constructor(store: MessageStore) {
    this.store = store;
    // As the broker does: a store without a listener drains by itself and drops the answers.
    store.onOutputReady(() => this.drain());
    store.setIdentity(testIdentity);
    store.setBrokerState(testBrokerState);
    store.setTopic({
      topic: 'T',
      readQueueNums: 4,
      writeQueueNums: 4,
      perm: 6,
      topicSysFlag: 0,
      multiTag: false,
      hotSend: true,
    });
    store.setGroup({ group: 'G', consumeEnable: true, groupSysFlag: 0, hotPull: true });
  }

  open(host = '10.0.0.1', port = 40_000): number {
    return this.store.openSession(host, port);
  }

  /** Feeds commands as one chunk. */
  feed(session: number, ...commands: RemotingCommand[]): Fed {
    return this.feedBytes(session, Buffer.concat(commands.map(encodeFrame)));
  }

  feedBytes(session: number, chunk: Uint8Array): Fed {
    const { store } = this;
    const fed = { replies: [] as RemotingCommand[], cold: [] as ColdFrame[], flags: 0 };
    let at = 0;
    do {
      store.ingest(session, chunk, at, chunk.length - at, this.nowMs);
      at += store.control[Control.CONSUMED] ?? 0;
      fed.flags |= store.control[Control.FLAGS] ?? 0;
      const replies = store.output.slice(0, store.control[Control.REPLY_END]);
      fed.replies.push(...decodeAll(replies));
      fed.cold.push(...this.#coldFrames());
      this.#takeOthers();
    } while (at < chunk.length);
    return fed;
  }

  drain(): void {
    this.store.drain(this.nowMs);
    this.#takeOthers();
  }

  tick(): void {
    this.store.tick(this.nowMs);
    this.#takeOthers();
  }

  /** Answers that calls of others left for `session` since the last time. */
  taken(session: number): RemotingCommand[] {
    const bytes = this.#others.get(session) ?? [];
    this.#others.delete(session);
    return decodeAll(Buffer.concat(bytes));
  }

  #coldFrames(): ColdFrame[] {
    const { control, coldFrames } = this.store;
    return Array.from({ length: control[Control.COLD_COUNT] ?? 0 }, (_, index) => {
      const at = Control.COLD_BASE + index * 3;
      return {
        frame: coldFrames.slice(control[at], control[at + 1]),
        reason: control[at + 2] ?? -1,
      };
    });
  }

  #takeOthers(): void {
    const { store } = this;
    for (;;) {
      const { control, output } = store;
      for (let index = 0; index < (control[Control.OTHER_COUNT] ?? 0); index += 1) {
        const at = Control.OTHER_BASE + index * 3;
        const session = control[at] ?? -1;
        const list = this.#others.get(session) ?? [];
        list.push(output.slice(control[at + 1], control[at + 2]));
        this.#others.set(session, list);
      }
      if (((control[Control.FLAGS] ?? 0) & ControlFlag.MORE_OUTPUT) === 0) return;
      store.drain(this.nowMs);
    }
  }
}

function decodeAll(bytes: Uint8Array): RemotingCommand[] {
  return [...new FrameCutter().push(bytes)].map(decodeFrame);
}

export interface CommandOptions {
  readonly opaque?: number;
  readonly serializeType?: SerializeType;
  readonly flag?: number;
}

/** SEND_MESSAGE_V2 to topic T. */
export function sendCommand(
  body: string | Uint8Array,
  fields: Readonly<Record<string, string>> = {},
  options: CommandOptions = {},
): RemotingCommand {
  const ext: ExtFields = {
    a: 'PG',
    b: 'T',
    c: 'TBW102',
    d: '4',
    e: '0',
    f: '0',
    g: String(TEST_NOW_MS - 5),
    h: '7',
    i: propertiesText({ UNIQ_KEY: 'K', TAGS: 'TagA' }),
    j: '0',
    k: 'false',
    m: 'false',
    ...fields,
  };
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { ...createRequest(310, ext, bytes), ...defaults(options) };
}

/** PULL_MESSAGE of topic T, queue 0, by group G, for every message. */
export function pullCommand(
  offset: number,
  fields: Readonly<Record<string, string>> = {},
  options: CommandOptions = {},
): RemotingCommand {
  const ext: ExtFields = {
    consumerGroup: 'G',
    topic: 'T',
    queueId: '0',
    queueOffset: String(offset),
    maxMsgNums: '32',
    sysFlag: '4',
    commitOffset: '0',
    suspendTimeoutMillis: '15000',
    subscription: '*',
    subVersion: '0',
    expressionType: 'TAG',
    ...fields,
  };
  return { ...createRequest(11, ext), ...defaults(options) };
}

export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return formatProperties(Object.entries(properties));
}

function defaults(options: CommandOptions) {
  return {
    opaque: options.opaque ?? 1,
    serializeType: options.serializeType ?? SerializeType.JSON,
    flag: options.flag ?? 0,
  };
}
