// SPDX-License-Identifier: Apache-2.0
/**
 * A consumer group on one broker, and the table of all. Source: SubscriptionGroupConfig,
 * SubscriptionGroupWrapper; remoting §2.9, admin §5.2.
 */
import { type DataVersion, dataVersionFromJson, dataVersionToJson } from './data-version.ts';
import { encodeJsonBody } from './java-json.ts';
import {
  arrayField,
  booleanField,
  entriesField,
  int32Field,
  int64Field,
  isObject,
  objectOf,
  parseJsonBody,
  requiredText,
} from './json-fields.ts';
import type { JavaJson, JavaJsonBean, JavaJsonInput } from './json-value.ts';
import { attributesFromJson } from './topic-config.ts';

export interface SubscriptionGroupConfig {
  readonly groupName: string;
  readonly consumeEnable: boolean;
  readonly consumeFromMinEnable: boolean;
  readonly consumeBroadcastEnable: boolean;
  readonly consumeMessageOrderly: boolean;
  /** Queues of `%RETRY%<group>`. */
  readonly retryQueueNums: number;
  readonly retryMaxTimes: number;
  /** Carried as it came: the retry delays of POP consumers. */
  readonly groupRetryPolicy: JavaJson;
  /** Broker id to pull from, 0 = master. */
  readonly brokerId: number;
  readonly whichBrokerWhenConsumeSlowly: number;
  readonly notifyConsumerIdsChangedEnable: boolean;
  readonly groupSysFlag: number;
  readonly consumeTimeoutMinute: number;
  /** Carried as they came; undefined where Apache has null. */
  readonly subscriptionDataSet: readonly JavaJson[] | undefined;
  readonly attributes: ReadonlyMap<string, string>;
}

/** The group that automatic creation makes. */
export function newSubscriptionGroupConfig(
  groupName: string,
  parts: Partial<Omit<SubscriptionGroupConfig, 'groupName'>> = {},
): SubscriptionGroupConfig {
  return {
    groupName,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: true,
    consumeMessageOrderly: false,
    retryQueueNums: 1,
    retryMaxTimes: 16,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
    groupSysFlag: 0,
    consumeTimeoutMinute: 15,
    subscriptionDataSet: undefined,
    attributes: new Map(),
    ...parts,
  };
}

export function subscriptionGroupConfigToJson(config: SubscriptionGroupConfig): JavaJsonBean {
  return {
    attributes: config.attributes,
    brokerId: config.brokerId,
    consumeBroadcastEnable: config.consumeBroadcastEnable,
    consumeEnable: config.consumeEnable,
    consumeFromMinEnable: config.consumeFromMinEnable,
    consumeMessageOrderly: config.consumeMessageOrderly,
    consumeTimeoutMinute: config.consumeTimeoutMinute,
    groupName: config.groupName,
    groupRetryPolicy: config.groupRetryPolicy as JavaJsonInput,
    groupSysFlag: config.groupSysFlag,
    notifyConsumerIdsChangedEnable: config.notifyConsumerIdsChangedEnable,
    retryMaxTimes: config.retryMaxTimes,
    retryQueueNums: config.retryQueueNums,
    subscriptionDataSet: config.subscriptionDataSet as JavaJsonInput,
    whichBrokerWhenConsumeSlowly: config.whichBrokerWhenConsumeSlowly,
  };
}

/** `groupName` is taken from the table's key where the value lacks it. Errors: BODY_INVALID. */
export function subscriptionGroupConfigFromJson(
  value: JavaJson | undefined,
  keyName?: string,
): SubscriptionGroupConfig {
  const fields = objectOf(value, 'a subscription group');
  const named = keyName === undefined ? fields : { groupName: keyName, ...fields };
  const preset = newSubscriptionGroupConfig(
    requiredText(named, 'groupName', 'a subscription group'),
  );
  const flag = (key: 'consumeEnable' | 'consumeFromMinEnable' | 'consumeBroadcastEnable') =>
    booleanField(fields, key, preset[key]);
  return {
    groupName: preset.groupName,
    consumeEnable: flag('consumeEnable'),
    consumeFromMinEnable: flag('consumeFromMinEnable'),
    consumeBroadcastEnable: flag('consumeBroadcastEnable'),
    consumeMessageOrderly: booleanField(fields, 'consumeMessageOrderly', false),
    retryQueueNums: int32Field(fields, 'retryQueueNums', preset.retryQueueNums),
    retryMaxTimes: int32Field(fields, 'retryMaxTimes', preset.retryMaxTimes),
    groupRetryPolicy: fields['groupRetryPolicy'] ?? preset.groupRetryPolicy,
    brokerId: int64Field(fields, 'brokerId', preset.brokerId),
    whichBrokerWhenConsumeSlowly: int64Field(
      fields,
      'whichBrokerWhenConsumeSlowly',
      preset.whichBrokerWhenConsumeSlowly,
    ),
    notifyConsumerIdsChangedEnable: booleanField(fields, 'notifyConsumerIdsChangedEnable', true),
    groupSysFlag: int32Field(fields, 'groupSysFlag', 0),
    consumeTimeoutMinute: int32Field(fields, 'consumeTimeoutMinute', preset.consumeTimeoutMinute),
    subscriptionDataSet: Array.isArray(fields['subscriptionDataSet'])
      ? arrayField(fields, 'subscriptionDataSet')
      : undefined,
    attributes: attributesFromJson(entriesField(fields, 'attributes')),
  };
}

export function encodeSubscriptionGroupConfig(config: SubscriptionGroupConfig): Uint8Array {
  return encodeJsonBody(subscriptionGroupConfigToJson(config));
}

/** Errors: BODY_INVALID. */
export function decodeSubscriptionGroupConfig(
  body: Uint8Array | undefined,
): SubscriptionGroupConfig {
  return subscriptionGroupConfigFromJson(parseJsonBody(body, 'a subscription group'));
}

/** Every group of a broker: answer 201. */
export interface SubscriptionGroupTable {
  readonly dataVersion: DataVersion;
  /** Group → topic → forbidden bits. */
  readonly forbiddenTable: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly subscriptionGroupTable: ReadonlyMap<string, SubscriptionGroupConfig>;
}

export function encodeSubscriptionGroupTable(table: SubscriptionGroupTable): Uint8Array {
  return encodeJsonBody({
    dataVersion: dataVersionToJson(table.dataVersion),
    forbiddenTable: table.forbiddenTable,
    subscriptionGroupTable: new Map(
      [...table.subscriptionGroupTable].map(([name, config]) => [
        name,
        subscriptionGroupConfigToJson(config),
      ]),
    ),
  });
}

/** Errors: BODY_INVALID. */
export function decodeSubscriptionGroupTable(body: Uint8Array | undefined): SubscriptionGroupTable {
  const fields = parseJsonBody(body, 'a subscription group table');
  return {
    dataVersion: dataVersionFromJson(fields['dataVersion']),
    forbiddenTable: new Map(
      entriesField(fields, 'forbiddenTable').map(([group, topics]) => [
        group,
        new Map(isObject(topics) ? Object.entries(topics).map(([k, v]) => [k, Number(v)]) : []),
      ]),
    ),
    subscriptionGroupTable: new Map(
      entriesField(fields, 'subscriptionGroupTable').map(([name, config]) => [
        name,
        subscriptionGroupConfigFromJson(config, name),
      ]),
    ),
  };
}
