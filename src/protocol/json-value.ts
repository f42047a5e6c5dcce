// SPDX-License-Identifier: Apache-2.0
/**
 * The values that JSON bodies of the protocol are made of, parsed (`JavaJson`) and to be written
 * (`JavaJsonInput`). Java peers write three things JSON has not: bare integer keys, object keys
 * and integers beyond 2^53. Source: fastjson2 2.0.59 as Apache uses it; remoting §2.0.1.
 */

/** A parsed object: no prototype, so that a topic called `__proto__` is only a key. */
export interface JavaJsonObject {
  [key: string]: JavaJson;
}

/** Integers beyond 2^53 are bigint, all other numbers number. */
export type JavaJson = null | boolean | number | bigint | string | JavaJson[] | JavaJsonObject;

export type JavaJsonInput =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | JavaDouble
  | readonly JavaJsonInput[]
  | ReadonlyMap<string, JavaJsonInput>
  | ReadonlyMap<number, JavaJsonInput>
  | ObjectKeyMap<JavaJsonBean, JavaJsonInput>
  | JavaJsonBean;

/** A bean: members are written in the order given; those that are undefined are left out. */
export interface JavaJsonBean {
  readonly [key: string]: JavaJsonInput;
}

/** A Java double: written with a decimal point also when it is whole (`0.0`). */
export class JavaDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * A map keyed by objects such as a MessageQueue, written `{{"brokerName":"b",…}:9}`.
 * Order is insertion order; a key is looked up by what it says, not by identity.
 */
export class ObjectKeyMap<K extends object, V> {
  readonly #entries = new Map<string, readonly [K, V]>();

  constructor(entries: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  set(key: K, value: V): this {
    this.#entries.set(keyText(key), [key, value]);
    return this;
  }

  get(key: K): V | undefined {
    return this.#entries.get(keyText(key))?.[1];
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<readonly [K, V]> {
    return this.#entries.values();
  }

  [Symbol.iterator](): IterableIterator<readonly [K, V]> {
    return this.#entries.values();
  }
}

/** Equal for keys with equal members; member values are scalars. */
function keyText(key: object): string {
  return JSON.stringify(Object.entries(key).sort());
}
