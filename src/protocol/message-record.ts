// SPDX-License-Identifier: Apache-2.0
/**
 * A stored message as bytes: in the log, in pull answers. Byte table in MESSAGE.md.
 * Source: MessageDecoder, MessageExtEncoder; remoting §3.1.
 */
import { ApogeeError } from '../core/errors.ts';
import { bodyCrc32 } from './crc32.ts';
import { readInt64, writeInt64 } from './int64.ts';
import { ipBytes, ipText } from './ip-address.ts';
import { MessageSysFlag } from './sys-flag.ts';
import type { SocketAddress } from './transport.ts';

/** Topic length in one byte. */
export const MESSAGE_MAGIC_V1 = -626_843_481;
/** Topic length in two bytes: topics above 127 bytes. */
export const MESSAGE_MAGIC_V2 = -626_843_477;
/** Filler at the end of a log file; never in an answer. */
export const BLANK_MAGIC = -875_286_124;

/** Bytes of a V1 record with two IPv4 hosts and without body, topic and properties. */
export const MIN_RECORD_BYTES = 91;

/** Offsets of the fields before the first host, which is 8 or 20 bytes long. */
const AT = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const;

const MAX_V1_TOPIC_BYTES = 127;
const MAX_INT16 = 32_767;

export interface MessageRecord {
  /** Bytes of the whole record. */
  readonly storeSize: number;
  readonly bodyCrc: number;
  readonly queueId: number;
  /** The user's flag. */
  readonly flag: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: SocketAddress;
  readonly storeTimestamp: number;
  readonly storeHost: SocketAddress;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  /** As stored, that is compressed when sysFlag says so. A view of the decoded bytes. */
  readonly body: Uint8Array;
  readonly topic: string;
  /** Encoded properties, see message-properties.ts. */
  readonly properties: string;
}

/** What an encoder takes: size and checksum follow from the rest. */
export type MessageRecordInput = Omit<MessageRecord, 'storeSize' | 'bodyCrc'>;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** All records of a body, in order. Errors: BODY_INVALID naming the byte. */
export function decodeMessageRecords(bytes: Uint8Array): MessageRecord[] {
  const records: MessageRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const record = decodeMessageRecord(bytes, at);
    records.push(record);
    at += record.storeSize;
  }
  return records;
}

/**
 * The record that starts at `start`; the next one starts `storeSize` later.
 * Errors: BODY_INVALID when it is cut, has another magic, or lengths that do not fit.
 */
export function decodeMessageRecord(bytes: Uint8Array, start = 0): MessageRecord {
  const left = bytes.length - start;
  if (left < MIN_RECORD_BYTES) return fail(start, `${left} bytes are too few`);
  const prefix = new DataView(bytes.buffer, bytes.byteOffset + start, left);
  const storeSize = prefix.getInt32(AT.totalSize);
  if (storeSize < MIN_RECORD_BYTES || storeSize > left) {
    return fail(start, `its size ${storeSize} does not fit the ${left} bytes left`);
  }
  const magic = prefix.getInt32(AT.magic);
  if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) {
    return fail(start, `magic 0x${(magic >>> 0).toString(16)} is unknown`);
  }
  const record = bytes.subarray(start, start + storeSize);
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const sysFlag = view.getInt32(AT.sysFlag);
  const bornHostBytes = (sysFlag & MessageSysFlag.BORN_HOST_V6) === 0 ? 4 : 16;
  const storeHostBytes = (sysFlag & MessageSysFlag.STORE_HOST_V6) === 0 ? 4 : 16;
  const storeTimestampAt = AT.bornHost + bornHostBytes + 4;
  const storeHostAt = storeTimestampAt + 8;
  const reconsumeTimesAt = storeHostAt + storeHostBytes + 4;
  const bodyAt = reconsumeTimesAt + 12;
  const body = slice(record, view, bodyAt, 4, start);
  const topic = slice(record, view, body.end, magic === MESSAGE_MAGIC_V1 ? 1 : 2, start);
  const properties = slice(record, view, topic.end, 2, start);
  return {
    storeSize,
    bodyCrc: view.getInt32(AT.bodyCrc),
    queueId: view.getInt32(AT.queueId),
    flag: view.getInt32(AT.flag),
    queueOffset: readInt64(view, AT.queueOffset),
    physicalOffset: readInt64(view, AT.physicalOffset),
    sysFlag,
    bornTimestamp: readInt64(view, AT.bornTimestamp),
    bornHost: readHost(record, view, AT.bornHost, bornHostBytes),
    storeTimestamp: readInt64(view, storeTimestampAt),
    storeHost: readHost(record, view, storeHostAt, storeHostBytes),
    reconsumeTimes: view.getInt32(reconsumeTimesAt),
    preparedTransactionOffset: readInt64(view, reconsumeTimesAt + 4),
    body: body.bytes,
    topic: decoder.decode(topic.bytes),
    properties: decoder.decode(properties.bytes),
  };
}

