// SPDX-License-Identifier: Apache-2.0
/** Goal: percentiles are right within 2 % of the value. Method: random samples, sorted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../../../src/bin/shell/histogram.ts';

test('percentiles equal those of the sorted samples within 2 %', () => {
  const sample = fc.oneof(fc.nat(200), fc.nat(100_000), fc.nat(2_000_000_000));
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 500 }), (samples) => {
      const histogram = new Histogram();
      for (const value of samples) histogram.record(value);
      const sorted = [...samples].sort((a, b) => a - b);
      for (const percent of [1, 50, 90, 99, 99.9, 100]) {
        const exact = sorted[Math.ceil((samples.length * percent) / 100) - 1] ?? 0;
        const got = histogram.percentileUs(percent);
        assert.ok(got >= exact && got <= exact * 1.02, `${percent} %: ${got} for ${exact}`);
      }
      assert.equal(histogram.maxUs, sorted.at(-1));
      assert.equal(histogram.count, samples.length);
    }),
  );
});

test('an empty histogram is all zero', () => {
  const histogram = new Histogram();
  assert.deepEqual([histogram.percentileUs(50), histogram.meanUs, histogram.maxUs], [0, 0, 0]);
});
