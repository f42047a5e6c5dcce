// SPDX-License-Identifier: Apache-2.0
/**
 * Typed views of `extFields`. A command file declares its fields once; types, decoder and encoder
 * follow from the declaration.
 *
 *   const request = headerFields({ topic: required.text, queueId: required.int32 });
 *   const header = request.decode(command.extFields); // { topic: string; queueId: number }
 *
 * Values on the wire are always text. int32 and int64 are strict decimals; int64 becomes a JS
 * number and must be a safe integer, `bigint64` keeps all 64 bits; boolean is true for "true" in
 * any case, false otherwise. Source: RemotingCommand.decodeCommandCustomHeader, remoting §1.7.
 */
import { ApogeeError } from '../core/errors.ts';
import { type ExtFields, newExtFields } from './remoting-command.ts';

type FieldKind = 'text' | 'int32' | 'int64' | 'bigint64' | 'boolean';

interface ValueOf {
  text: string;
  int32: number;
  int64: number;
  bigint64: bigint;
  boolean: boolean;
}

export interface Field<Kind extends FieldKind, Required extends boolean> {
  readonly kind: Kind;
  readonly required: Required;
}

type AnyField = Field<FieldKind, boolean>;
type Shape = Readonly<Record<string, AnyField>>;

/** The object a shape decodes to: optional fields may be undefined. */
export type HeaderOf<S extends Shape> = {
  [K in keyof S]: S[K] extends Field<infer Kind, infer Required>
    ? Required extends true
      ? ValueOf[Kind]
      : ValueOf[Kind] | undefined
    : never;
};

/** What an encoder takes: optional fields may be left out. */
export type HeaderInput<S extends Shape> = {
  [K in keyof S as S[K] extends Field<FieldKind, true> ? K : never]: HeaderOf<S>[K];
} & {
  [K in keyof S as S[K] extends Field<FieldKind, true> ? never : K]?: HeaderOf<S>[K];
};

export const required = {
  text: { kind: 'text', required: true } as Field<'text', true>,
  int32: { kind: 'int32', required: true } as Field<'int32', true>,
  int64: { kind: 'int64', required: true } as Field<'int64', true>,
  bigint64: { kind: 'bigint64', required: true } as Field<'bigint64', true>,
  boolean: { kind: 'boolean', required: true } as Field<'boolean', true>,
} as const;

export const optional = {
  text: { kind: 'text', required: false } as Field<'text', false>,
  int32: { kind: 'int32', required: false } as Field<'int32', false>,
  int64: { kind: 'int64', required: false } as Field<'int64', false>,
  bigint64: { kind: 'bigint64', required: false } as Field<'bigint64', false>,
  boolean: { kind: 'boolean', required: false } as Field<'boolean', false>,
} as const;

export interface HeaderCodec<S extends Shape> {
  readonly shape: S;
  /** Errors: HEADER_FIELD naming the field that is missing or malformed. Unknown fields pass. */
  decode(extFields: ExtFields): HeaderOf<S>;
  encode(header: HeaderInput<S>): ExtFields;
}

export function headerFields<const S extends Shape>(shape: S): HeaderCodec<S> {
  const entries = Object.entries(shape);
  return {
    shape,
    decode(extFields) {
      const header: Record<string, unknown> = {};
      for (const [name, field] of entries) header[name] = decodeField(name, field, extFields[name]);
      return header as HeaderOf<S>;
    },
    encode(header) {
      const extFields = newExtFields();
      for (const [name] of entries) {
        const value = (header as Record<string, unknown>)[name];
        if (value !== undefined && value !== null) extFields[name] = String(value);
      }
      return extFields;
    },
  };
}

const DECIMAL = /^-?[0-9]{1,19}$/;

function decodeField(name: string, field: AnyField, text: string | undefined): unknown {
  if (text === undefined) {
    if (!field.required) return undefined;
    throw new ApogeeError('HEADER_FIELD', `the request header lacks the field ${name}`);
  }
  switch (field.kind) {
    case 'text':
      return text;
    case 'boolean':
      return text.toLowerCase() === 'true';
    case 'bigint64': {
      const value = DECIMAL.test(text) ? BigInt(text) : undefined;
      if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
      break;
    }
    default: {
      const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
      const fits = field.kind === 'int32' ? value === (value | 0) : Number.isSafeInteger(value);
      if (fits) return value;
    }
  }
  throw new ApogeeError(
    'HEADER_FIELD',
    `the request header field ${name} is not ${field.kind}: ${text.slice(0, 64)}`,
  );
}
