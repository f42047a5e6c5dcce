// SPDX-License-Identifier: Apache-2.0
/** Goal: options are read, messages printed and results reported as the help says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command, CommanderError } from 'commander';
import * as bench from '../../../../src/bin/shell/bench.ts';
import { reportText } from '../../../../src/bin/shell/bench-report.ts';
import { messageJson, messageText } from '../../../../src/bin/shell/message-text.ts';
import * as pub from '../../../../src/bin/shell/pub.ts';
import { collectPairs, wholeNumber } from '../../../../src/bin/shell/shell-io.ts';
import * as sub from '../../../../src/bin/shell/sub.ts';
import { ReceivedMessage } from '../../../../src/client/message.ts';

function program(): Command {
  const made = new Command('apogee').exitOverride().configureOutput({ writeErr: () => {} });
  for (const part of [pub, sub, bench]) part.register(made);
  for (const command of made.commands) command.exitOverride();
  return made;
}

test('--from takes first, last, times and milliseconds', () => {
  assert.equal(sub.parseFrom('first'), 'first');
  assert.equal(sub.parseFrom('last'), 'last');
  assert.deepEqual(sub.parseFrom('1700000000000'), { timestampMs: 1_700_000_000_000 });
  assert.deepEqual(sub.parseFrom('2026-01-31T08:00:00Z'), {
    timestampMs: Date.UTC(2026, 0, 31, 8),
  });
  assert.throws(() => sub.parseFrom('yesterday'), /first, last, a time/);
});

test('numbers and pairs are checked', () => {
  const number = wholeNumber(1, 10);
  assert.equal(number('10'), 10);
  for (const text of ['0', '11', '1.5', '-1', 'x', ''])
    assert.throws(() => number(text), /from 1 to 10/);
  assert.deepEqual(collectPairs('a=b=c', { x: 'y' }), { x: 'y', a: 'b=c' });
  for (const text of ['a', '=b', 'a=']) assert.throws(() => collectPairs(text), /name=value/);
});

test('wrong usage is refused before anything is done', async () => {
  const wrong = [
    ['pub'],
    ['pub', 'T', 'x', '--count', '0'],
    ['pub', 'T', 'x', '--property', 'novalue'],
    ['sub', 'T', '--from', 'soon'],
    ['sub', 'T', '--max', '-1'],
    ['sub', 'T', '--nonsense'],
  ];
  for (const args of wrong) {
    const run = program().parseAsync(args, { from: 'user' });
    await assert.rejects(run, (error) => error instanceof CommanderError, args.join(' '));
  }
});

test('help comes with examples', () => {
  for (const name of ['pub', 'sub', 'bench']) {
    const command = program().commands.find((known) => known.name() === name);
    let text = '';
    command?.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    assert.match(text, new RegExp(`Examples:\\n {2}apogee ${name} `));
  }
});

function received(body: Uint8Array, properties: [string, string][] = []): ReceivedMessage {
  const host = { host: '10.0.0.1', port: 10911 };
  const queue = { topic: 'T', brokerName: 'broker-a', queueId: 2 };
  return new ReceivedMessage({
    queue,
    topic: 'T',
    body,
    encoding: 'identity',
    properties: new Map(properties),
    record: {
      storeSize: 100,
      bodyCrc: 0,
      queueId: 2,
      flag: 0,
      queueOffset: 7,
      physicalOffset: 4096,
      sysFlag: 0,
      bornTimestamp: 1_700_000_000_000,
      bornHost: host,
      storeTimestamp: 1_700_000_000_001,
      storeHost: host,
      reconsumeTimes: 1,
      preparedTransactionOffset: 0,
      body,
      topic: 'T',
      properties: '',
    },
  });
}

test('a message as text, with details, and as JSON', () => {
  const message = received(new TextEncoder().encode('grüße'), [
    ['UNIQ_KEY', 'U1'],
    ['TAGS', 'A'],
    ['KEYS', 'k1 k2'],
  ]);
  assert.equal(messageText(message, {}), 'grüße\n');
  assert.equal(
    messageText(message, { verbose: true }),
    '-- 2023-11-14T22:13:20.001Z broker-a:2@7 U1 tag=A keys=k1,k2 retry=1\ngrüße\n',
  );
  const json = JSON.parse(messageText(message, { json: true }));
  assert.equal(json.body, 'grüße');
  assert.equal(json.offsetMsgId, '0A00000100002A9F0000000000001000');
  assert.deepEqual(json.keys, ['k1', 'k2']);
  const binary = received(Uint8Array.of(0xff, 0));
  assert.equal(messageJson(binary)['bodyBase64'], '/wA=');
  assert.match(messageText(binary, {}), /2 bytes that are no text/);
});

test('a report is a table with the failures below', () => {
  const p = { count: 1, meanMs: 1, p50Ms: 1, p90Ms: 2, p99Ms: 3, p999Ms: 4, maxMs: 5.5 };
  const text = reportText({
    load: 'pub',
    topic: 'T',
    messages: 12_345,
    failed: 2,
    failure: 'why',
    seconds: 2,
    messagesPerSecond: 6172.5,
    megabytesPerSecond: 0.79,
    latencies: { send: p },
  });
  assert.match(text, /^pub T: 12,345 messages in 2\.00 s, 6,173 messages\/s, 0\.8 MB\/s\n/);
  assert.match(text, /send {11}1\.000 .* 5\.500\n/);
  assert.match(text, /2 failed; the first: why\n$/);
});
