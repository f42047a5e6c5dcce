// SPDX-License-Identifier: Apache-2.0
/**
 * Routes of the topics a client uses, kept fresh, and the addresses of their brokers.
 * A topic that the name server forgets keeps its last route: brokers may be restarting.
 * Source: MQClientInstance.updateTopicRouteInfoFromNameServer, spec remoting §4.3.
 */
import { ApogeeError, errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { ResponseCode } from '../protocol/codes.ts';
import { getRouteinfoByTopic } from '../protocol/commands/get-routeinfo-by-topic.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import { isRetryTopic, SystemTopic } from '../protocol/names.ts';
import { createRequest, type SerializeType } from '../protocol/remoting-command.ts';
import {
  type BrokerData,
  decodeTopicRouteData,
  encodeTopicRouteData,
  MASTER_ID,
  type TopicRouteData,
} from '../protocol/topic-route.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import { abortable } from './abortable.ts';
import type { FailureLog } from './failure-log.ts';
import type { NameServers } from './name-servers.ts';
import { explainNoQueues, explainUnknownTopic } from './no-route.ts';
import { clipToDefaultQueues, publishQueues, subscribeQueues } from './topic-queues.ts';

/** Reads queues of a topic, or writes to it: only the latter may create it. */
export type TopicUse = 'publish' | 'subscribe';

export interface BrokerAddress {
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
}

export interface TemplateTopic {
  /** The topic whose route stands in for one that does not exist yet. */
  readonly topic: string;
  readonly queueNums: number;
}

export interface RouteLogs {
  readonly log: Log;
  readonly failures: FailureLog;
}

interface TopicState {
  route: TopicRouteData;
  /** Text of the route, to notice changes. */
  text: string;
  publish: readonly MessageQueue[];
  subscribe: readonly MessageQueue[];
}

const decoder = new TextDecoder();

export class RouteTable {
  readonly #nameServers: NameServers;
  readonly #log: Log;
  readonly #failures: FailureLog;
  readonly #serializeType: SerializeType;
  readonly #topics = new Map<string, TopicState>();
  readonly #brokers = new Map<string, BrokerData>();
  readonly #loading = new Map<string, Promise<void>>();
  /** Uses of each topic, also of those without a route yet. */
  readonly #used = new Map<string, Set<TopicUse>>();
  #template: TemplateTopic = { topic: SystemTopic.AUTO_CREATE_TOPIC_KEY_TOPIC, queueNums: 4 };
  #onChange: () => void = () => {};
  #generation = 0;

  constructor(nameServers: NameServers, logs: RouteLogs, serializeType: SerializeType) {
    this.#nameServers = nameServers;
    this.#log = logs.log;
    this.#failures = logs.failures;
    this.#serializeType = serializeType;
  }

  /** Counts the answers taken in: equal numbers mean equal routes. */
  get generation(): number {
    return this.#generation;
  }

  set template(template: TemplateTopic) {
    this.#template = template;
  }

  /** Called after a refresh that changed a route. */
  set onChange(listener: () => void) {
    this.#onChange = listener;
  }

  /** Queues to write to. Errors: NO_ROUTE in words; CONNECT_FAILED when no name server answers. */
  async publishQueues(topic: string, options: InvokeOptions): Promise<readonly MessageQueue[]> {
    return this.#queues(topic, 'publish', options);
  }

  /** Queues to read from, sorted. Errors as `publishQueues`. */
  async subscribeQueues(topic: string, options: InvokeOptions): Promise<readonly MessageQueue[]> {
    return this.#queues(topic, 'subscribe', options);
  }

  async #queues(
    topic: string,
    use: TopicUse,
    options: InvokeOptions,
  ): Promise<readonly MessageQueue[]> {
    const uses = this.#used.get(topic) ?? new Set<TopicUse>();
    this.#used.set(topic, uses.add(use));
    const known = this.#topics.get(topic)?.[use];
    if (known !== undefined && known.length > 0) return known;
    await abortable(this.#load(topic, options), options.signal);
    const queues = this.#topics.get(topic)?.[use];
    if (queues !== undefined && queues.length > 0) return queues;
    throw explainNoQueues(topic, use, this.#topics.get(topic)?.route, this.#nameServers);
  }

  /** Asks for every topic in use again. Failures are logged, the old routes stay. */
  async refresh(options: InvokeOptions): Promise<void> {
    let changed = false;
    for (const topic of this.#used.keys()) {
      const before = this.#topics.get(topic)?.text;
      try {
        await this.#load(topic, options);
      } catch (error) {
        if (!isRetryTopic(topic)) {
          this.#log.debug('route not refreshed', { topic, reason: errorText(error) });
        }
      }
      if (this.#topics.get(topic)?.text !== before) changed = true;
    }
    if (changed) this.#onChange();
  }

  /** Asks for one topic again, because its brokers do not answer. Failures change nothing. */
  async reload(topic: string, options: InvokeOptions): Promise<void> {
    try {
      await abortable(this.#load(topic, options), options.signal);
    } catch (error) {
      this.#log.debug('route not refreshed', { topic, reason: errorText(error) });
    }
  }

  /** Concurrent loads of one topic share a request. */
  #load(topic: string, options: InvokeOptions): Promise<void> {
    const running = this.#loading.get(topic);
    if (running !== undefined) return running;
    const loading = this.#fetch(topic, { timeoutMs: options.timeoutMs }).finally(() => {
      this.#loading.delete(topic);
    });
    this.#loading.set(topic, loading);
    return loading;
  }

  async #fetch(topic: string, options: InvokeOptions): Promise<void> {
    let route = await this.#request(topic, options);
    const publishes = this.#used.get(topic)?.has('publish') === true;
    if (route === undefined && publishes) {
      const template = await this.#request(this.#template.topic, options);
      if (template !== undefined) route = clipToDefaultQueues(template, this.#template.queueNums);
    }
    if (route === undefined) {
      if (this.#topics.has(topic)) {
        const fields = { topic };
        this.#failures.failed(topic, 'name server forgot a topic, its last route is used', fields);
        return;
      }
      throw await explainUnknownTopic(
        { topic, use: publishes ? 'publish' : 'subscribe', template: this.#template.topic },
        this.#nameServers,
        options,
      );
    }
    this.#failures.worked(topic, 'name server knows a topic again', { topic });
    this.#generation += 1;
    // Deleted first, so that the freshest route comes last and its addresses hold.
    this.#topics.delete(topic);
    this.#topics.set(topic, {
      route,
      text: decoder.decode(encodeTopicRouteData(route, true)),
      publish: publishQueues(topic, route),
      subscribe: subscribeQueues(topic, route),
    });
    this.#brokers.clear();
    for (const state of this.#topics.values()) {
      for (const broker of state.route.brokerDatas) this.#brokers.set(broker.brokerName, broker);
    }
  }

  /** Undefined: the name server does not know the topic. */
  async #request(topic: string, options: InvokeOptions): Promise<TopicRouteData | undefined> {
    const response = await this.#nameServers.invoke(() => {
      const header = getRouteinfoByTopic.request.encode({ topic, acceptStandardJsonOnly: true });
      const request = createRequest(getRouteinfoByTopic.code, header);
      request.serializeType = this.#serializeType;
      return request;
    }, options);
    if (response.code === ResponseCode.SUCCESS) return decodeTopicRouteData(response.body);
    if (response.code === ResponseCode.TOPIC_NOT_EXIST) return undefined;
    throw new ApogeeError(
      'NO_ROUTE',
      `name server ${this.#nameServers.currentAddress} refuses the route of topic ${topic}: ` +
        `${response.remark ?? `code ${response.code}`}`,
      { responseCode: response.code },
    );
  }

  /** Address of a replica of a broker; without `brokerId` of its master. */
  brokerAddress(brokerName: string, brokerId: number = MASTER_ID): string | undefined {
    return this.#brokers.get(brokerName)?.brokerAddrs.get(brokerId);
  }

  /** The replica asked for, else a slave, else any: where to read. Source: §4.3. */
  readAddress(brokerName: string, brokerId: number): string | undefined {
    const addresses = this.#brokers.get(brokerName)?.brokerAddrs;
    if (addresses === undefined) return undefined;
    const wanted = addresses.get(brokerId);
    if (wanted !== undefined) return wanted;
    const next = brokerId === MASTER_ID ? undefined : addresses.get(brokerId + 1);
    return next ?? addresses.values().next().value;
  }

  /** Every replica of every broker that a topic in use has. */
  brokers(): BrokerAddress[] {
    return [...this.#brokers.values()].flatMap(({ brokerName, brokerAddrs }) =>
      [...brokerAddrs].map(([brokerId, address]) => ({ brokerName, brokerId, address })),
    );
  }

  /** Masters, else any replica, of the brokers that have queues of `topic`. */
  brokersOf(topic: string): { readonly brokerName: string; readonly address: string }[] {
    const brokers = this.#topics.get(topic)?.route.brokerDatas ?? [];
    return brokers.flatMap(({ brokerName, brokerAddrs }) => {
      const address = brokerAddrs.get(MASTER_ID) ?? brokerAddrs.values().next().value;
      return address === undefined ? [] : [{ brokerName, address }];
    });
  }
}
