// SPDX-License-Identifier: Apache-2.0
/**
 * Sends the golden requests and describes the answers, with what differs from run to run masked:
 * times, addresses, physical offsets and ids made of them. Encodes and decodes frames by itself,
 * so that our codec is no judge of its own answers.
 */

import type { SerializeType } from '../helpers/java.ts';
import { readTwinRecord } from '../helpers/message-record-twin.ts';
import { RemotingSocket } from '../helpers/remoting-socket.ts';
import { type GoldenRequest, goldenRequests } from './golden-requests.ts';

export interface GoldenHeader {
  readonly code: number;
  readonly language: string | number;
  readonly version: number;
  readonly flag: number;
  readonly remark: string | null;
  /** In the order of the wire. */
  readonly ext: readonly (readonly [string, string])[];
  /** Names of the members of a JSON header, in the order of the wire. */
  readonly members?: readonly string[];
}

export interface GoldenAnswer {
  readonly name: string;
  /** The request's header as sent: text of JSON, or hex. */
  readonly request: string;
  /** The answer's header as it came: text of JSON, or hex. */
  readonly raw: string;
  readonly header: GoldenHeader;
  readonly body: readonly string[];
}

const MASK = '#';
const maskedExt: ReadonlySet<string> = new Set(['msgId', 'timestamp']);
const REQUEST_VERSION = 513;

export async function exchange(
  brokerAddr: string,
  namesrvAddr: string,
  type: SerializeType,
): Promise<GoldenAnswer[]> {
  const sockets = {
    broker: await RemotingSocket.open(brokerAddr),
    namesrv: await RemotingSocket.open(namesrvAddr),
  };
  const answers: GoldenAnswer[] = [];
  const messageIds = new Map<string, string>();
  const earlier = {
    physicalOffset: (name: string) =>
      BigInt(`0x${messageIds.get(name)?.split(',')[0]?.slice(-16) ?? ''}`).toString(),
  };
  try {
    for (const [index, request] of goldenRequests.entries()) {
      const header = encodeHeader(request, index + 1, request.ext(earlier), type);
      const frame = await askFor(
        sockets[request.to],
        frameOf(header, request.body, type),
        index + 1,
      );
      const answer = describe(request, header, frame, type);
      const id = answer.id;
      if (id !== undefined) messageIds.set(request.name, id);
      answers.push(answer.shown);
    }
  } finally {
    sockets.broker.close();
    sockets.namesrv.close();
  }
  return answers;
}

/** The server may send requests of its own in between: those are passed over. */
async function askFor(socket: RemotingSocket, frame: Buffer, opaque: number): Promise<Buffer> {
  socket.write(frame);
  for (;;) {
    const answer = await socket.read();
    const { header, opaque: answered } = decodeHeader(answer);
    if ((header.flag & 1) === 1 && answered === opaque) return answer;
  }
}

function encodeHeader(
  request: GoldenRequest,
  opaque: number,
  ext: Readonly<Record<string, string>>,
  type: SerializeType,
): Buffer {
  const { code } = request;
  if (type === 'JSON') {
    const fields = { code, extFields: ext, flag: 0, language: 'JAVA', opaque };
    return Buffer.from(JSON.stringify({ ...fields, version: REQUEST_VERSION }));
  }
  const entries = Object.entries(ext).map(([name, value]) => {
    const [key, text] = [Buffer.from(name), Buffer.from(value)];
    const lengths = [Buffer.alloc(2), Buffer.alloc(4)] as const;
    lengths[0].writeInt16BE(key.length);
    lengths[1].writeInt32BE(text.length);
    return Buffer.concat([lengths[0], key, lengths[1], text]);
  });
  const fields = Buffer.concat(entries);
  const head = Buffer.alloc(21);
  head.writeInt16BE(code, 0);
  head.writeInt16BE(REQUEST_VERSION, 3);
  head.writeInt32BE(opaque, 5);
  head.writeInt32BE(fields.length, 17);
  return Buffer.concat([head, fields]);
}

function frameOf(header: Buffer, body: Buffer | undefined, type: SerializeType): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + header.length + (body?.length ?? 0), 0);
  prefix.writeInt32BE(header.length, 4);
  prefix.writeInt8(type === 'JSON' ? 0 : 1, 4);
  return Buffer.concat([prefix, header, ...(body === undefined ? [] : [body])]);
}

