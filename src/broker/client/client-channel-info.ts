// SPDX-License-Identifier: Apache-2.0
/** A client as it registered over one connection. Source: ClientChannelInfo. */

import type { ClientConnection } from '../../protocol/client-connections.ts';
import { formatHostPort } from '../../protocol/ip-address.ts';
import type { PeerConnection } from '../../protocol/processor.ts';

export interface ClientChannelInfo {
  readonly connection: PeerConnection;
  readonly clientId: string;
  /** From the header of the command that registered it. */
  readonly language: string;
  readonly version: number;
  /** Wall clock of the last heartbeat, ms. */
  lastUpdateMs: number;
}

/** `host:port` of the client's end. */
export function remoteAddress(connection: PeerConnection): string {
  return formatHostPort(connection.remote.host, connection.remote.port);
}

export function toClientConnection(info: ClientChannelInfo): ClientConnection {
  return {
    clientId: info.clientId,
    clientAddr: remoteAddress(info.connection),
    language: info.language,
    version: info.version,
  };
}
