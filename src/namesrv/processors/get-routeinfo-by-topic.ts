// SPDX-License-Identifier: Apache-2.0
/**
 * GET_ROUTEINFO_BY_TOPIC 105. Clients rely on code 17, not on its text, to try the default topic.
 * Source: ClientRequestProcessor, ZoneRouteRPCHook; namesrv §4.4.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import { getRouteinfoByTopic as command } from '../../protocol/commands/get-routeinfo-by-topic.ts';
import { FAQ_SUFFIX } from '../../protocol/names.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse, type ExtFields } from '../../protocol/remoting-command.ts';
import { encodeTopicRouteData } from '../../protocol/topic-route.ts';
import { ORDER_TOPIC_NAMESPACE } from '../kv-config-manager.ts';
import { inZone, pickupTopicRoute } from '../route-queries.ts';
import type { NamesrvParts } from './parts.ts';

/** Peers from V4_9_4 on read JSON with quoted keys only. */
const V4_9_4 = 401;

export function getRouteinfoByTopicProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request, connection, nowMs }) => {
    const { config } = parts;
    const upMs = nowMs - parts.startedMs;
    if (config.needWaitForService && upMs < config.waitSecondsForService * 1000) {
      const remark = 'name server not ready';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    const header = command.request.decode(request.extFields);
    const found = pickupTopicRoute(parts.routes, header.topic, connection);
    if (found === undefined) {
      return createResponse(request, ResponseCode.TOPIC_NOT_EXIST, {
        remark: `No topic route info in name server for the topic: ${header.topic}${FAQ_SUFFIX}`,
      });
    }
    const orderTopicConf = config.orderMessageEnable
      ? parts.kv.get(ORDER_TOPIC_NAMESPACE, header.topic)
      : undefined;
    const zone = wantedZone(request.extFields);
    const route = { ...(zone === undefined ? found : inZone(found, zone)), orderTopicConf };
    const strict = request.version >= V4_9_4 || header.acceptStandardJsonOnly === true;
    const body = encodeTopicRouteData(route, strict);
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}

/** Clients of a zone ask for its brokers only. */
function wantedZone(extFields: ExtFields): string | undefined {
  const name = extFields['__ZONE_NAME']?.trim();
  const isOn = extFields['__ZONE_MODE']?.toLowerCase() === 'true';
  return isOn && name !== undefined && name !== '' ? name : undefined;
}
