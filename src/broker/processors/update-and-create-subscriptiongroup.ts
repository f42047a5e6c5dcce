// SPDX-License-Identifier: Apache-2.0
/** Creates or changes groups (200, 225). Source: AdminBrokerProcessor; admin §3.4. */
import { ResponseCode } from '../../protocol/codes.ts';
import { decodeSubscriptionGroupList } from '../../protocol/commands/update-and-create-subscriptiongroup-list.ts';
import { groupNameFault } from '../../protocol/names.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { RemotingCommand } from '../../protocol/remoting-command.ts';
import {
  decodeSubscriptionGroupConfig,
  type SubscriptionGroupConfig,
} from '../../protocol/subscription-group-config.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';
import { asAnswer, MAX_QUEUE_NUMS } from './update-and-create-topic.ts';

export function updateAndCreateSubscriptiongroupProcessor(
  services: BrokerServices,
): RequestProcessor {
  return ({ request }) =>
    updateGroups(services, request, [decodeSubscriptionGroupConfig(request.body)]);
}

export function updateAndCreateSubscriptiongroupListProcessor(
  services: BrokerServices,
): RequestProcessor {
  return ({ request }) =>
    updateGroups(services, request, decodeSubscriptionGroupList(request.body));
}

async function updateGroups(
  services: BrokerServices,
  request: RemotingCommand,
  configs: readonly SubscriptionGroupConfig[],
): Promise<RemotingCommand> {
  for (const { groupName, retryQueueNums } of configs) {
    const fault =
      groupNameFault(groupName) ??
      (retryQueueNums > MAX_QUEUE_NUMS
        ? `retryQueueNums of group ${groupName} is ${retryQueueNums}, at most ${MAX_QUEUE_NUMS}`
        : undefined);
    if (fault !== undefined) return refuse(request, ResponseCode.INVALID_PARAMETER, fault);
  }
  return await asAnswer(request, async () => {
    await services.groups.update(configs);
    return succeed(request);
  });
}
