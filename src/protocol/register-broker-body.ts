// SPDX-License-Identifier: Apache-2.0
/**
 * What a broker registers: its topics and their version. Three encodings: JSON, a zlib stream of
 * length-prefixed parts, and for senders before V3_0_11 the bare topic table.
 * zlib is injected, because this folder runs in browsers too. The `compressed` header cannot be
 * trusted (Apache's sender sets it wrongly), so the stream is known by its first byte.
 * Source: RegisterBrokerBody; namesrv §4.1, §4.2.
 */
import { ApogeeError } from '../core/errors.ts';
import {
  type DataVersion,
  dataVersionFromJson,
  dataVersionToJson,
  ZERO_DATA_VERSION,
} from './data-version.ts';
import { encodeJsonBody, parseJavaJson, stringifyJavaJson } from './java-json.ts';
import { entriesField, objectField, parseJsonBody, textOf, textsField } from './json-fields.ts';
import type { JavaJson } from './json-value.ts';
import {
  type TopicConfig,
  topicConfigFromJson,
  topicConfigFromLine,
  topicConfigToJson,
  topicConfigToLine,
} from './topic-config.ts';
import {
  type TopicQueueMappingInfo,
  topicQueueMappingFromJson,
  topicQueueMappingToJson,
} from './topic-route.ts';

/** Largest body after inflation: what would fit one frame many times over, yet bounded. */
export const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/** zlib (RFC 1950) inflation; throws when the result would exceed `maxBytes`. */
export type Inflate = (bytes: Uint8Array, maxBytes: number) => Uint8Array;
export type Deflate = (bytes: Uint8Array) => Uint8Array;

export interface RegisterBrokerBody {
  readonly dataVersion: DataVersion;
  readonly topicConfigTable: ReadonlyMap<string, TopicConfig>;
  readonly topicQueueMappingInfoTable: ReadonlyMap<string, TopicQueueMappingInfo>;
  readonly filterServerList: readonly string[];
}

/** Ordinals of MQVersion that change the body's form. */
const V3_0_11 = 37;
const V5_0_0 = 413;

const ZLIB_CMF = 0x78;

export interface RegisterBrokerBodyContext {
  /** Version ordinal of the sender's command. */
  readonly version: number;
  readonly inflate: Inflate;
}

/** An absent body is an empty table of version 0. Errors: BODY_INVALID. */
export function decodeRegisterBrokerBody(
  body: Uint8Array | undefined,
  context: RegisterBrokerBodyContext,
): RegisterBrokerBody {
  if (body === undefined || body.length === 0) return emptyBody;
  if (body[0] === ZLIB_CMF) return decodeCompressed(body, context);
  const fields = parseJsonBody(body, 'a broker registration');
  if (context.version < V3_0_11) return decodeWrapper(fields, []);
  const wrapper = objectField(fields, 'topicConfigSerializeWrapper');
  const filterServers = textsField(fields, 'filterServerList');
  return wrapper === undefined ? emptyBody : decodeWrapper(wrapper, filterServers);
}

const emptyBody: RegisterBrokerBody = {
  dataVersion: ZERO_DATA_VERSION,
  topicConfigTable: new Map(),
  topicQueueMappingInfoTable: new Map(),
  filterServerList: [],
};

function decodeWrapper(
  wrapper: { [key: string]: JavaJson },
  filterServerList: readonly string[],
): RegisterBrokerBody {
  return {
    dataVersion: dataVersionFromJson(wrapper['dataVersion']),
    topicConfigTable: new Map(
      entriesField(wrapper, 'topicConfigTable').map(([name, config]) => [
        name,
        topicConfigFromJson(config, name),
      ]),
    ),
    topicQueueMappingInfoTable: new Map(
      entriesField(wrapper, 'topicQueueMappingInfoMap').map(([name, info]) => [
        name,
        topicQueueMappingFromJson(info),
      ]),
    ),
    filterServerList,
  };
}

