// SPDX-License-Identifier: Apache-2.0
/**
 * The configuration keys this broker acts on, with Apache's names, units and defaults
 * (BrokerConfig, BrokerIdentity, MessageStoreConfig of 5.5.0) and ours. Read from files elsewhere.
 */

export interface BrokerConfig {
  readonly brokerClusterName: string;
  readonly brokerName: string;
  /** 0 = master. */
  readonly brokerId: number;
  /** Address that clients are told. Undefined: chosen by `brokerHost`. */
  readonly brokerIP1: string | undefined;
  /** Address that slaves are told. Undefined: as brokerIP1. */
  readonly brokerIP2: string | undefined;
  readonly listenPort: number;
  readonly haListenPort: number;
  /** `host:port;host:port`; undefined: the broker registers nowhere. */
  readonly namesrvAddr: string | undefined;
  readonly storePathRootDir: string;

  readonly autoCreateTopicEnable: boolean;
  readonly autoCreateSubscriptionGroup: boolean;
  readonly enableCreateSysGroup: boolean;
  readonly defaultTopicQueueNums: number;
  readonly clusterTopicEnable: boolean;
  readonly brokerTopicEnable: boolean;
  readonly traceTopicEnable: boolean;
  readonly msgTraceTopicName: string;
  readonly reviveQueueNum: number;
  readonly timerWheelEnable: boolean;
  readonly validateSystemTopicWhenUpdateTopic: boolean;
  readonly enableMixedMessageType: boolean;
  /** Largest page of answers 21 and 201, rows. */
  readonly splitMetadataSize: number;
  readonly enableSplitMetadata: boolean;

  /** Bits of `Perm`. */
  readonly brokerPermission: number;
  readonly rejectTransactionMessage: boolean;
  readonly rejectPullConsumerEnable: boolean;
  readonly litePullMessageEnable: boolean;
  readonly longPollingEnable: boolean;
  /** ms */
  readonly shortPollingTimeMills: number;
  readonly slaveReadEnable: boolean;
  readonly enablePropertyFilter: boolean;
  /** Wall clock before which sends are refused, ms. */
  readonly startAcceptSendRequestTimeStamp: number;
  /** bytes */
  readonly maxMessageSize: number;
  readonly maxMsgsNumBatch: number;
  readonly defaultQueryMaxNum: number;
  readonly regionId: string;
  readonly traceOn: boolean;

  /** ms */
  readonly flushConsumerOffsetInterval: number;
  /** ms without heartbeat after which a client is dropped. */
  readonly channelExpiredTimeout: number;
  /** ms between registrations, clamped to 10 s .. 60 s. */
  readonly registerNameServerPeriod: number;
  /** ms */
  readonly registerBrokerTimeoutMills: number;

  /** Ours: port of the WebSocket listener, undefined = none. */
  readonly webSocketListenPort: number | undefined;
  /** Ours: where pulls run that would touch the disk. */
  readonly pullExecution: 'auto' | 'pool' | 'inline';
}

export const defaultBrokerConfig: BrokerConfig = {
  brokerClusterName: 'DefaultCluster',
  brokerName: 'DEFAULT_BROKER',
  brokerId: 0,
  brokerIP1: undefined,
  brokerIP2: undefined,
  listenPort: 10911,
  haListenPort: 10912,
  namesrvAddr: undefined,
  storePathRootDir: 'store',
  autoCreateTopicEnable: true,
  autoCreateSubscriptionGroup: true,
  enableCreateSysGroup: true,
  defaultTopicQueueNums: 8,
  clusterTopicEnable: true,
  brokerTopicEnable: true,
  traceTopicEnable: false,
  msgTraceTopicName: 'RMQ_SYS_TRACE_TOPIC',
  reviveQueueNum: 8,
  timerWheelEnable: true,
  validateSystemTopicWhenUpdateTopic: true,
  enableMixedMessageType: false,
  splitMetadataSize: 2000,
  enableSplitMetadata: true,
  brokerPermission: 6,
  rejectTransactionMessage: false,
  rejectPullConsumerEnable: false,
  litePullMessageEnable: true,
  longPollingEnable: true,
  shortPollingTimeMills: 1000,
  slaveReadEnable: false,
  enablePropertyFilter: false,
  startAcceptSendRequestTimeStamp: 0,
  maxMessageSize: 4 * 1024 * 1024,
  maxMsgsNumBatch: 64,
  defaultQueryMaxNum: 32,
  regionId: 'DefaultRegion',
  traceOn: true,
  flushConsumerOffsetInterval: 5000,
  channelExpiredTimeout: 120_000,
  registerNameServerPeriod: 30_000,
  registerBrokerTimeoutMills: 24_000,
  webSocketListenPort: undefined,
  pullExecution: 'auto',
};

/** An address of this machine, as `os.networkInterfaces()` lists them. */
export interface LocalAddress {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Loopback. */
  readonly internal: boolean;
}

/** Host that clients are told: brokerIP1, else the first outer IPv4 address, else loopback. */
export function brokerHost(
  config: Pick<BrokerConfig, 'brokerIP1'>,
  localAddresses: readonly LocalAddress[],
): string {
  if (config.brokerIP1 !== undefined && config.brokerIP1 !== '') return config.brokerIP1;
  const outer = localAddresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return outer?.address ?? '127.0.0.1';
}

/** Addresses of a `;` separated list, in order, without blanks and repeats. */
export function nameServerAddresses(namesrvAddr: string | undefined): string[] {
  const addresses = (namesrvAddr ?? '').split(';').map((address) => address.trim());
  return [...new Set(addresses.filter((address) => address !== ''))];
}
