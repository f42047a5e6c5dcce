// SPDX-License-Identifier: Apache-2.0
/** Every request code the name server serves. A new one gets its file here and a line below. */
import { RequestCode } from '../../protocol/codes.ts';
import type { ProcessorTable, RequestProcessor } from '../../protocol/processor.ts';
import { addWritePermOfBrokerProcessor } from './add-write-perm-of-broker.ts';
import { brokerHeartbeatProcessor } from './broker-heartbeat.ts';
import { deleteTopicInNamesrvProcessor } from './delete-topic-in-namesrv.ts';
import { getBrokerClusterInfoProcessor } from './get-broker-cluster-info.ts';
import { getBrokerMemberGroupProcessor } from './get-broker-member-group.ts';
import { getRouteinfoByTopicProcessor } from './get-routeinfo-by-topic.ts';
import { kvConfigProcessors } from './kv-config.ts';
import { namesrvConfigProcessors } from './namesrv-config.ts';
import type { NamesrvParts } from './parts.ts';
import { queryDataVersionProcessor } from './query-data-version.ts';
import { registerBrokerProcessor } from './register-broker.ts';
import { registerTopicInNamesrvProcessor } from './register-topic-in-namesrv.ts';
import { topicListProcessors } from './topic-lists.ts';
import { unregisterBrokerProcessor } from './unregister-broker.ts';
import { wipeWritePermOfBrokerProcessor } from './wipe-write-perm-of-broker.ts';

export function namesrvProcessors(parts: NamesrvParts): ProcessorTable {
  return new Map<number, RequestProcessor>([
    [RequestCode.REGISTER_BROKER, registerBrokerProcessor(parts)],
    [RequestCode.UNREGISTER_BROKER, unregisterBrokerProcessor(parts)],
    [RequestCode.GET_ROUTEINFO_BY_TOPIC, getRouteinfoByTopicProcessor(parts)],
    [RequestCode.GET_BROKER_CLUSTER_INFO, getBrokerClusterInfoProcessor(parts)],
    [RequestCode.WIPE_WRITE_PERM_OF_BROKER, wipeWritePermOfBrokerProcessor(parts)],
    [RequestCode.ADD_WRITE_PERM_OF_BROKER, addWritePermOfBrokerProcessor(parts)],
    [RequestCode.DELETE_TOPIC_IN_NAMESRV, deleteTopicInNamesrvProcessor(parts)],
    [RequestCode.REGISTER_TOPIC_IN_NAMESRV, registerTopicInNamesrvProcessor(parts)],
    [RequestCode.QUERY_DATA_VERSION, queryDataVersionProcessor(parts)],
    [RequestCode.GET_BROKER_MEMBER_GROUP, getBrokerMemberGroupProcessor(parts)],
    [RequestCode.BROKER_HEARTBEAT, brokerHeartbeatProcessor(parts)],
    ...kvConfigProcessors(parts),
    ...namesrvConfigProcessors(parts),
    ...topicListProcessors(parts),
  ]);
}
