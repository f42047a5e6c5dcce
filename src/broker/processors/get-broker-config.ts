// SPDX-License-Identifier: Apache-2.0
/** Every setting in force (26). Source: AdminBrokerProcessor; admin §3.7. */
import { getBrokerConfig } from '../../protocol/commands/get-broker-config.ts';
import { dataVersionToJson, initialDataVersion } from '../../protocol/data-version.ts';
import { stringifyJavaJson } from '../../protocol/java-json.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';

export function getBrokerConfigProcessor(services: BrokerServices): RequestProcessor {
  // Settings do not change while the broker runs, so their version is that of its start.
  const version = stringifyJavaJson(dataVersionToJson(initialDataVersion(services.stats.bootMs)));
  return ({ request }) =>
    succeed(request, {
      body: new TextEncoder().encode(services.settingsText()),
      extFields: getBrokerConfig.response.encode({ version }),
    });
}
