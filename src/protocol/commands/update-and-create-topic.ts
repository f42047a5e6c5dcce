// SPDX-License-Identifier: Apache-2.0
/**
 * Code 17, admin to broker: create or change a topic. `attributes` is text like
 * `+message.type=FIFO,-cleanup.policy`. Source: CreateTopicRequestHeader; remoting §2.9.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const updateAndCreateTopic = {
  code: RequestCode.UPDATE_AND_CREATE_TOPIC,
  request: headerFields({
    topic: required.text,
    defaultTopic: optional.text,
    readQueueNums: required.int32,
    writeQueueNums: required.int32,
    perm: required.int32,
    topicFilterType: required.text,
    topicSysFlag: optional.int32,
    order: optional.boolean,
    attributes: optional.text,
    force: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
