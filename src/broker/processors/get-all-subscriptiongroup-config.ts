// SPDX-License-Identifier: Apache-2.0
/** Every group, in pages where asked (201). Source: AdminBrokerProcessor; admin §3.3, §3.4. */
import { getAllSubscriptiongroupConfig } from '../../protocol/commands/get-all-subscriptiongroup-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { encodeSubscriptionGroupTable } from '../../protocol/subscription-group-config.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';
import { tablePage } from './table-page.ts';

export function getAllSubscriptiongroupConfigProcessor(services: BrokerServices): RequestProcessor {
  const { config, groups } = services;
  return ({ request }) => {
    const header = getAllSubscriptiongroupConfig.request.decode(request.extFields);
    const { dataVersion, table, forbiddenTable } = groups;
    const page = {
      from: config.enableSplitMetadata ? header.groupSeq : undefined,
      count: header.maxGroupNum,
      dataVersion: header.dataVersion,
    };
    const subscriptionGroupTable = tablePage(table, dataVersion, page, config.splitMetadataSize);
    return succeed(request, {
      body: encodeSubscriptionGroupTable({ dataVersion, forbiddenTable, subscriptionGroupTable }),
      extFields: getAllSubscriptiongroupConfig.response.encode({ totalGroupNum: table.size }),
    });
  };
}
