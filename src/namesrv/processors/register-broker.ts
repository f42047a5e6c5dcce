// SPDX-License-Identifier: Apache-2.0
/** Code 103: a broker and its topics. Source: DefaultRequestProcessor.registerBroker; namesrv §4.1. */
import { ResponseCode } from '../../protocol/codes.ts';
import {
  type RegisterBrokerHeader,
  registerBroker,
} from '../../protocol/commands/register-broker.ts';
import { bodyCrc32 } from '../../protocol/crc32.ts';
import { encodeKvTable } from '../../protocol/kv-table.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { decodeRegisterBrokerBody } from '../../protocol/register-broker-body.ts';
import type { RemotingCommand } from '../../protocol/remoting-command.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { NAMESPACE_ORDER_TOPIC_CONFIG } from '../kv-config-manager.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function registerBrokerProcessor(context: NamesrvContext): RequestProcessor {
  return ({ request, connection }) => {
    const header = registerBroker.request.decode(request.extFields);
    if (!isBodyIntact(request, header)) {
      const remark = 'crc32 not match';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    const { inflate } = context;
    const result = context.routes.registerBroker({
      clusterName: header.clusterName,
      brokerName: header.brokerName,
      brokerAddr: header.brokerAddr,
      brokerId: header.brokerId,
      haServerAddr: header.haServerAddr,
      zoneName: header.__ZONE_NAME,
      heartbeatTimeoutMs: header.heartbeatTimeoutMillis,
      enableActingMaster: header.enableActingMaster,
      addressAuto: header.apogeeAddressAuto === true,
      webSocketPort: header.apogeeWebSocketPort,
      body: decodeRegisterBrokerBody(request.body, { version: request.version, inflate }),
      connection,
    });
    if (result.kind === 'refused') {
      const remark = 'register broker failed';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    const { masterAddr, haServerAddr } = result.kind === 'recorded' ? result : noMaster;
    return createResponse(request, ResponseCode.SUCCESS, {
      extFields: registerBroker.response.encode({ masterAddr, haServerAddr }),
      body: orderTopics(context),
    });
  };
}

const noMaster = { masterAddr: undefined, haServerAddr: undefined };

/** A checksum of 0 is none. */
function isBodyIntact(request: RemotingCommand, { bodyCrc32: expected }: RegisterBrokerHeader) {
  return !expected || bodyCrc32(request.body ?? new Uint8Array(0)) === expected;
}

/** The broker marks these topics as ordered. */
function orderTopics({ config, kvConfig }: NamesrvContext): Uint8Array | undefined {
  if (!config.returnOrderTopicConfigToBroker) return undefined;
  const table = kvConfig.namespaceTable(NAMESPACE_ORDER_TOPIC_CONFIG);
  return table === undefined ? undefined : encodeKvTable(table);
}
