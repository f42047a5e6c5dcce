// SPDX-License-Identifier: Apache-2.0
/** One function to measure, and what it may cost. */
export interface MicroCase {
  readonly name: string;
  /** Called many times in a row. The result is kept, so that the work is not optimised away. */
  readonly run: () => unknown;
  /** At most so many times the calibration task of the same run: one `calibrate`. */
  readonly target: number;
}

/** A send request's header as the Java client writes it, but for opaque and times. */
export const sendHeaderFields: Readonly<Record<string, string>> = {
  a: 'benchmark_producer',
  b: 'BenchmarkTest',
  c: 'TBW102',
  d: '4',
  e: '3',
  f: '0',
  g: '1700000000000',
  h: '0',
  i: 'UNIQ_KEY\x017F0000017830946E0969D91363000012\x02WAIT\x01true\x02TAGS\x01TagA\x02',
  j: '0',
  k: 'false',
  m: 'false',
  n: 'broker-a',
};

const calibrationText = JSON.stringify({ code: 310, flag: 0, extFields: sendHeaderFields });

/** The yardstick: JSON.parse of a fixed text, about 1 µs on the machines of 2024. */
export function calibrate(): unknown {
  return JSON.parse(calibrationText);
}
