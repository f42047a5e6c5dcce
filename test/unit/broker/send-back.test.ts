// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: a message that a consumer gives back is stored again in the retry topic, and dead-lettered
 * after its last try, with what is needed to know where it came from.
 * Method: a broker in memory; stored records are decoded.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseCode } from '../../../src/protocol/codes.ts';
import { consumerSendMsgBack } from '../../../src/protocol/commands/consumer-send-msg-back.ts';
import { parseProperties } from '../../../src/protocol/message-properties.ts';
import { PutMessageStatus } from '../../../src/store/message-store.ts';
import { startTestBroker, type TestBroker } from '../../helpers/test-broker.ts';

interface Wish {
  readonly offset?: number;
  readonly delayLevel?: number;
  readonly maxReconsumeTimes?: number;
  readonly version?: number;
}

function sendBack(broker: TestBroker, { version, ...wish }: Wish = {}) {
  const header = { group: 'G', offset: 0, delayLevel: 0, originTopic: 'T', ...wish };
  const fields = consumerSendMsgBack.request.encode(header);
  const options = version === undefined ? {} : { version };
  return broker.client.call(consumerSendMsgBack.code, fields, undefined, options);
}

async function withMessage(config = {}): Promise<TestBroker> {
  const broker = await startTestBroker({ config });
  const properties = { UNIQ_KEY: 'U', TAGS: 'A', KEYS: 'k' };
  const answer = await broker.client.send({ topic: 'T', flag: 5 }, { properties });
  assert.equal(answer.code, 0);
  return broker;
}

test('the copy has the same body and one more consumption', async () => {
  const broker = await withMessage();
  const origin = broker.memory.messages('T', 0)[0];
  assert.equal((await sendBack(broker)).code, ResponseCode.SUCCESS);
  const [copy] = broker.memory.messages('%RETRY%G', 0);
  assert.deepEqual(copy?.body, origin?.body);
  assert.deepEqual([copy?.flag, copy?.reconsumeTimes, copy?.bornTimestamp], [5, 1, 1]);
  const properties = parseProperties(copy?.properties ?? '');
  assert.deepEqual(
    ['RETRY_TOPIC', 'TAGS', 'KEYS', 'WAIT', 'DELAY'].map((name) => properties.get(name)),
    ['T', 'A', 'k', 'false', '3'],
  );
  assert.match(properties.get('ORIGIN_MESSAGE_ID') ?? '', /^0A00000100002A9F0{16}$/);
  // Of the copy too, the first message stays the origin.
  await sendBack(broker, { offset: copy?.physicalOffset ?? -1 });
  const again = parseProperties(broker.memory.messages('%RETRY%G', 0)[1]?.properties ?? '');
  assert.equal(again.get('ORIGIN_MESSAGE_ID'), properties.get('ORIGIN_MESSAGE_ID'));
  assert.deepEqual([again.get('RETRY_TOPIC'), again.get('DELAY')], ['T', '4']);
});

test('at the limit, or with a negative level, it is dead-lettered', async () => {
  const broker = await withMessage();
  await sendBack(broker, { maxReconsumeTimes: 1 });
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 0);
  const { physicalOffset: offset = -1 } = broker.memory.messages('%RETRY%G', 0)[0] ?? {};
  await sendBack(broker, { offset, maxReconsumeTimes: 1 });
  const [dead] = broker.memory.messages('%DLQ%G', 0);
  const properties = parseProperties(dead?.properties ?? '');
  assert.deepEqual([dead?.reconsumeTimes, properties.get('DELAY')], [2, '0']);
  assert.equal(broker.controller.services.topics.get('%DLQ%G')?.perm, 6);
  await sendBack(broker, { delayLevel: -1 });
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 2);
  // Before V3_4_9 the header field means nothing.
  await sendBack(broker, { maxReconsumeTimes: 0, version: 120 });
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 2);
});

test('what cannot be given back is told with the reason', async () => {
  const broker = await withMessage();
  const missing = await sendBack(broker, { offset: 12_345 });
  assert.equal(missing.code, ResponseCode.SYSTEM_ERROR);
  assert.match(missing.remark ?? '', /^look message by offset failed, 12345\..*another broker/);
  broker.memory.putStatus = PutMessageStatus.SERVICE_NOT_AVAILABLE;
  assert.equal((await sendBack(broker)).remark, 'SERVICE_NOT_AVAILABLE');

  const noGroup = await withMessage({ autoCreateSubscriptionGroup: false });
  const refused = await sendBack(noGroup);
  assert.equal(refused.code, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  assert.match(refused.remark ?? '', /^subscription group not exist, G /);
  const noWrite = await withMessage({ brokerPermission: 4 });
  assert.equal((await sendBack(noWrite)).code, ResponseCode.NO_PERMISSION);
});

test('a group without retry queues gives up silently', async () => {
  const broker = await withMessage();
  const { groups } = broker.controller.services;
  const group = groups.find('G');
  assert.ok(group !== undefined);
  await groups.update([{ ...group, retryQueueNums: 0, attributes: new Map() }]);
  assert.equal((await sendBack(broker)).code, ResponseCode.SUCCESS);
  assert.equal(broker.memory.puts.length, 0);
});
