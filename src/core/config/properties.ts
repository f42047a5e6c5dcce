// SPDX-License-Identifier: Apache-2.0
/** Java `.properties` text as pairs that remember their line. Syntax: java.util.Properties. */
import { Pair, parseLines } from 'dot-properties';

export interface Property {
  readonly key: string;
  /** Leading blanks dropped as Java does; trailing blanks dropped too (Java keeps them). */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** Every pair in file order; a repeated key appears again and the last one counts. */
export function parseProperties(text: string): Property[] {
  const properties: Property[] = [];
  let line = 1;
  let scanned = 0;
  for (const node of parseLines(text, true)) {
    if (!(node instanceof Pair)) continue;
    const start = node.range?.[0] ?? 0;
    for (; scanned < start; scanned++) if (text.charCodeAt(scanned) === 10) line++;
    properties.push({ key: node.key, value: node.value.trim(), line });
  }
  return properties;
}

/** `key=value` lines as the admin protocol carries them (codes 25, 26, 318, 319). */
export function renderProperties(pairs: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of pairs) text += `${key}=${value}\n`;
  return text;
}
