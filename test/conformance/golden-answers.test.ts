// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: our broker and name server answer as Apache RocketMQ 5.5.0 did when
 * `golden/answers-*.json` was recorded (`record-golden.ts`), in both header encodings.
 * Method: the same requests in the same order. Allowed to differ: what `golden-exchange.ts` masks,
 * the order of ext fields, an `extFields` object where Apache has none, how an error's text goes on
 * after the words that people search for, and `deviations` below.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../helpers/conformance-cluster.ts';
import { projectRoot } from '../helpers/processes.ts';
import { exchange, type GoldenAnswer } from './golden-exchange.ts';
import { goldenRequests } from './golden-requests.ts';

const EXCHANGE_TIMEOUT_MS = 60_000;

/** Where we differ on purpose, and why. */
const deviations: Readonly<Record<string, (apache: Comparable) => Comparable>> = {
  // Apache leaves the text of an answer nobody filled in beside code 0.
  'create topic': withoutRemark,
  'create read-only topic': withoutRemark,
  // An empty text: the same as none.
  'min offset': withoutRemark,
};

type Comparable = Omit<GoldenAnswer['header'], 'ext' | 'members'> & {
  readonly ext: Readonly<Record<string, string>>;
  readonly members: readonly string[];
  readonly body: readonly string[];
};

function withoutRemark(apache: Comparable): Comparable {
  const members = apache.members.filter((member) => member !== 'remark');
  return { ...apache, remark: null, members };
}

function comparable({ header, body }: GoldenAnswer): Comparable {
  const members = (header.members ?? []).filter((member) => member !== 'extFields');
  const remark = plainCodes.has(header.code) ? header.remark : errorLead(header.remark);
  return { ...header, remark, ext: Object.fromEntries(header.ext), members, body };
}

/** Success and the pull statuses: their texts are names. */
const plainCodes: ReadonlySet<number> = new Set([0, 19, 20, 21]);

/** Our errors begin as Apache's do and go on with cause and cure. */
function errorLead(remark: string | null): string | null {
  if (remark === null) return null;
  const [lead = ''] = /^[^\]!,.]*[\]!,.]?/.exec(remark) ?? [];
  const [questions = ''] = /\nSee https:.*$/.exec(remark) ?? [];
  return lead + questions;
}

function recorded(type: string): readonly GoldenAnswer[] {
  const file = path.join(projectRoot, 'test/conformance/golden', `answers-${type}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { answers: GoldenAnswer[] }).answers;
}

for (const type of ['JSON', 'ROCKETMQ'] as const) {
  describe(`golden answers, ${type} headers`, () => {
    let cluster: Cluster | undefined;
    const answers = new Map<string, GoldenAnswer>();
    before(
      async () => {
        cluster = await startCluster();
        const { brokerAddr, namesrvAddr } = cluster;
        for (const answer of await exchange(brokerAddr, namesrvAddr, type)) {
          answers.set(answer.name, answer);
        }
      },
      { timeout: EXCHANGE_TIMEOUT_MS },
    );
    after(() => cluster?.stop(), { timeout: EXCHANGE_TIMEOUT_MS });

    for (const golden of recorded(type)) {
      test(golden.name, () => {
        const answer = answers.get(golden.name);
        assert.ok(answer !== undefined, 'no answer');
        const expected = comparable(golden);
        const deviation = deviations[golden.name];
        assert.deepEqual(comparable(answer), deviation?.(expected) ?? expected);
      });
    }
    test('every request has a recorded answer', () => {
      const names = recorded(type).map(({ name }) => name);
      assert.deepEqual(
        names,
        goldenRequests.map(({ name }) => name),
      );
    });
  });
}
