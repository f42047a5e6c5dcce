// SPDX-License-Identifier: Apache-2.0
/** Every request a name server serves, one processor per code. Source: namesrv §3. */
import { RequestCode } from '../protocol/codes.ts';
import type { ProcessorTable } from '../protocol/processor.ts';
import type { NamesrvContext } from './namesrv-context.ts';
import { addWritePermOfBrokerProcessor } from './processors/add-write-perm-of-broker.ts';
import { brokerHeartbeatProcessor } from './processors/broker-heartbeat.ts';
import { deleteKvConfigProcessor } from './processors/delete-kv-config.ts';
import { deleteTopicInNamesrvProcessor } from './processors/delete-topic-in-namesrv.ts';
import { getAllTopicListFromNameserverProcessor } from './processors/get-all-topic-list-from-nameserver.ts';
import { getBrokerClusterInfoProcessor } from './processors/get-broker-cluster-info.ts';
import { getBrokerMemberGroupProcessor } from './processors/get-broker-member-group.ts';
import { getHasUnitSubTopicListProcessor } from './processors/get-has-unit-sub-topic-list.ts';
import { getHasUnitSubUnunitTopicListProcessor } from './processors/get-has-unit-sub-ununit-topic-list.ts';
import { getKvConfigProcessor } from './processors/get-kv-config.ts';
import { getKvlistByNamespaceProcessor } from './processors/get-kvlist-by-namespace.ts';
import { getNamesrvConfigProcessor } from './processors/get-namesrv-config.ts';
import { getRouteinfoByTopicProcessor } from './processors/get-routeinfo-by-topic.ts';
import { getSystemTopicListFromNsProcessor } from './processors/get-system-topic-list-from-ns.ts';
import { getTopicsByClusterProcessor } from './processors/get-topics-by-cluster.ts';
import { getUnitTopicListProcessor } from './processors/get-unit-topic-list.ts';
import { kvConfigProcessor } from './processors/kv-config.ts';
import { namesrvConfigProcessor } from './processors/namesrv-config.ts';
import { partsProcessor } from './processors/parts.ts';
import { putKvConfigProcessor } from './processors/put-kv-config.ts';
import { queryDataVersionProcessor } from './processors/query-data-version.ts';
import { registerBrokerProcessor } from './processors/register-broker.ts';
import { registerTopicInNamesrvProcessor } from './processors/register-topic-in-namesrv.ts';
import { tableProcessor } from './processors/table.ts';
import { topicListsProcessor } from './processors/topic-lists.ts';
import { unregisterBrokerProcessor } from './processors/unregister-broker.ts';
import { updateNamesrvConfigProcessor } from './processors/update-namesrv-config.ts';
import { wipeWritePermOfBrokerProcessor } from './processors/wipe-write-perm-of-broker.ts';

export function namesrvProcessors(context: NamesrvContext): ProcessorTable {
  return new Map([
    [RequestCode.ADD_WRITE_PERM_OF_BROKER, addWritePermOfBrokerProcessor(context)],
    [RequestCode.BROKER_HEARTBEAT, brokerHeartbeatProcessor(context)],
    [RequestCode.DELETE_KV_CONFIG, deleteKvConfigProcessor(context)],
    [RequestCode.DELETE_TOPIC_IN_NAMESRV, deleteTopicInNamesrvProcessor(context)],
    [
      RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
      getAllTopicListFromNameserverProcessor(context),
    ],
    [RequestCode.GET_BROKER_CLUSTER_INFO, getBrokerClusterInfoProcessor(context)],
    [RequestCode.GET_BROKER_MEMBER_GROUP, getBrokerMemberGroupProcessor(context)],
    [RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST, getHasUnitSubTopicListProcessor(context)],
    [
      RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
      getHasUnitSubUnunitTopicListProcessor(context),
    ],
    [RequestCode.GET_KV_CONFIG, getKvConfigProcessor(context)],
    [RequestCode.GET_KVLIST_BY_NAMESPACE, getKvlistByNamespaceProcessor(context)],
    [RequestCode.GET_NAMESRV_CONFIG, getNamesrvConfigProcessor(context)],
    [RequestCode.GET_ROUTEINFO_BY_TOPIC, getRouteinfoByTopicProcessor(context)],
    [RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS, getSystemTopicListFromNsProcessor(context)],
    [RequestCode.GET_TOPICS_BY_CLUSTER, getTopicsByClusterProcessor(context)],
    [RequestCode.GET_UNIT_TOPIC_LIST, getUnitTopicListProcessor(context)],
    [RequestCode.KV_CONFIG, kvConfigProcessor(context)],
    [RequestCode.NAMESRV_CONFIG, namesrvConfigProcessor(context)],
    [RequestCode.PARTS, partsProcessor(context)],
    [RequestCode.PUT_KV_CONFIG, putKvConfigProcessor(context)],
    [RequestCode.QUERY_DATA_VERSION, queryDataVersionProcessor(context)],
    [RequestCode.REGISTER_BROKER, registerBrokerProcessor(context)],
    [RequestCode.REGISTER_TOPIC_IN_NAMESRV, registerTopicInNamesrvProcessor(context)],
    [RequestCode.TABLE, tableProcessor(context)],
    [RequestCode.TOPIC_LISTS, topicListsProcessor(context)],
    [RequestCode.UNREGISTER_BROKER, unregisterBrokerProcessor(context)],
    [RequestCode.UPDATE_NAMESRV_CONFIG, updateNamesrvConfigProcessor(context)],
    [RequestCode.WIPE_WRITE_PERM_OF_BROKER, wipeWritePermOfBrokerProcessor(context)],
  ]);
}
