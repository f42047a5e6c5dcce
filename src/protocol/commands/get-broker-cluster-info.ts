// SPDX-License-Identifier: Apache-2.0
/**
 * Code 106, any to name server: every cluster and broker. Body: cluster-info.ts.
 * Source: namesrv §4.5.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getBrokerClusterInfo = {
  code: RequestCode.GET_BROKER_CLUSTER_INFO,
  request: headerFields({}),
  response: headerFields({}),
} as const;
