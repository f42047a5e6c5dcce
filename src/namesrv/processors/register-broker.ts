// SPDX-License-Identifier: Apache-2.0
/** REGISTER_BROKER 103. Source: DefaultRequestProcessor.registerBroker; namesrv §4.1. */
import { ResponseCode } from '../../protocol/codes.ts';
import {
  registerBroker as command,
  type RegisterBrokerHeader,
} from '../../protocol/commands/register-broker.ts';
import { bodyCrc32 } from '../../protocol/crc32.ts';
import { encodeKvTable } from '../../protocol/kv-table.ts';
import type { PeerConnection, RequestProcessor } from '../../protocol/processor.ts';
import { decodeRegisterBrokerBody } from '../../protocol/register-broker-body.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { registerBroker } from '../broker-registration.ts';
import { type BrokerReach, isSameHost } from '../broker-view.ts';
import { ORDER_TOPIC_NAMESPACE } from '../kv-config-manager.ts';
import type { NamesrvParts } from './parts.ts';

export function registerBrokerProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request, connection }) => {
    const header = command.request.decode(request.extFields);
    const sent = header.bodyCrc32 ?? 0;
    if (sent !== 0 && request.body !== undefined && sent !== bodyCrc32(request.body)) {
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark: 'crc32 not match' });
    }
    const body = decodeRegisterBrokerBody(request.body, {
      version: request.version,
      inflate: parts.inflate,
    });
    const result = registerBroker(parts.routes, {
      ...header,
      heartbeatTimeoutMillis: header.heartbeatTimeoutMillis,
      enableActingMaster: header.enableActingMaster,
      zoneName: header.__ZONE_NAME,
      body,
      connection,
      reach: reachOf(connection, header),
    });
    if (!result.accepted) {
      const remark = 'register broker failed';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    if (result.minBrokerIdChange !== undefined) parts.notifyMinBrokerId(result.minBrokerIdChange);
    const orderTopics = parts.config.returnOrderTopicConfigToBroker
      ? parts.kv.namespace(ORDER_TOPIC_NAMESPACE)
      : undefined;
    return createResponse(request, ResponseCode.SUCCESS, {
      extFields: command.response.encode({
        haServerAddr: result.haServerAddr,
        masterAddr: result.masterAddr,
      }),
      body: orderTopics === undefined ? undefined : encodeKvTable(orderTopics),
    });
  };
}

/** Undefined for brokers of others: their addresses are told as they registered them. */
function reachOf(
  connection: PeerConnection,
  header: RegisterBrokerHeader,
): BrokerReach | undefined {
  const { apogeeAddressAuto: addressAuto = false, apogeeWebSocketPort: port = 0 } = header;
  const webSocketPort = port > 0 && port < 65536 ? port : undefined;
  if (!addressAuto && webSocketPort === undefined) return undefined;
  return { addressAuto, sameHost: isSameHost(connection), webSocketPort };
}
