// SPDX-License-Identifier: Apache-2.0
/**
 * Code 215, admin to broker: delete a topic with its offsets.
 * Source: DeleteTopicRequestHeader; admin §3.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const deleteTopicInBroker = {
  code: RequestCode.DELETE_TOPIC_IN_BROKER,
  request: headerFields({
    topic: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
