// SPDX-License-Identifier: Apache-2.0
/** Names what came when bytes are no remoting frame, for the one line in the log. */

const TLS_HANDSHAKE = 0x16;
const HTTP_METHODS = /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PRI) /;
const LOOK_AT_BYTES = 16;

/** Undefined: nothing that is known. `bytes` are the first ones that did not fit. */
export function describeForeignBytes(bytes: Uint8Array): string | undefined {
  if (bytes[0] === TLS_HANDSHAKE && bytes[1] === 3) {
    return 'a TLS handshake on a port without TLS';
  }
  const text = String.fromCharCode(...bytes.subarray(0, LOOK_AT_BYTES));
  if (HTTP_METHODS.test(text)) return 'an HTTP request on a remoting port';
  if (text.startsWith('SSH-')) return 'an SSH greeting on a remoting port';
  if (text.startsWith('PROXY ')) return 'a PROXY protocol header';
  return undefined;
}
