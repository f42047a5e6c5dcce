// SPDX-License-Identifier: Apache-2.0
/** The part of uWebSockets.js that we use, declared here because the package is optional. */

export interface UwsModule {
  App<Data>(): UwsApp<Data>;
  us_socket_local_port(socket: object): number;
  us_listen_socket_close(socket: object): void;
}

export interface UwsApp<Data> {
  ws(pattern: string, behavior: UwsBehavior<Data>): UwsApp<Data>;
  any(pattern: string, handler: (response: UwsResponse<Data>) => void): UwsApp<Data>;
  listen(
    host: string,
    port: number,
    options: number,
    listening: (socket: object | false) => void,
  ): UwsApp<Data>;
}

export interface UwsBehavior<Data> {
  readonly compression: number;
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly upgrade: (response: UwsResponse<Data>, request: UwsRequest, context: object) => void;
  readonly open: (socket: UwsSocket<Data>) => void;
  /** `message` is only valid during the call. */
  readonly message: (socket: UwsSocket<Data>, message: ArrayBuffer, isBinary: boolean) => void;
  readonly drain: (socket: UwsSocket<Data>) => void;
  readonly close: (socket: UwsSocket<Data>, code: number) => void;
}

export interface UwsRequest {
  getHeader(lowerCaseName: string): string;
}

export interface UwsResponse<Data> {
  getRemoteAddress(): ArrayBuffer;
  writeStatus(status: string): UwsResponse<Data>;
  end(body: string): void;
  upgrade(data: Data, key: string, protocol: string, extensions: string, context: object): void;
}

export interface UwsSocket<Data> {
  getUserData(): Data;
  getRemoteAddress(): ArrayBuffer;
  getBufferedAmount(): number;
  /** 1 = sent, 0 = copied and waiting, 2 = dropped. */
  send(bytes: Uint8Array, isBinary: boolean, compress: boolean): number;
  end(code: number, reason: string): void;
}
