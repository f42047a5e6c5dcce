// SPDX-License-Identifier: Apache-2.0
/** One group (352), made on the way where that is allowed. Source: AdminBrokerProcessor. */
import { ResponseCode } from '../../protocol/codes.ts';
import { getSubscriptiongroupConfig } from '../../protocol/commands/get-subscriptiongroup-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { encodeSubscriptionGroupConfig } from '../../protocol/subscription-group-config.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function getSubscriptiongroupConfigProcessor({ groups }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { group } = getSubscriptiongroupConfig.request.decode(request.extFields);
    const config = groups.find(group);
    if (config !== undefined) {
      return succeed(request, { body: encodeSubscriptionGroupConfig(config) });
    }
    const remark = `No group in this broker. group: ${group}`;
    return refuse(request, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
  };
}
