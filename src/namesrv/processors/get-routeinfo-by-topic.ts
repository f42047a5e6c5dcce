// SPDX-License-Identifier: Apache-2.0
/**
 * Code 105: where a topic lives. Clients take code 17 as "try the default topic", so nothing else may
 * be answered for an unknown one. Source: ClientRequestProcessor, ZoneRouteRPCHook; namesrv §4.4.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import { getRouteinfoByTopic } from '../../protocol/commands/get-routeinfo-by-topic.ts';
import { FAQ_SUFFIX } from '../../protocol/names.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { encodeTopicRouteData } from '../../protocol/topic-route.ts';
import { NAMESPACE_ORDER_TOPIC_CONFIG } from '../kv-config-manager.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function getRouteinfoByTopicProcessor(context: NamesrvContext): RequestProcessor {
  const { routes, kvConfig, config } = context;
  return ({ request, connection, nowMs }) => {
    const header = getRouteinfoByTopic.request.decode(request.extFields);
    const { topic, __ZONE_MODE: zoneMode, __ZONE_NAME: zone } = header;
    if (!isReady(context, nowMs)) {
      const remark = 'name server not ready';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    const zoneName = zoneMode === true && zone?.trim() ? zone : undefined;
    const route = routes.topicRoute(topic, connection, zoneName);
    if (route === undefined) {
      const remark = `No topic route info in name server for the topic: ${topic}${FAQ_SUFFIX}`;
      return createResponse(request, ResponseCode.TOPIC_NOT_EXIST, { remark });
    }
    const orderTopicConf = config.orderMessageEnable
      ? kvConfig.get(NAMESPACE_ORDER_TOPIC_CONFIG, topic)
      : undefined;
    const body = encodeTopicRouteData({ ...route, orderTopicConf }, true);
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}

/** Brokers register anew within 30 s of a start; until then routes would look gone. */
function isReady({ config, startedAtMs }: NamesrvContext, nowMs: number): boolean {
  return !config.needWaitForService || nowMs >= startedAtMs + config.waitSecondsForService * 1000;
}
