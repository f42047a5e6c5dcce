// SPDX-License-Identifier: Apache-2.0
/**
 * Code 105, client to name server: where a topic lives. Body: topic-route.ts. Clients that set a
 * zone send the two zone fields. Source: GetRouteInfoRequestHeader; namesrv §4.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getRouteinfoByTopic = {
  code: RequestCode.GET_ROUTEINFO_BY_TOPIC,
  request: headerFields({
    topic: required.text,
    acceptStandardJsonOnly: optional.boolean,
    __ZONE_NAME: optional.text,
    __ZONE_MODE: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
