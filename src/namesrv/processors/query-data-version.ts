// SPDX-License-Identifier: Apache-2.0
/** QUERY_DATA_VERSION 322: has a broker anything new to register? namesrv §4.6. */
import { ResponseCode } from '../../protocol/codes.ts';
import { queryDataVersion as command } from '../../protocol/commands/query-data-version.ts';
import { dataVersionFromJson, dataVersionToJson } from '../../protocol/data-version.ts';
import { encodeJsonBody } from '../../protocol/java-json.ts';
import { parseJsonBody } from '../../protocol/json-fields.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function queryDataVersionProcessor({ routes }: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const { clusterName, brokerAddr } = command.request.decode(request.extFields);
    const asked = dataVersionFromJson(parseJsonBody(request.body, 'a data version'));
    const changed = routes.isDataVersionChanged(clusterName, brokerAddr, asked);
    routes.touch(clusterName, brokerAddr);
    const known = routes.liveInfo(clusterName, brokerAddr)?.dataVersion;
    return createResponse(request, ResponseCode.SUCCESS, {
      extFields: command.response.encode({ changed }),
      body: known === undefined ? undefined : encodeJsonBody(dataVersionToJson(known)),
    });
  };
}
