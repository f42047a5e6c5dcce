// SPDX-License-Identifier: Apache-2.0
/**
 * Pages of a table sorted by name, for answers 21 and 201. A requester that saw another version
 * starts over. Source: TopicConfigManager.subTopicConfigTable; admin §3.3.
 */
import {
  type DataVersion,
  dataVersionFromJson,
  equalDataVersions,
} from '../../protocol/data-version.ts';
import { parseJavaJson } from '../../protocol/java-json.ts';

export interface PageRequest {
  /** First row wanted; undefined together with `count`: the whole table. */
  readonly from: number | undefined;
  readonly count: number | undefined;
  /** JSON of the version that the earlier pages had. */
  readonly dataVersion: string | undefined;
}

export function tablePage<T>(
  table: ReadonlyMap<string, T>,
  version: DataVersion,
  request: PageRequest,
  maxRows: number,
): ReadonlyMap<string, T> {
  const { from, count, dataVersion } = request;
  if (from === undefined || count === undefined) return table;
  const isSameVersion =
    !!dataVersion && equalDataVersions(dataVersionFromJson(parseJavaJson(dataVersion)), version);
  const start = isSameVersion ? Math.max(0, from) : 0;
  const names = [...table.keys()].sort();
  const page = new Map<string, T>();
  for (const name of names.slice(start, start + Math.max(0, Math.min(count, maxRows)))) {
    const row = table.get(name);
    if (row !== undefined) page.set(name, row);
  }
  return page;
}
