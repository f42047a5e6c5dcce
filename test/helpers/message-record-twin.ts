// SPDX-License-Identifier: Apache-2.0
/**
 * A slow, obvious reader of message records: the oracle for src/protocol/message-record.ts.
 * It follows the byte table field by field and knows nothing of the codec's offsets.
 */

export interface TwinRecord {
  readonly totalSize: number;
  readonly magic: number;
  readonly bodyCrc: number;
  readonly queueId: number;
  readonly flag: number;
  readonly queueOffset: bigint;
  readonly physicalOffset: bigint;
  readonly sysFlag: number;
  readonly bornTimestamp: bigint;
  readonly bornAddress: string;
  readonly bornPort: number;
  readonly storeTimestamp: bigint;
  readonly storeAddress: string;
  readonly storePort: number;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: bigint;
  readonly body: Buffer;
  readonly topic: string;
  readonly properties: string;
  /** Bytes read in all. */
  readonly end: number;
}

export function readTwinRecord(bytes: Uint8Array): TwinRecord {
  const buffer = Buffer.from(bytes);
  let at = 0;
  const take = (count: number): Buffer => {
    at += count;
    return buffer.subarray(at - count, at);
  };
  const int8 = (): number => take(1).readInt8();
  const int16 = (): number => take(2).readInt16BE();
  const int32 = (): number => take(4).readInt32BE();
  const int64 = (): bigint => take(8).readBigInt64BE();
  const hex = (count: number): string => take(count).toString('hex');
  const totalSize = int32();
  const magic = int32();
  const isV2 = magic === 0xdaa320ab - 0x1_0000_0000;
  const bodyCrc = int32();
  const queueId = int32();
  const flag = int32();
  const queueOffset = int64();
  const physicalOffset = int64();
  const sysFlag = int32();
  const bornTimestamp = int64();
  const bornAddress = hex(sysFlag & 0x10 ? 16 : 4);
  const bornPort = int32();
  const storeTimestamp = int64();
  const storeAddress = hex(sysFlag & 0x20 ? 16 : 4);
  const storePort = int32();
  const reconsumeTimes = int32();
  const preparedTransactionOffset = int64();
  const body = take(int32());
  const topic = take(isV2 ? int16() : int8()).toString();
  const properties = take(int16()).toString();
  return {
    totalSize,
    magic,
    bodyCrc,
    queueId,
    flag,
    queueOffset,
    physicalOffset,
    sysFlag,
    bornTimestamp,
    bornAddress,
    bornPort,
    storeTimestamp,
    storeAddress,
    storePort,
    reconsumeTimes,
    preparedTransactionOffset,
    body,
    topic,
    properties,
    end: at,
  };
}
