// SPDX-License-Identifier: Apache-2.0
/**
 * Reads configuration files against the catalogue: typed values, defaults, and warnings for the
 * person who wrote the file. Rules of Apache's reader: MixAll.properties2Object; where Apache
 * ignores a wrong value silently, we stop and say so.
 */
import { distance } from 'fastest-levenshtein';
import { ApogeeError } from '../errors.ts';
import { keysOfAll, legacyNames, retiredNames } from './config-catalogue.ts';
import { type ConfigKey, type ConfigOwner, enumValues, ranges } from './config-key.ts';
import { honouredKeys } from './honoured-keys.ts';
import { parseProperties, renderProperties } from './properties.ts';

/** What defaults depend on; injected so that tests own it. */
export interface Machine {
  readonly userHome: string;
  readonly hostName: string;
  readonly localAddress: string;
  /** ROCKETMQ_HOME, when set. */
  readonly rocketmqHome: string | undefined;
}

export interface ConfigSource {
  readonly text: string;
  /** Named in errors and warnings. */
  readonly file: string;
}

export interface SettingsInput {
  readonly owners: readonly ConfigOwner[];
  readonly machine: Machine;
  readonly source?: ConfigSource | undefined;
  /** Defaults of ours that differ from Apache's, for example ports of a composition root. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Command line: wins over the file. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** At most this many edits away is a known key suggested for an unknown one. */
const MAX_SUGGESTION_DISTANCE = 4;

export class Settings {
  readonly warnings: readonly string[];
  readonly #keys: ReadonlyMap<string, ConfigKey>;
  readonly #values: Map<string, string>;
  readonly #set: ReadonlySet<string>;

  private constructor(
    keys: ReadonlyMap<string, ConfigKey>,
    values: Map<string, string>,
    set: ReadonlySet<string>,
    warnings: readonly string[],
  ) {
    this.#keys = keys;
    this.#values = values;
    this.#set = set;
    this.warnings = warnings;
  }

  /** Errors: CONFIG_VALUE with key, value, what is allowed, and the file and line. */
  static read(input: SettingsInput): Settings {
    const keys = keysOfAll(input.owners);
    const values = new Map<string, string>();
    const set = new Set<string>();
    const warnings: string[] = [];
    for (const key of keys.values()) {
      const text = input.defaults?.[key.name] ?? expand(key.defaultText, input.machine);
      if (text !== undefined) values.set(key.name, text);
    }
    if (input.source !== undefined) readSource(input.source, keys, values, set, warnings);
    for (const [name, value] of Object.entries(input.overrides ?? {})) {
      const key = keys.get(name);
      if (key === undefined) throw new ApogeeError('CONFIG_VALUE', `no configuration key ${name}`);
      values.set(name, checked(key, value, 'on the command line'));
      set.add(name);
    }
    warnings.push(...withoutEffect(keys, values, set));
    return new Settings(keys, values, set, warnings);
  }

  /** Whether the file or the command line gave the key. */
  isSet(name: string): boolean {
    return this.#set.has(name);
  }

