// SPDX-License-Identifier: Apache-2.0
/**
 * One request or response of the remoting protocol, as an object. Cold paths only: hot codes
 * never become objects. Source: RemotingCommand (Apache RocketMQ remoting), spec remoting §1.
 */
import { ResponseCode } from './codes.ts';

/** Header encoding, the top byte of the header word. */
export const SerializeType = { JSON: 0, ROCKETMQ: 1 } as const;
export type SerializeType = (typeof SerializeType)[keyof typeof SerializeType];

/** Bits of `flag`. */
export const FLAG_RESPONSE = 1;
export const FLAG_ONEWAY = 2;

/** The version every frame of ours announces: ordinal of V5_5_0 in MQVersion. */
export const PROTOCOL_VERSION = 513;

/** Index in this list is the language byte of a binary header (LanguageCode). */
export const languageNames = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const;

/** Header extension fields: text to text, in arrival order. Objects here have no prototype. */
export type ExtFields = Record<string, string>;

export interface RemotingCommand {
  code: number;
  /** A name of `languageNames`; unknown names are kept as they came. */
  language: string;
  version: number;
  /** int32, matches a response to its request. */
  opaque: number;
  flag: number;
  remark: string | undefined;
  extFields: ExtFields;
  /** Undefined and empty are the same on the wire. */
  body: Uint8Array | undefined;
  /** How the header was, or is to be, encoded. A response uses its request's. */
  serializeType: SerializeType;
}

export interface ResponseParts {
  readonly remark?: string | undefined;
  readonly extFields?: ExtFields;
  readonly body?: Uint8Array | undefined;
}

export function isResponse(command: RemotingCommand): boolean {
  return (command.flag & FLAG_RESPONSE) !== 0;
}

export function isOneway(command: RemotingCommand): boolean {
  return (command.flag & FLAG_ONEWAY) !== 0;
}

/** A map of ext fields without prototype, so that a field called `__proto__` is only a field. */
export function newExtFields(): ExtFields {
  return Object.create(null) as ExtFields;
}

/** A request of ours. The opaque is assigned by the remoting client that sends it. */
export function createRequest(
  code: number,
  extFields: ExtFields = newExtFields(),
  body?: Uint8Array,
): RemotingCommand {
  return {
    code,
    language: 'NODE_JS',
    version: PROTOCOL_VERSION,
    opaque: 0,
    flag: 0,
    remark: undefined,
    extFields,
    body,
    serializeType: SerializeType.JSON,
  };
}

/** The answer to `request`: same opaque, same header encoding. Language is JAVA as Apache's. */
export function createResponse(
  request: RemotingCommand,
  code: number = ResponseCode.SUCCESS,
  parts: ResponseParts = {},
): RemotingCommand {
  return {
    code,
    language: 'JAVA',
    version: PROTOCOL_VERSION,
    opaque: request.opaque,
    flag: FLAG_RESPONSE,
    remark: parts.remark,
    extFields: parts.extFields ?? newExtFields(),
    body: parts.body,
    serializeType: request.serializeType,
  };
}
