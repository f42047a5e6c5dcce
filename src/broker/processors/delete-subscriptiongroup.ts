// SPDX-License-Identifier: Apache-2.0
/** Deletes a group (207), with its offsets when asked. Source: AdminBrokerProcessor; admin §3.4. */
import { deleteSubscriptiongroup } from '../../protocol/commands/delete-subscriptiongroup.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';
import { asAnswer } from './update-and-create-topic.ts';

export function deleteSubscriptiongroupProcessor(services: BrokerServices): RequestProcessor {
  const { groups, offsets } = services;
  return async ({ request }) => {
    const { groupName, cleanOffset } = deleteSubscriptiongroup.request.decode(request.extFields);
    return await asAnswer(request, async () => {
      await groups.delete(groupName);
      if (cleanOffset === true) {
        offsets.removeGroup(groupName);
        await offsets.flush();
      }
      return succeed(request);
    });
  };
}