  int(name: string): number {
    return Number(this.#text(name, ['int', 'long', 'double', 'Integer']));
  }

  boolean(name: string): boolean {
    return this.#text(name, ['boolean']) === 'true';
  }

  /** Text of any key; an empty text where Apache has null. */
  text(name: string): string {
    return this.#text(name, undefined);
  }

  /** All keys, or those of `only`, sorted, as `key=value` lines (`-p`, `-m`, codes 26 and 319). */
  render(only?: ReadonlySet<string>): string {
    const names = [...this.#keys.keys()].filter((name) => only?.has(name) ?? true).sort();
    return renderProperties(names.map((name) => [name, this.#values.get(name) ?? ''] as const));
  }

  /**
   * Takes known keys of an admin's change; unknown ones are ignored as Apache does.
   * Result: the keys whose value changed. Errors: CONFIG_VALUE, nothing is taken then.
   */
  apply(changes: ReadonlyMap<string, string>): string[] {
    const accepted: [string, string][] = [];
    for (const [name, value] of changes) {
      const key = this.#keys.get(name);
      if (key === undefined) continue;
      const text = checked(key, value.trim(), 'in the change');
      if (text !== this.#values.get(name)) accepted.push([name, text]);
    }
    for (const [name, text] of accepted) this.#values.set(name, text);
    return accepted.map(([name]) => name);
  }

  #text(name: string, types: readonly string[] | undefined): string {
    const key = this.#keys.get(name);
    if (key === undefined) throw new Error(`the catalogue has no key ${name} for these classes`);
    if (types !== undefined && !types.includes(key.type)) {
      throw new Error(`the key ${name} is a ${key.type}, not one of ${types.join(', ')}`);
    }
    return this.#values.get(name) ?? '';
  }
}

function readSource(
  source: ConfigSource,
  keys: ReadonlyMap<string, ConfigKey>,
  values: Map<string, string>,
  set: Set<string>,
  warnings: string[],
): void {
  for (const property of parseProperties(source.text)) {
    const place = `${source.file}:${property.line}`;
    const current = legacyNames.get(property.key);
    const key = keys.get(current ?? property.key);
    if (key !== undefined) {
      values.set(key.name, checked(key, property.value, `at ${place}`));
      set.add(key.name);
      if (current !== undefined) {
        warnings.push(`${place}: ${property.key} is called ${current} today; it was taken as that`);
      }
    } else if (retiredNames.has(property.key)) {
      warnings.push(`${place}: ${property.key} has had no effect in any recent release; remove it`);
    } else {
      const near = nearest(property.key, keys);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      warnings.push(`${place}: the unknown key ${property.key} is ignored${hint}`);
    }
  }
}

/** One line for each key that somebody set to something else and that changes nothing here. */
function withoutEffect(
  keys: ReadonlyMap<string, ConfigKey>,
  values: ReadonlyMap<string, string>,
  set: ReadonlySet<string>,
): string[] {
  const idle = [...set].filter((name) => {
    const key = keys.get(name);
    return !honouredKeys.has(name) && key !== undefined && values.get(name) !== key.defaultText;
  });
  return idle.map((name) => `the key ${name} is known but has no effect in this version`);
}

function nearest(name: string, keys: ReadonlyMap<string, ConfigKey>): string | undefined {
  let best: string | undefined;
  let bestDistance = MAX_SUGGESTION_DISTANCE + 1;
  for (const candidate of keys.keys()) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

function expand(text: string | undefined, machine: Machine): string | undefined {
  return text
    ?.replace('<user.home>', machine.userHome)
    .replace('<host name>', machine.hostName)
    .replace('<local address>', machine.localAddress)
    .replace(/^null\//, `${machine.rocketmqHome ?? machine.userHome}/`);
}

/** The value in its normal form, or CONFIG_VALUE. `place` completes "… at conf/broker.conf:7". */
function checked(key: ConfigKey, value: string, place: string): string {
  const allowed = allowedText(key);
  const refuse = (): never => {
    throw new ApogeeError(
      'CONFIG_VALUE',
      `the key ${key.name} ${place} has the value "${value}"; allowed is ${allowed}`,
      { cure: `set ${key.name} to ${allowed}` },
    );
  };
  const constants = enumValues[key.type];
  if (constants !== undefined) return constants.includes(value) ? value : refuse();
  switch (key.type) {
    case 'boolean': {
      const lower = value.toLowerCase();
      return lower === 'true' || lower === 'false' ? lower : refuse();
    }
    case 'double':
      return value !== '' && Number.isFinite(Number(value)) ? value : refuse();
    case 'int':
    case 'long':
    case 'Integer': {
      const [minimum, maximum] = bounds(key);
      const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= minimum && number <= maximum ? String(number) : refuse();
    }
    default:
      return value;
  }
}

function bounds(key: ConfigKey): readonly [number, number] {
  const range = ranges[key.name];
  if (range !== undefined) return range;
  if (key.type === 'long') return [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  return [-2147483648, 2147483647];
}

function allowedText(key: ConfigKey): string {
  const constants = enumValues[key.type];
  if (constants !== undefined) return `one of ${constants.join(', ')}`;
  if (key.type === 'boolean') return 'true or false';
  if (key.type === 'double') return 'a number';
  const [minimum, maximum] = bounds(key);
  return `a whole number from ${minimum} to ${maximum}`;
}