function headerBytes(frame: Buffer): Buffer {
  return frame.subarray(8, 8 + (frame.readInt32BE(4) & 0xffffff));
}

function decodeHeader(frame: Buffer): { header: GoldenHeader; opaque: number } {
  const bytes = headerBytes(frame);
  return frame.readInt8(4) === 0 ? decodeJson(bytes) : decodeBinary(bytes);
}

interface JsonHeader {
  readonly code: number;
  readonly language: string;
  readonly version: number;
  readonly flag: number;
  readonly opaque: number;
  readonly remark?: string;
  readonly extFields?: Readonly<Record<string, string>>;
}

function decodeJson(bytes: Buffer): { header: GoldenHeader; opaque: number } {
  const json = JSON.parse(bytes.toString()) as JsonHeader;
  const { code, language, version, flag, opaque } = json;
  const ext = Object.entries(json.extFields ?? {});
  const members = Object.keys(json);
  return {
    header: { code, language, version, flag, remark: json.remark ?? null, ext, members },
    opaque,
  };
}

function decodeBinary(bytes: Buffer): { header: GoldenHeader; opaque: number } {
  const remarkEnd = 17 + bytes.readInt32BE(13);
  const ext: [string, string][] = [];
  let at = remarkEnd + 4;
  const end = at + bytes.readInt32BE(remarkEnd);
  while (at < end) {
    const keyEnd = at + 2 + bytes.readInt16BE(at);
    const valueEnd = keyEnd + 4 + bytes.readInt32BE(keyEnd);
    ext.push([
      bytes.toString('utf8', at + 2, keyEnd),
      bytes.toString('utf8', keyEnd + 4, valueEnd),
    ]);
    at = valueEnd;
  }
  return {
    header: {
      code: bytes.readInt16BE(0),
      language: bytes.readInt8(2),
      version: bytes.readInt16BE(3),
      flag: bytes.readInt32BE(9),
      remark: bytes.toString('utf8', 17, remarkEnd) || null,
      ext,
    },
    opaque: bytes.readInt32BE(5),
  };
}

function describe(request: GoldenRequest, sent: Buffer, frame: Buffer, type: SerializeType) {
  const { header } = decodeHeader(frame);
  const text = (bytes: Buffer) => (type === 'JSON' ? bytes.toString() : bytes.toString('hex'));
  const raw = headerBytes(frame);
  const body = frame.subarray(8 + raw.length);
  const ext = header.ext.map(([name, value]): readonly [string, string] => [
    name,
    maskedExt.has(name) ? MASK : value,
  ]);
  const remark = header.remark === null ? null : maskText(header.remark);
  const shown: GoldenAnswer = {
    name: request.name,
    request: text(sent),
    raw: text(raw),
    header: { ...header, remark, ext },
    body: describeBody(request, body),
  };
  return { shown, id: new Map(header.ext).get('msgId') };
}

function describeBody(request: GoldenRequest, body: Buffer): string[] {
  if (body.length === 0) return [];
  if (request.answerBody === 'json') return [maskText(body.toString())];
  if (request.answerBody === 'none') return [`${body.length} bytes: ${body.toString('hex')}`];
  const records: string[] = [];
  for (let at = 0; at < body.length; at += body.readInt32BE(at)) {
    records.push(maskedRecord(body.subarray(at, at + body.readInt32BE(at))));
  }
  return records;
}

/** Addresses and moments. */
function maskText(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1(:\d+)?/g, MASK)
    .replaceAll(/\b1[789]\d{11}\b/g, MASK)
    .replaceAll(/store size \d+/g, `store size ${MASK}`);
}

/** Hex of a record whose physical offset, born host, store time and store host are zero. */
export function maskedRecord(record: Uint8Array): string {
  const masked = Buffer.from(record);
  const { sysFlag } = readTwinRecord(masked);
  const bornHost = 48;
  const storeTime = bornHost + (sysFlag & 0x10 ? 20 : 8);
  const storeHost = storeTime + 8;
  masked.fill(0, 28, 36);
  masked.fill(0, bornHost, storeTime);
  masked.fill(0, storeTime, storeHost);
  masked.fill(0, storeHost, storeHost + (sysFlag & 0x20 ? 20 : 8));
  return masked.toString('hex');
}
