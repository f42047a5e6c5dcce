// SPDX-License-Identifier: Apache-2.0
/** A WebSocket constructor for Node, which has a global one from version 22 on only. */

import { MAX_WEBSOCKET_MESSAGE_BYTES } from './transport-limits.ts';
import type { WebSocketConstructor } from './websocket-connector.ts';

/** The package ws, loaded on first use. */
export async function nodeWebSocket(): Promise<WebSocketConstructor> {
  const { WebSocket } = await import('ws');
  return class NodeWebSocket extends WebSocket {
    constructor(url: string) {
      super(url, { perMessageDeflate: false, maxPayload: 2 * MAX_WEBSOCKET_MESSAGE_BYTES });
    }
  } as unknown as WebSocketConstructor;
}
