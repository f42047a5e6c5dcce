// SPDX-License-Identifier: Apache-2.0
/** Every topic of a broker: answer 21. Source: TopicConfigAndMappingSerializeWrapper. */
import { type DataVersion, dataVersionFromJson, dataVersionToJson } from './data-version.ts';
import { encodeJsonBody } from './java-json.ts';
import { entriesField, parseJsonBody } from './json-fields.ts';
import { type TopicConfig, topicConfigFromJson, topicConfigToJson } from './topic-config.ts';

export interface TopicConfigTable {
  readonly dataVersion: DataVersion;
  readonly topicConfigTable: ReadonlyMap<string, TopicConfig>;
}

export function encodeTopicConfigTable(table: TopicConfigTable): Uint8Array {
  return encodeJsonBody({
    dataVersion: dataVersionToJson(table.dataVersion),
    mappingDataVersion: dataVersionToJson(table.dataVersion),
    topicConfigTable: new Map(
      [...table.topicConfigTable].map(([name, config]) => [name, topicConfigToJson(config)]),
    ),
    topicQueueMappingDetailMap: {},
    topicQueueMappingInfoMap: {},
  });
}

/** Errors: BODY_INVALID. */
export function decodeTopicConfigTable(body: Uint8Array | undefined): TopicConfigTable {
  const fields = parseJsonBody(body, 'a topic table');
  return {
    dataVersion: dataVersionFromJson(fields['dataVersion']),
    topicConfigTable: new Map(
      entriesField(fields, 'topicConfigTable').map(([name, config]) => [
        name,
        topicConfigFromJson(config, name),
      ]),
    ),
  };
}
