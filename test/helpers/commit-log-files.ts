// SPDX-License-Identifier: Apache-2.0
/** The records of a commit log, read from its files by the obvious way. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readTwinRecord, type TwinRecord } from './message-record-twin.ts';

const MESSAGE_MAGICS: readonly number[] = [0xdaa320a7 | 0, 0xdaa320ab | 0];

export interface LoggedRecord {
  readonly record: TwinRecord;
  readonly bytes: Buffer;
}

/** `folder` holds the files; what lies behind the last record is ignored. */
export function readCommitLog(folder: string): LoggedRecord[] {
  const records: LoggedRecord[] = [];
  for (const name of readdirSync(folder).sort()) {
    const file = readFileSync(path.join(folder, name));
    let at = 0;
    while (at + 8 <= file.length && MESSAGE_MAGICS.includes(file.readInt32BE(at + 4))) {
      const bytes = file.subarray(at, at + file.readInt32BE(at));
      records.push({ record: readTwinRecord(bytes), bytes });
      at += bytes.length;
    }
  }
  return records;
}