/** The length-prefixed bytes at `at`. */
function slice(
  record: Uint8Array,
  view: DataView,
  at: number,
  prefixBytes: 1 | 2 | 4,
  start: number,
): { bytes: Uint8Array; end: number } {
  const from = at + prefixBytes;
  if (from > record.length) return fail(start, `it ends before byte ${from}`);
  let length: number;
  if (prefixBytes === 4) length = view.getInt32(at);
  else length = prefixBytes === 1 ? view.getInt8(at) : view.getInt16(at);
  if (length < 0 || from + length > record.length) {
    return fail(start, `a length of ${length} at its byte ${at} does not fit`);
  }
  return { bytes: record.subarray(from, from + length), end: from + length };
}

function readHost(bytes: Uint8Array, view: DataView, at: number, size: number): SocketAddress {
  return { host: ipText(bytes.subarray(at, at + size)), port: view.getInt32(at + size) };
}

function fail(start: number, detail: string): never {
  throw new ApogeeError('BODY_INVALID', `no message record at byte ${start}: ${detail}`);
}

/**
 * The bytes of a message. Version, host bits of sysFlag, size and checksum are set from the parts.
 * Errors: MESSAGE_INVALID for a topic or properties longer than their length fields can say.
 */
export function encodeMessageRecord(message: MessageRecordInput): Uint8Array {
  const topic = encoder.encode(message.topic);
  const properties = encoder.encode(message.properties);
  if (topic.length > MAX_INT16 || properties.length > MAX_INT16) {
    const what = topic.length > MAX_INT16 ? 'topic' : 'properties';
    throw new ApogeeError('MESSAGE_INVALID', `the ${what} of a message exceed ${MAX_INT16} bytes`);
  }
  const bornHost = ipBytes(message.bornHost.host);
  const storeHost = ipBytes(message.storeHost.host);
  const topicPrefixBytes = topic.length > MAX_V1_TOPIC_BYTES ? 2 : 1;
  const variableBytes = bornHost.length - 4 + storeHost.length - 4 + topicPrefixBytes - 1;
  const record = new Uint8Array(
    MIN_RECORD_BYTES + variableBytes + message.body.length + topic.length + properties.length,
  );
  const view = new DataView(record.buffer);
  view.setInt32(AT.totalSize, record.length);
  view.setInt32(AT.magic, topicPrefixBytes === 1 ? MESSAGE_MAGIC_V1 : MESSAGE_MAGIC_V2);
  view.setInt32(AT.bodyCrc, bodyCrc32(message.body));
  view.setInt32(AT.queueId, message.queueId);
  view.setInt32(AT.flag, message.flag);
  writeInt64(view, AT.queueOffset, message.queueOffset);
  writeInt64(view, AT.physicalOffset, message.physicalOffset);
  view.setInt32(AT.sysFlag, sysFlagWithHosts(message.sysFlag, bornHost, storeHost));
  writeInt64(view, AT.bornTimestamp, message.bornTimestamp);
  record.set(bornHost, AT.bornHost);
  let at = AT.bornHost + bornHost.length;
  view.setInt32(at, message.bornHost.port);
  writeInt64(view, at + 4, message.storeTimestamp);
  record.set(storeHost, at + 12);
  at += 12 + storeHost.length;
  view.setInt32(at, message.storeHost.port);
  view.setInt32(at + 4, message.reconsumeTimes);
  writeInt64(view, at + 8, message.preparedTransactionOffset);
  view.setInt32(at + 16, message.body.length);
  record.set(message.body, at + 20);
  at += 20 + message.body.length;
  if (topicPrefixBytes === 1) view.setInt8(at, topic.length);
  else view.setInt16(at, topic.length);
  at += topicPrefixBytes;
  record.set(topic, at);
  view.setInt16(at + topic.length, properties.length);
  record.set(properties, at + topic.length + 2);
  return record;
}

function sysFlagWithHosts(sysFlag: number, born: Uint8Array, store: Uint8Array): number {
  const { BORN_HOST_V6, STORE_HOST_V6 } = MessageSysFlag;
  return (
    (sysFlag & ~(BORN_HOST_V6 | STORE_HOST_V6)) |
    (born.length === 16 ? BORN_HOST_V6 : 0) |
    (store.length === 16 ? STORE_HOST_V6 : 0)
  );
}
