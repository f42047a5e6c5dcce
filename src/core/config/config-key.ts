// SPDX-License-Identifier: Apache-2.0
/** What the catalogue knows of one configuration key. */

/** Name, type and default as Apache's class has them; `null` stands for "not set". */
export type KeyRow = readonly [name: string, type: string, defaultText: string];

/** Configuration classes of Apache, and ours (`ApogeeConfig`). */
export type ConfigOwner =
  | 'ApogeeConfig'
  | 'AuthConfig'
  | 'BrokerConfig'
  | 'BrokerIdentity'
  | 'ControllerConfig'
  | 'JraftConfig'
  | 'MessageStoreConfig'
  | 'NamesrvConfig'
  | 'NettyClientConfig'
  | 'NettyServerConfig'
  | 'ProxyConfig'
  | 'TieredStoreConfig';

export interface ConfigKey {
  readonly name: string;
  readonly owner: ConfigOwner;
  /** int, long, double, boolean, String, or the name of an enum in `enumValues`. */
  readonly type: string;
  /** Undefined: not set unless somebody sets it. */
  readonly defaultText: string | undefined;
}

/** Constants of the enums that keys may hold. Source: the enums of the same name. */
export const enumValues: Readonly<Record<string, readonly string[]>> = {
  BrokerRole: ['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE'],
  FlushDiskType: ['ASYNC_FLUSH', 'SYNC_FLUSH'],
  MessageRequestMode: ['PULL', 'POP'],
  MetricsExporterType: ['DISABLE', 'OTLP_GRPC', 'PROM', 'LOG'],
  TieredStorageLevel: ['DISABLE', 'NOT_IN_DISK', 'NOT_IN_MEM', 'FORCE'],
  PullExecution: ['auto', 'pool', 'inline'],
  WebSocketEngine: ['auto', 'uws', 'ws'],
  LogFormat: ['auto', 'pretty', 'json'],
  LogLevel: ['debug', 'info', 'warn', 'error'],
};

/** Inclusive bounds narrower than the type's. */
export const ranges: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  listenPort: [0, 65535],
  haListenPort: [0, 65535],
  webSocketListenPort: [0, 65535],
  httpListenPort: [0, 65535],
  brokerId: [0, Number.MAX_SAFE_INTEGER],
  brokerPermission: [0, 15],
  defaultTopicQueueNums: [1, 65535],
  mappedFileSizeCommitLog: [4096, 2147483647],
  mappedFileSizeConsumeQueue: [20, 2147483647],
  maxHashSlotNum: [1, 2147483647],
  maxIndexNum: [2, 2147483647],
  maxMessageSize: [10, 16 * 1024 * 1024 - 65536],
  accessMessageInMemoryMaxRatio: [0, 100],
  diskMaxUsedSpaceRatio: [0, 100],
  fileReservedTime: [0, 2147483647],
  flushIntervalCommitLog: [1, 2147483647],
  syncFlushTimeout: [1, 2147483647],
  registerNameServerPeriod: [1, 2147483647],
  scanNotActiveBrokerInterval: [1, Number.MAX_SAFE_INTEGER],
  serverChannelMaxIdleTimeSeconds: [1, 2147483],
};
