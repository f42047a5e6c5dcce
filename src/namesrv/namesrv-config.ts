// SPDX-License-Identifier: Apache-2.0
/** Settings the name server acts on, under Apache's names. Source: NamesrvConfig; namesrv §5. */

/**
 * Read at each use, so that an owner who changes the object (code 318) changes the server.
 */
export interface NamesrvConfig {
  readonly kvConfigPath: string;
  /** Attach the order configuration of a topic to its route. */
  readonly orderMessageEnable: boolean;
  /** Answer registrations with all order configurations. */
  readonly returnOrderTopicConfigToBroker: boolean;
  /** Period of the scan for dead brokers, ms. */
  readonly scanNotActiveBrokerInterval: number;
  /** Unregistrations that may wait to be done. */
  readonly unRegisterBrokerQueueCapacity: number;
  /** Show the smallest slave of a group without master as master, for reading. */
  readonly supportActingMaster: boolean;
  readonly enableAllTopicList: boolean;
  readonly enableTopicList: boolean;
  /** Tell the members of a group when their smallest broker id changes (code 905). */
  readonly notifyMinBrokerIdChanged: boolean;
  /** Refuse route questions in the first `waitSecondsForService` after start. */
  readonly needWaitForService: boolean;
  readonly waitSecondsForService: number;
  /** A registration also removes the topics it does not name. */
  readonly deleteTopicWithBrokerRegistration: boolean;
  /** Further keys that code 318 must not change, separated by `;`. */
  readonly configBlackList: string;
}

export const defaultNamesrvConfig: NamesrvConfig = {
  kvConfigPath: 'namesrv/kvConfig.json',
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
  configBlackList: 'configBlackList;configStorePath;kvConfigPath',
};

/** A broker that names no time of its own is dead after this long without a sign of life. */
export const DEFAULT_BROKER_EXPIRY_MS = 120_000;

/** The scan for dead brokers first runs this long after start. */
export const FIRST_SCAN_DELAY_MS = 5000;

/** All settings as text, for codes 318 and 319; owned by the composition root. */
export interface ConfigText {
  /** `key=value` lines, sorted. */
  render(): string;
  /** Unknown keys are ignored. Errors: CONFIG_VALUE, nothing is changed then. */
  apply(changes: ReadonlyMap<string, string>): void | Promise<void>;
}

/** Small text files, injected. */
export interface TextFiles {
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Replaces the file's content as a whole (temporary file, fsync, rename). */
  replace(path: string, text: string): Promise<void>;
}
