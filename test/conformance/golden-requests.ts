// SPDX-License-Identifier: Apache-2.0
/**
 * Requests whose answers are golden: sent in this order to a broker with an empty store, by one
 * connection. Nothing in them changes between runs, except offsets that earlier answers gave.
 */

export interface GoldenRequest {
  readonly name: string;
  readonly to: 'broker' | 'namesrv';
  readonly code: number;
  /** Values as text, as the wire has them. */
  readonly ext: (earlier: EarlierAnswers) => Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** How the body of the answer is compared. */
  readonly answerBody: 'none' | 'records' | 'json';
}

export interface EarlierAnswers {
  /** Physical offset of the message that the named request stored. */
  physicalOffset(name: string): string;
}

const TOPIC = 'GoldenTopic';
const READ_ONLY = 'GoldenReadOnly';
const GROUP = 'GoldenGroup';
const CLIENT = 'golden-client';

const properties = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');

/** One item of a batch body: size, magic 0, CRC 0, flag, body, properties. */
function batchItem(body: string, entries: Readonly<Record<string, string>>): Buffer {
  const [bytes, text] = [Buffer.from(body), Buffer.from(properties(entries))];
  const item = Buffer.alloc(22 + bytes.length + text.length);
  item.writeInt32BE(item.length, 0);
  item.writeInt32BE(bytes.length, 16);
  bytes.copy(item, 20);
  item.writeInt16BE(text.length, 20 + bytes.length);
  text.copy(item, 22 + bytes.length);
  return item;
}

const request = (
  name: string,
  code: number,
  ext: Readonly<Record<string, string>> | GoldenRequest['ext'] = {},
  rest: { readonly body?: Buffer | string; readonly answers?: 'records' | 'json' } = {},
): GoldenRequest => ({
  name,
  to: 'broker',
  code,
  ext: typeof ext === 'function' ? ext : () => ext,
  ...(rest.body === undefined ? {} : { body: Buffer.from(rest.body) }),
  answerBody: rest.answers ?? 'none',
});

const createTopic = (name: string, topic: string, perm: string): GoldenRequest =>
  request(name, 17, {
    ...{ topic, defaultTopic: 'TBW102', readQueueNums: '2', writeQueueNums: '2', perm },
    ...{ topicFilterType: 'SINGLE_TAG', topicSysFlag: '0', order: 'false' },
  });

const sendV2 = (topic: string, more: Readonly<Record<string, string>>) => ({
  ...{ a: 'GoldenProducer', b: topic, c: 'TBW102', d: '4', e: '0', f: '0', g: '1700000000000' },
  ...{ h: '0', j: '0', k: 'false', m: 'false', ...more },
});

const pull = (more: Readonly<Record<string, string>>) => ({
  ...{ consumerGroup: GROUP, topic: TOPIC, queueId: '0', queueOffset: '0', maxMsgNums: '32' },
  ...{ sysFlag: '4', commitOffset: '0', suspendTimeoutMillis: '0', subscription: '*' },
  ...{ subVersion: '0', expressionType: 'TAG', ...more },
});

const queue = (queueId: string, more: Readonly<Record<string, string>> = {}) => ({
  ...{ topic: TOPIC, queueId, ...more },
});

