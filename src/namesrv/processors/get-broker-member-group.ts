// SPDX-License-Identifier: Apache-2.0
/**
 * Code 901: the replicas of a broker name; the cluster is echoed, not checked.
 * Source: namesrv §4.9.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import {
  encodeBrokerMemberGroup,
  getBrokerMemberGroup,
} from '../../protocol/commands/get-broker-member-group.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function getBrokerMemberGroupProcessor({ routes }: NamesrvContext): RequestProcessor {
  return ({ request, connection }) => {
    const { clusterName, brokerName } = getBrokerMemberGroup.request.decode(request.extFields);
    const brokerAddrs = routes.memberAddresses(brokerName, connection);
    const body = encodeBrokerMemberGroup({ cluster: clusterName, brokerName, brokerAddrs });
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
