// SPDX-License-Identifier: Apache-2.0
/** GET_BROKER_MEMBER_GROUP 901; the cluster name is echoed, not checked. namesrv §4.9. */
import { ResponseCode } from '../../protocol/codes.ts';
import { getBrokerMemberGroup as command } from '../../protocol/commands/get-broker-member-group.ts';
import { encodeJsonBody } from '../../protocol/java-json.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { brokerMembers } from '../route-queries.ts';
import type { NamesrvParts } from './parts.ts';

export function getBrokerMemberGroupProcessor({ routes }: NamesrvParts): RequestProcessor {
  return ({ request, connection }) => {
    const { clusterName, brokerName } = command.request.decode(request.extFields);
    const brokerAddrs = brokerMembers(routes, brokerName, connection);
    const body = encodeJsonBody({
      brokerMemberGroup: { brokerAddrs, brokerName, cluster: clusterName },
    });
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
