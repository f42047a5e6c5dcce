// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench:micro`: single functions with tinybench. Targets are multiples of a calibration
 * task measured in the same run, so that they hold on any machine; a function fails when it takes
 * more than TOLERANCE times its target.
 */
import { Bench } from 'tinybench';
import { headerCodecCases } from './header-codecs.ts';
import { javaJsonCases } from './java-json.ts';
import { messageRecordCases } from './message-records.ts';
import { calibrate, type MicroCase } from './micro-case.ts';

/** A shared machine may steal half of a core at any moment. */
const TOLERANCE = 3;
/** Calls per sample: a clock that counts in fractions of a microsecond must not matter. */
const CALLS = 200;
const SAMPLE_MS = 150;
const WARM_UP_MS = 60;
const CALIBRATION = 'calibration: JSON.parse of a request header';

/** What the functions returned last: nothing may be optimised away. */
let kept: unknown;

function repeated(run: () => unknown): () => void {
  return () => {
    for (let call = 0; call < CALLS; call += 1) kept = run();
  };
}

function nanosecondsPerCall(bench: Bench, name: string): number {
  const result = bench.getTask(name)?.result;
  if (result?.state !== 'completed') throw new Error(`${name}: ${result?.state ?? 'unknown'}`);
  return (result.latency.p50 * 1e6) / CALLS;
}

async function main(): Promise<void> {
  const cases: readonly MicroCase[] = [
    ...headerCodecCases,
    ...messageRecordCases,
    ...javaJsonCases,
  ];
  const bench = new Bench({ time: SAMPLE_MS, warmupTime: WARM_UP_MS });
  bench.add(CALIBRATION, repeated(calibrate));
  for (const { name, run } of cases) bench.add(name, repeated(run));
  await bench.run();
  const unit = nanosecondsPerCall(bench, CALIBRATION);
  console.log(`${CALIBRATION}: ${unit.toFixed(0)} ns\n`);
  const missed = cases.filter((each) => !judge(each, nanosecondsPerCall(bench, each.name), unit));
  if (kept === undefined || missed.length > 0) {
    console.log(`\nmissed: ${missed.map(({ name }) => name).join(', ')}`);
    process.exitCode = 1;
  }
}

function judge({ name, target }: MicroCase, nanoseconds: number, unit: number): boolean {
  const times = nanoseconds / unit;
  const held = times <= target * TOLERANCE;
  const figures = `${nanoseconds.toFixed(0).padStart(8)} ns ${times.toFixed(2).padStart(8)} x`;
  console.log(`${name.padEnd(34)}${figures}  target ${target} x${held ? '' : '  MISSED'}`);
  return held;
}

await main();
