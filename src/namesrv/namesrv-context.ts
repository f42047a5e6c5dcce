// SPDX-License-Identifier: Apache-2.0
/** What the processors of a name server share. */
import type { Log } from '../core/log.ts';
import type { Inflate } from '../protocol/register-broker-body.ts';
import type { KvConfigManager } from './kv-config-manager.ts';
import type { ConfigText, NamesrvConfig } from './namesrv-config.ts';
import type { RouteInfoManager } from './route-info-manager.ts';

export interface NamesrvContext {
  readonly config: NamesrvConfig;
  readonly configText: ConfigText;
  readonly routes: RouteInfoManager;
  readonly kvConfig: KvConfigManager;
  readonly inflate: Inflate;
  readonly log: Log;
  /** Wall clock of the start, ms. */
  readonly startedAtMs: number;
}