const heartbeat = JSON.stringify({
  clientID: CLIENT,
  consumerDataSet: [
    {
      ...{ consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET', consumeType: 'CONSUME_PASSIVELY' },
      ...{ groupName: GROUP, messageModel: 'CLUSTERING', unitMode: false },
      subscriptionDataSet: [
        {
          ...{ classFilterMode: false, codeSet: [], expressionType: 'TAG', subString: '*' },
          ...{ subVersion: 1, tagsSet: [], topic: TOPIC },
        },
      ],
    },
  ],
  producerDataSet: [{ groupName: 'GoldenProducer' }],
});

const lockBody = JSON.stringify({
  ...{ clientId: CLIENT, consumerGroup: GROUP, onlyThisBroker: false },
  mqSet: [{ brokerName: 'broker-a', queueId: 0, topic: TOPIC }],
});

const keys = (entries: Readonly<Record<string, string>>) => properties(entries);

export const goldenRequests: readonly GoldenRequest[] = [
  createTopic('create topic', TOPIC, '6'),
  createTopic('create read-only topic', READ_ONLY, '4'),
  createTopic('create topic with a bad name', 'bad name', '6'),
  createTopic('create a system topic', 'TBW102', '6'),
  request(
    'send 310',
    310,
    sendV2(TOPIC, {
      i: keys({ TAGS: 'TagA', KEYS: 'k1 k2', UNIQ_KEY: 'GOLDEN-1', zeta: 'z', a: '1', b: '2' }),
    }),
    { body: 'hello' },
  ),
  request(
    'send 10',
    10,
    {
      ...{ producerGroup: 'GoldenProducer', topic: TOPIC, defaultTopic: 'TBW102' },
      ...{ defaultTopicQueueNums: '4', queueId: '0', sysFlag: '0', flag: '7' },
      ...{ bornTimestamp: '1700000000001', reconsumeTimes: '0', unitMode: 'false', batch: 'false' },
      properties: keys({ UNIQ_KEY: 'GOLDEN-2', TAGS: 'TagB' }),
    },
    { body: 'second' },
  ),
  request(
    'send batch 320',
    320,
    sendV2(TOPIC, { m: 'true', i: keys({ UNIQ_KEY: 'GOLDEN-BATCH', WAIT: 'true' }) }),
    {
      body: Buffer.concat([
        batchItem('one', { KEYS: 'k3', UNIQ_KEY: 'GOLDEN-3', WAIT: 'true', TAGS: 'TagA' }),
        batchItem('two', { UNIQ_KEY: 'GOLDEN-4', WAIT: 'true' }),
      ]),
    },
  ),
  request('send to an unknown topic', 310, sendV2('GoldenUnknown', { c: 'GoldenNoTemplate' }), {
    body: 'x',
  }),
  request(
    'send to a read-only topic',
    310,
    sendV2(READ_ONLY, { i: keys({ UNIQ_KEY: 'GOLDEN-5' }) }),
    { body: 'x' },
  ),
  request('send to a bad topic name', 310, sendV2('bad name', {}), { body: 'x' }),
  request('send to a system topic', 310, sendV2('SCHEDULE_TOPIC_XXXX', {}), { body: 'x' }),
  request('send to queue 9 of 2', 310, sendV2(TOPIC, { e: '9' }), { body: 'x' }),
  request('send a body of 4 MiB + 1', 310, sendV2(TOPIC, { i: keys({ UNIQ_KEY: 'GOLDEN-BIG' }) }), {
    body: Buffer.alloc(4 * 1024 * 1024 + 1, 'x'),
  }),
  request('heart beat', 34, {}, { body: heartbeat }),
  request('consumer list', 38, { consumerGroup: GROUP }, { answers: 'json' }),
  request('consumer list of an unknown group', 38, { consumerGroup: 'GoldenNobody' }),
  request('pull found', 11, pull({}), { answers: 'records' }),
  request('pull by tag', 11, pull({ subscription: 'TagB' }), { answers: 'records' }),
  request('pull by a tag nobody sent', 11, pull({ subscription: 'TagZ' })),
  request('pull at the end', 11, pull({ queueOffset: '4' })),
  request('pull beyond the end', 11, pull({ queueOffset: '99' })),
  request('pull from an empty queue', 11, pull({ queueId: '1' })),
  request('pull from an unknown topic', 11, pull({ topic: 'GoldenUnknown' })),
  request('pull from queue 9 of 2', 11, pull({ queueId: '9' })),
  request('lite pull found', 361, pull({ queueOffset: '1', maxMsgNums: '1' }), {
    answers: 'records',
  }),
  request('query offset of a new group', 14, queue('0', { consumerGroup: 'GoldenNew' })),
  request('update offset', 15, queue('0', { consumerGroup: GROUP, commitOffset: '3' })),
  request('query offset', 14, queue('0', { consumerGroup: GROUP })),
  request('max offset', 30, queue('0')),
  request('min offset', 31, queue('0')),
  request('earliest store time', 32, queue('0')),
  request('offset of time 0', 29, queue('0', { timestamp: '0' })),
  request('offset of a late time', 29, queue('0', { timestamp: '4000000000000' })),
  request('lock', 41, {}, { body: lockBody, answers: 'json' }),
  request('unlock', 42, {}, { body: lockBody }),
  request('view message', 33, (earlier) => ({ offset: earlier.physicalOffset('send 310') }), {
    answers: 'records',
  }),
  request('view message at a wrong offset', 33, { offset: '99999999' }),
  request('send back', 36, (earlier) => ({
    ...{ offset: earlier.physicalOffset('send 10'), group: GROUP, delayLevel: '0' },
    ...{ originMsgId: 'GOLDEN-2', originTopic: TOPIC, unitMode: 'false' },
    maxReconsumeTimes: '16',
  })),
  request(
    'update group',
    200,
    {},
    {
      body: JSON.stringify({ groupName: 'GoldenMade', consumeEnable: true, retryMaxTimes: 3 }),
    },
  ),
  request('topic statistics of an unknown topic', 202, { topic: 'GoldenUnknown' }),
  request('producer connections of an unknown group', 204, { producerGroup: 'GoldenNobody' }),
  request('consumer connections of an unknown group', 203, { consumerGroup: 'GoldenNobody' }),
  request('unknown code', 29_999),
  request('unregister', 35, {
    ...{ clientID: CLIENT, producerGroup: 'GoldenProducer', consumerGroup: GROUP },
  }),
  { ...request('route', 105, { topic: TOPIC }, { answers: 'json' }), to: 'namesrv' },
  { ...request('route of an unknown topic', 105, { topic: 'GoldenUnknown' }), to: 'namesrv' },
  { ...request('cluster', 106, {}, { answers: 'json' }), to: 'namesrv' },
  { ...request('unknown code at the name server', 29_999), to: 'namesrv' },
];
