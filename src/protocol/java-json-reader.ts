// SPDX-License-Identifier: Apache-2.0
/** Recursive-descent reader behind `parseJavaJson`; the dialect is described there. */
import { ApogeeError } from '../core/errors.ts';
import type { JavaJson, JavaJsonObject } from './json-value.ts';

const NUMBER = /-?(?:[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER_KEY = /-?[0-9]{1,20}/y;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export class JavaJsonReader {
  /** True after `readDocument` when a `{"$ref":"…"}` was met. */
  sawReference = false;

  readonly #text: string;
  readonly #maxDepth: number;
  readonly #keyText: (value: JavaJson) => string;
  #at = 0;
  /** The first backslash at or after some earlier position: found once, not once per string. */
  #backslashAt = -1;

  constructor(text: string, maxDepth: number, keyText: (value: JavaJson) => string) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#keyText = keyText;
  }

  /** One value with nothing but blanks and comments around it. */
  readDocument(): JavaJson {
    const value = this.#readValue(0);
    if (this.#peek() !== '') this.#fail('the end');
    return value;
  }

  #readValue(depth: number): JavaJson {
    const next = this.#peek();
    switch (next) {
      case '{':
        return this.#readObject(depth);
      case '[':
        return this.#readArray(depth);
      case '"':
      case "'":
        return this.#readString(next);
      case 't':
        return this.#readWord('true', true);
      case 'f':
        return this.#readWord('false', false);
      case 'n':
        return this.#readWord('null', null);
      default:
        return this.#readNumber();
    }
  }

  #readObject(depth: number): JavaJsonObject {
    if (depth >= this.#maxDepth) this.#fail(`at most ${this.#maxDepth} levels`);
    const object = Object.create(null) as JavaJsonObject;
    this.#at += 1;
    for (;;) {
      if (this.#peek() === '}') break;
      const key = this.#readKey(depth);
      if (this.#peek() !== ':') this.#fail('":"');
      this.#at += 1;
      object[key] = this.#readValue(depth + 1);
      if (key === '$ref') this.sawReference = true;
      const next = this.#peek();
      if (next === ',') this.#at += 1;
      else if (next !== '}') this.#fail('"," or "}"');
    }
    this.#at += 1;
    return object;
  }

  #readKey(depth: number): string {
    const next = this.#peek();
    if (next === '"' || next === "'") return this.#readString(next);
    if (next === '{') return this.#keyText(this.#readObject(depth + 1));
    INTEGER_KEY.lastIndex = this.#at;
    const integer = INTEGER_KEY.exec(this.#text)?.[0];
    if (integer === undefined) this.#fail('a key');
    this.#at += integer.length;
    return integer;
  }

  #readArray(depth: number): JavaJson[] {
    if (depth >= this.#maxDepth) this.#fail(`at most ${this.#maxDepth} levels`);
    const items: JavaJson[] = [];
    this.#at += 1;
    for (;;) {
      if (this.#peek() === ']') break;
      items.push(this.#readValue(depth + 1));
      const next = this.#peek();
      if (next === ',') this.#at += 1;
      else if (next !== ']') this.#fail('"," or "]"');
    }
    this.#at += 1;
    return items;
  }

  #readString(quote: string): string {
    let from = this.#at + 1;
    let result = '';
    for (;;) {
      const end = this.#text.indexOf(quote, from);
      if (end < 0) this.#fail('the end of a string');
      if (this.#backslashAt < from) {
        const found = this.#text.indexOf('\\', from);
        this.#backslashAt = found < 0 ? this.#text.length : found;
      }
      const backslashAt = this.#backslashAt;
      if (backslashAt > end) {
        this.#at = end + 1;
        return result + this.#text.slice(from, end);
      }
      result += this.#text.slice(from, backslashAt);
      this.#at = backslashAt + 1;
      result += this.#readEscape();
      from = this.#at;
    }
  }

  #readEscape(): string {
    const letter = this.#text.charAt(this.#at);
    this.#at += 1;
    if (letter === 'u' || letter === 'x') {
      const digits = this.#text.substr(this.#at, letter === 'u' ? 4 : 2);
      if (!(letter === 'u' ? /^[0-9a-fA-F]{4}$/ : /^[0-9a-fA-F]{2}$/).test(digits)) {
        this.#fail('hexadecimal digits');
      }
      this.#at += digits.length;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (plain === undefined) this.#fail('an escape');
    return plain;
  }

  #readNumber(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) this.#fail('a value');
    this.#at += text.length;
    const value = Number(text);
    // Integers whose last digits a double would lose are kept exactly.
    if (text.length >= 16 && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(text)) {
      if (text.length > 64) this.#fail('a number of at most 64 digits');
      return BigInt(text);
    }
    return value;
  }

  #readWord<T extends JavaJson>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value');
    this.#at += word.length;
    return value;
  }

  /** The next character that is neither blank nor comment; '' at the end. */
  #peek(): string {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) this.#at += 1;
      else if (code === 0x2f) this.#skipComment();
      else return this.#text.charAt(this.#at);
    }
  }

  #skipComment(): void {
    const [start, end] = this.#text.startsWith('//', this.#at) ? ['//', '\n'] : ['/*', '*/'];
    if (!this.#text.startsWith(start, this.#at)) this.#fail('a comment');
    const endAt = this.#text.indexOf(end, this.#at + 2);
    if (endAt < 0 && end === '*/') this.#fail('the end of a comment');
    this.#at = endAt < 0 ? this.#text.length : endAt + end.length;
  }

  #fail(expected: string): never {
    const found = JSON.stringify(this.#text.substr(this.#at, 16));
    throw new ApogeeError(
      'BODY_INVALID',
      `malformed JSON at character ${this.#at}: expected ${expected}, found ${found}`,
    );
  }

  /** Replaces each `{"$ref":"$.a.b[0]"}` by what it names; one that names nothing by null. */
  resolveReferences(root: JavaJson): JavaJson {
    const visit = (value: JavaJson, parents: readonly JavaJson[]): JavaJson => {
      if (value === null || typeof value !== 'object') return value;
      if (Array.isArray(value)) {
        const path = [...parents, value];
        for (const [index, item] of value.entries()) value[index] = visit(item, path);
        return value;
      }
      const reference = value['$ref'];
      if (typeof reference === 'string') return lookUp(root, parents, reference);
      const path = [...parents, value];
      for (const key of Object.keys(value)) value[key] = visit(value[key] ?? null, path);
      return value;
    };
    return visit(root, []);
  }
}

/** fastjson's reference forms: `$` root, `@` the holder, `..` its parent, `$.a.b[0]`. */
function lookUp(root: JavaJson, parents: readonly JavaJson[], reference: string): JavaJson {
  if (reference === '@') return parents.at(-1) ?? null;
  if (reference === '..') return parents.at(-2) ?? null;
  if (!reference.startsWith('$')) return null;
  let value: JavaJson = root;
  for (const step of reference.slice(1).matchAll(/\.([^.[\]]+)|\[["']?([^\]"']+)["']?\]/g)) {
    if (value === null || typeof value !== 'object') return null;
    const key = step[1] ?? step[2] ?? '';
    value = (Array.isArray(value) ? value[Number(key)] : value[key]) ?? null;
  }
  return value;
}
