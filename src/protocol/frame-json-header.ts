// SPDX-License-Identifier: Apache-2.0
/**
 * The JSON header of a frame (type 0). Reads what Java, Go and C++ clients send, writes what all
 * three can read: ext values as strings and always an `extFields` object. Source: remoting §1.2.
 */
import { ApogeeError } from '../core/errors.ts';
import { encodeJsonBody, parseJavaJson, stringifyJavaJson } from './java-json.ts';
import { enumField, int32Field, objectOf, textField, textOf } from './json-fields.ts';
import type { JavaJson, JavaJsonInput } from './json-value.ts';
import {
  type ExtFields,
  languageNames,
  newExtFields,
  type RemotingCommand,
  SerializeType,
} from './remoting-command.ts';

/** Errors: BODY_INVALID; the frame decoder turns it into FRAME_INVALID. */
export function decodeJsonHeader(header: Uint8Array): RemotingCommand {
  // References stay unresolved: a header must remain a tree to be written as text again.
  const fields = objectOf(parseJavaJson(header, { resolveReferences: false }), 'the header');
  return {
    code: int32Field(fields, 'code', 0),
    language: enumField(fields, 'language', languageNames, undefined) ?? rawLanguage(fields),
    version: int32Field(fields, 'version', 0),
    opaque: int32Field(fields, 'opaque', 0),
    flag: int32Field(fields, 'flag', 0),
    remark: textField(fields, 'remark'),
    extFields: decodeExtFields(fields['extFields']),
    body: undefined,
    serializeType: SerializeType.JSON,
  };
}

/** A name nobody assigned is kept for the log; absent means JAVA, as in Apache's class. */
function rawLanguage(fields: { [key: string]: JavaJson }): string {
  return fields['language'] === undefined ? 'JAVA' : (textField(fields, 'language') ?? 'OTHER');
}

function decodeExtFields(value: JavaJson | undefined): ExtFields {
  const extFields = newExtFields();
  if (value === undefined || value === null) return extFields;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ApogeeError('BODY_INVALID', 'extFields is not a JSON object');
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === null) continue;
    extFields[key] = textOf(item) ?? stringifyJavaJson(item as JavaJsonInput);
  }
  return extFields;
}

/** Members in fastjson's order; `remark` only when there is one. */
export function encodeJsonHeader(command: RemotingCommand): Uint8Array {
  return encodeJsonBody({
    code: command.code,
    extFields: { ...command.extFields },
    flag: command.flag,
    language: command.language,
    opaque: command.opaque,
    remark: command.remark,
    serializeTypeCurrentRPC: 'JSON',
    version: command.version,
  });
}
