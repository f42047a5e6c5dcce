// SPDX-License-Identifier: Apache-2.0
/**
 * Accepted sockets that read into one buffer of the listener. Node otherwise allocates 64 KiB for
 * each readable event and gives most of it back to the collector: a third of a broker's time under
 * pipelined load. `onread` does this for sockets one dials; for accepted ones the handle is moved
 * into a socket made with `onread`. On a Node without such a handle the socket stays as it is.
 */
import { Socket } from 'node:net';

/** Bytes read at once; what one socket has ready beyond it comes with the next read. */
export const SHARED_READ_BYTES = 256 * 1024;

/** Bytes were read into the shared buffer, valid during the call. True: go on reading. */
export type SharedRead = (this: Socket, byteCount: number, buffer: Uint8Array) => boolean;

interface HandleHolder {
  _handle: object | null | undefined;
}

/** Takes a socket accepted with `pauseOnConnect`; reading starts at once. */
export function withSharedReads(accepted: Socket, buffer: Uint8Array, onRead: SharedRead): Socket {
  const holder = accepted as unknown as HandleHolder;
  const handle = holder._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) {
    accepted.resume();
    return accepted;
  }
  holder._handle = null;
  accepted.destroy();
  const options = { handle, onread: { buffer, callback: onRead } };
  return new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
}
