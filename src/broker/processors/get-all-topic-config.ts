// SPDX-License-Identifier: Apache-2.0
/** Every topic, in pages where asked (21). Source: AdminBrokerProcessor; admin §3.2, §3.3. */
import { getAllTopicConfig } from '../../protocol/commands/get-all-topic-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { encodeTopicConfigTable } from '../../protocol/topic-config-table.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';
import { tablePage } from './table-page.ts';

export function getAllTopicConfigProcessor({ config, topics }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const header = getAllTopicConfig.request.decode(request.extFields);
    const { dataVersion, table } = topics;
    const page = {
      from: config.enableSplitMetadata ? header.topicSeq : undefined,
      count: header.maxTopicNum,
      dataVersion: header.dataVersion,
    };
    const topicConfigTable = tablePage(table, dataVersion, page, config.splitMetadataSize);
    return succeed(request, {
      body: encodeTopicConfigTable({ dataVersion, topicConfigTable }),
      extFields: getAllTopicConfig.response.encode({ totalTopicNum: table.size }),
    });
  };
}
