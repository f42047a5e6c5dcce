// SPDX-License-Identifier: Apache-2.0
/**
 * A name server and brokers in memory that speak the protocol just well enough for clients, and
 * that fail on command. Slow and obvious on purpose: it is also the oracle for what a client does.
 */
import { encodeClusterInfo } from '../../src/protocol/cluster-info.ts';
import { RequestCode, ResponseCode } from '../../src/protocol/codes.ts';
import { getRouteinfoByTopic } from '../../src/protocol/commands/get-routeinfo-by-topic.ts';
import { createResponse, type RemotingCommand } from '../../src/protocol/remoting-command.ts';
import {
  type BrokerData,
  encodeTopicRouteData,
  type TopicRouteData,
} from '../../src/protocol/topic-route.ts';
import { MemoryNetwork } from '../../src/transport/memory-transport.ts';
import { FakeBroker } from './fake-broker.ts';
import { FakeServer } from './fake-server.ts';
import { VirtualClock } from './virtual-clock.ts';

export const NAMESRV = '10.0.0.100:9876';

export interface FakeTopic {
  readonly name: string;
  readonly brokers: readonly string[];
  queues: number;
  perm: number;
}

export class FakeCluster {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly namesrv = new FakeServer(this.network, this.clock, NAMESRV);
  readonly brokers = new Map<string, FakeBroker>();
  readonly topics = new Map<string, FakeTopic>();
  autoCreate = true;
  cluster = 'DefaultCluster';

  /** Brokers are called broker-0, broker-1 … at 10.0.0.1:10911, 10.0.0.2:10911 … */
  static async start(brokerCount = 1): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    await cluster.namesrv.serve(
      ({ request }) => cluster.#answer(request),
      () => {},
    );
    for (let index = 0; index < brokerCount; index += 1) {
      const topics = {
        has: (topic: string) => cluster.topics.has(topic),
        create: (topic: string, queues: number) => void cluster.createTopic(topic, queues),
      };
      const address = `10.0.0.${index + 1}:10911`;
      const broker = new FakeBroker(topics, cluster, `broker-${index}`, address);
      cluster.brokers.set(broker.name, broker);
      await broker.start();
    }
    return cluster;
  }

  broker(index = 0): FakeBroker {
    const broker = this.brokers.get(`broker-${index}`);
    if (broker === undefined) throw new RangeError(`no broker ${index}`);
    return broker;
  }

  /** Stops a broker; its connections are gone afterwards. */
  async stopBroker(index = 0): Promise<void> {
    await this.run(this.broker(index).stop());
  }

  /** A topic on every broker. */
  createTopic(name: string, queues = 4, perm = 6): FakeTopic {
    const topic = { name, queues, perm, brokers: [...this.brokers.keys()] };
    this.topics.set(name, topic);
    return topic;
  }

  /** Lets time pass, in steps of `stepMs`, until `work` settles. */
  async run<T>(work: Promise<T>, limitMs = 60_000, stepMs = 10): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    work.then(done, done);
    await this.clock.advance(0);
    for (let passedMs = 0; !settled && passedMs < limitMs; passedMs += stepMs) {
      await this.clock.advance(stepMs);
    }
    if (!settled) throw new Error(`not done after ${limitMs} ms`);
    return await work;
  }

  /** Lets time pass until `condition` holds. */
  async until(condition: () => boolean, limitMs = 60_000): Promise<void> {
    for (let passedMs = 0; !condition(); passedMs += 10) {
      if (passedMs > limitMs) throw new Error(`the condition does not hold after ${limitMs} ms`);
      await this.clock.advance(10);
    }
  }

  async close(): Promise<void> {
    const servers = [...this.brokers.values(), this.namesrv];
    await this.run(Promise.all(servers.map((server) => server.stop())));
  }

  #answer(request: RemotingCommand): RemotingCommand {
    if (request.code === RequestCode.GET_BROKER_CLUSTER_INFO) {
      const brokerAddrTable = new Map(this.#brokerDatas().map((data) => [data.brokerName, data]));
      const names = [...brokerAddrTable.keys()];
      const clusterAddrTable = new Map(names.length === 0 ? [] : [[this.cluster, names]]);
      const body = encodeClusterInfo({ brokerAddrTable, clusterAddrTable });
      return createResponse(request, ResponseCode.SUCCESS, { body });
    }
    const { topic } = getRouteinfoByTopic.request.decode(request.extFields);
    const route = this.#route(topic);
    if (route === undefined) {
      const remark = `No topic route info in name server for the topic: ${topic}`;
      return createResponse(request, ResponseCode.TOPIC_NOT_EXIST, { remark });
    }
    return createResponse(request, ResponseCode.SUCCESS, {
      body: encodeTopicRouteData(route, true),
    });
  }

  #route(name: string): TopicRouteData | undefined {
    const registered = this.#brokerDatas();
    const isTemplate = name === 'TBW102' && this.autoCreate;
    const topic: FakeTopic | undefined = isTemplate
      ? { name, queues: 8, perm: 7, brokers: [...this.brokers.keys()] }
      : this.topics.get(name);
    const brokerDatas = registered.filter((data) => topic?.brokers.includes(data.brokerName));
    if (topic === undefined || brokerDatas.length === 0) return undefined;
    return {
      orderTopicConf: undefined,
      queueDatas: brokerDatas.map(({ brokerName }) => ({
        brokerName,
        readQueueNums: topic.queues,
        writeQueueNums: topic.queues,
        perm: topic.perm,
        topicSysFlag: 0,
      })),
      brokerDatas,
      filterServerTable: new Map(),
      topicQueueMappingByBroker: undefined,
    };
  }

  #brokerDatas(): BrokerData[] {
    return [...this.brokers.values()]
      .filter((broker) => broker.registered)
      .map((broker) => ({
        cluster: this.cluster,
        brokerName: broker.name,
        brokerAddrs: new Map([[broker.brokerId, broker.advertised]]),
        zoneName: undefined,
        enableActingMaster: false,
      }));
  }
}