function decodeCompressed(
  body: Uint8Array,
  context: RegisterBrokerBodyContext,
): RegisterBrokerBody {
  const parts = new PartReader(inflated(body, context.inflate));
  const dataVersion = dataVersionFromJson(parseJavaJson(parts.text()));
  const topicConfigTable = new Map<string, TopicConfig>();
  for (let left = parts.count(); left > 0; left -= 1) {
    const config = topicConfigFromLine(parts.text());
    topicConfigTable.set(config.topicName, config);
  }
  const servers = parseJavaJson(parts.text());
  const mappings = new Map<string, TopicQueueMappingInfo>();
  if (context.version >= V5_0_0) {
    for (let left = parts.count(); left > 0; left -= 1) {
      const info = topicQueueMappingFromJson(parseJavaJson(parts.text()));
      mappings.set(info.topic, info);
    }
  }
  return {
    dataVersion,
    topicConfigTable,
    topicQueueMappingInfoTable: mappings,
    filterServerList: Array.isArray(servers)
      ? servers.map(textOf).filter((text) => text !== undefined)
      : [],
  };
}

function inflated(body: Uint8Array, inflate: Inflate): Uint8Array {
  try {
    return inflate(body, MAX_INFLATED_BYTES);
  } catch (cause) {
    throw new ApogeeError('BODY_INVALID', 'a compressed registration cannot be inflated', {
      cause,
    });
  }
}

/** Reads int32 counts and int32-length-prefixed texts. */
class PartReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Every counted part has at least its 4 length bytes, so a lying count ends soon. */
  count(): number {
    if (this.#at + 4 > this.#bytes.length) return this.#fail();
    const value = this.#view.getInt32(this.#at);
    this.#at += 4;
    return value < 0 ? this.#fail() : value;
  }

  text(): string {
    const length = this.count();
    if (length > this.#bytes.length - this.#at) return this.#fail();
    this.#at += length;
    return this.#decoder.decode(this.#bytes.subarray(this.#at - length, this.#at));
  }

  #fail(): never {
    throw new ApogeeError('BODY_INVALID', `a compressed registration is cut at byte ${this.#at}`);
  }
}

/** JSON form, as Apache 5 sends it. */
export function encodeRegisterBrokerBody(body: RegisterBrokerBody): Uint8Array {
  return encodeJsonBody({
    filterServerList: body.filterServerList,
    topicConfigSerializeWrapper: {
      dataVersion: dataVersionToJson(body.dataVersion),
      mappingDataVersion: dataVersionToJson(body.dataVersion),
      topicConfigTable: new Map(
        [...body.topicConfigTable].map(([name, config]) => [name, topicConfigToJson(config)]),
      ),
      topicQueueMappingDetailMap: {},
      topicQueueMappingInfoMap: new Map(
        [...body.topicQueueMappingInfoTable].map(([name, info]) => [
          name,
          topicQueueMappingToJson(info),
        ]),
      ),
    },
  });
}

/** Compressed form, with mapping infos as from V5_0_0 on. */
export function encodeCompressedRegisterBrokerBody(
  body: RegisterBrokerBody,
  deflate: Deflate,
): Uint8Array {
  const topics = [...body.topicConfigTable.values()];
  const mappings = [...body.topicQueueMappingInfoTable.values()];
  const texts = (items: readonly string[]): (string | number)[] => [items.length, ...items];
  return deflate(
    encodeParts([
      stringifyJavaJson(dataVersionToJson(body.dataVersion)),
      ...texts(topics.map(topicConfigToLine)),
      stringifyJavaJson(body.filterServerList),
      ...texts(mappings.map((info) => stringifyJavaJson(topicQueueMappingToJson(info)))),
    ]),
  );
}

function encodeParts(parts: readonly (string | number)[]): Uint8Array {
  const encoder = new TextEncoder();
  const encoded = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part));
  const size = encoded.reduce<number>(
    (sum, part) => sum + 4 + (typeof part === 'number' ? 0 : part.length),
    0,
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of encoded) {
    view.setInt32(at, typeof part === 'number' ? part : part.length);
    at += 4;
    if (typeof part === 'number') continue;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
