// SPDX-License-Identifier: Apache-2.0
/** Keys of NamesrvConfig that the name server reads while it runs. */
import type { Settings } from '../core/config/settings.ts';

export interface NamesrvConfig {
  readonly orderMessageEnable: boolean;
  readonly returnOrderTopicConfigToBroker: boolean;
  /** ms between looks for dead brokers. */
  readonly scanNotActiveBrokerInterval: number;
  readonly unRegisterBrokerQueueCapacity: number;
  readonly supportActingMaster: boolean;
  readonly enableAllTopicList: boolean;
  readonly enableTopicList: boolean;
  readonly notifyMinBrokerIdChanged: boolean;
  readonly needWaitForService: boolean;
  readonly waitSecondsForService: number;
  readonly deleteTopicWithBrokerRegistration: boolean;
  readonly kvConfigPath: string;
  /** Keys that code 318 may not change, separated by `;`. */
  readonly configBlackList: string;
}

/** A view of `settings` that follows changes made by code 318. */
export function namesrvConfigOf(settings: Settings): NamesrvConfig {
  const config = {} as Record<string, unknown>;
  const define = (name: string, get: () => unknown): void => {
    Object.defineProperty(config, name, { get, enumerable: true });
  };
  for (const name of [
    'orderMessageEnable',
    'returnOrderTopicConfigToBroker',
    'supportActingMaster',
    'enableAllTopicList',
    'enableTopicList',
    'notifyMinBrokerIdChanged',
    'needWaitForService',
    'deleteTopicWithBrokerRegistration',
  ]) {
    define(name, () => settings.boolean(name));
  }
  for (const name of [
    'scanNotActiveBrokerInterval',
    'unRegisterBrokerQueueCapacity',
    'waitSecondsForService',
  ]) {
    define(name, () => settings.int(name));
  }
  for (const name of ['kvConfigPath', 'configBlackList']) {
    define(name, () => settings.text(name));
  }
  return config as unknown as NamesrvConfig;
}
