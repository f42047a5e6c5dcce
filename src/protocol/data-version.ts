// SPDX-License-Identifier: Apache-2.0
/** Version of a table that a broker registers or persists. Source: DataVersion; namesrv §4.6. */
import { int64Field, isObject } from './json-fields.ts';
import type { JavaJson, JavaJsonBean } from './json-value.ts';

export interface DataVersion {
  /** The master's epoch where a controller runs, else 0. */
  readonly stateVersion: number;
  /** Wall clock of the change, ms. */
  readonly timestamp: number;
  readonly counter: number;
}

export const ZERO_DATA_VERSION: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 };

export function initialDataVersion(nowMs: number): DataVersion {
  return { stateVersion: 0, timestamp: nowMs, counter: 0 };
}

export function nextDataVersion(
  version: DataVersion,
  nowMs: number,
  stateVersion = 0,
): DataVersion {
  return { stateVersion, timestamp: nowMs, counter: version.counter + 1 };
}

export function equalDataVersions(left: DataVersion, right: DataVersion): boolean {
  return (
    left.stateVersion === right.stateVersion &&
    left.timestamp === right.timestamp &&
    left.counter === right.counter
  );
}

/** Negative when `left` is older: by stateVersion, then counter, then timestamp. */
export function compareDataVersions(left: DataVersion, right: DataVersion): number {
  return (
    left.stateVersion - right.stateVersion ||
    left.counter - right.counter ||
    left.timestamp - right.timestamp
  );
}

export function dataVersionToJson(version: DataVersion): JavaJsonBean {
  return {
    counter: version.counter,
    stateVersion: version.stateVersion,
    timestamp: version.timestamp,
  };
}

/** Absent members are 0, a value that is no object is all 0. Errors: BODY_INVALID. */
export function dataVersionFromJson(value: JavaJson | undefined): DataVersion {
  if (!isObject(value)) return ZERO_DATA_VERSION;
  return {
    stateVersion: int64Field(value, 'stateVersion', 0),
    timestamp: int64Field(value, 'timestamp', 0),
    counter: int64Field(value, 'counter', 0),
  };
}
