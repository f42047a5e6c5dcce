// SPDX-License-Identifier: Apache-2.0
/** Keys of ours that no Apache class has, in the same files. */
import type { KeyRow } from './config-key.ts';

export const apogeeKeys: readonly KeyRow[] = [
  // Broker 10920; a name server of its own process 9877; 0 picks a free port, -1 is not allowed.
  ['webSocketListenPort', 'int', '10920'],
  ['webSocketEnable', 'boolean', 'true'],
  ['webSocketEngine', 'WebSocketEngine', 'auto'],
  // Origins of browser pages that may connect, separated by `,`; `*` is every one.
  ['webSocketAllowedOrigins', 'String', '*'],
  ['httpListenPort', 'int', '10980'],
  ['httpEnable', 'boolean', 'true'],
  ['pullExecution', 'PullExecution', 'auto'],
  ['logLevel', 'LogLevel', 'info'],
  ['logFormat', 'LogFormat', 'auto'],
];
