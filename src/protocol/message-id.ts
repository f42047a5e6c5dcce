// SPDX-License-Identifier: Apache-2.0
/**
 * The two ids of a message: where it is stored (offsetMsgId), and the one its producer gave it
 * (UNIQ_KEY). Both upper-case hex, 32 characters, 56 with IPv6.
 * Source: MessageDecoder, MessageClientIDSetter; remoting §3.6.
 */

import type { Clock } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import { readInt64, writeInt64 } from './int64.ts';
import { ipBytes, ipText } from './ip-address.ts';
import type { SocketAddress } from './transport.ts';

const HEX = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).toUpperCase().padStart(2, '0'),
);

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

/** Address, int32 port, int64 physical offset. */
export function formatOffsetMessageId(storeHost: SocketAddress, physicalOffset: number): string {
  const address = ipBytes(storeHost.host);
  const bytes = new Uint8Array(address.length + 12);
  const view = new DataView(bytes.buffer);
  bytes.set(address);
  view.setInt32(address.length, storeHost.port);
  writeInt64(view, address.length + 4, physicalOffset);
  return toHex(bytes);
}

export interface OffsetMessageId {
  readonly storeHost: SocketAddress;
  readonly physicalOffset: number;
}

/** Errors: BODY_INVALID for text that is no such id. */
export function parseOffsetMessageId(text: string): OffsetMessageId {
  if (!/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{56})$/.test(text)) {
    throw new ApogeeError('BODY_INVALID', `${text.slice(0, 64)} is not a message id`, {
      cure: 'give the offset id of 32 or 56 hexadecimal characters',
    });
  }
  const bytes = fromHex(text);
  const view = new DataView(bytes.buffer);
  const addressBytes = bytes.length - 12;
  const physicalOffset = readInt64(view, addressBytes + 4);
  if (physicalOffset < 0 || !Number.isSafeInteger(physicalOffset)) {
    throw new ApogeeError('BODY_INVALID', `the offset in message id ${text} is out of range`);
  }
  return {
    storeHost: {
      host: ipText(bytes.subarray(0, addressBytes)),
      port: view.getInt32(addressBytes),
    },
    physicalOffset,
  };
}

export interface UniqueKeyParts {
  /** An address of this machine. */
  readonly ip: string;
  /** Process id; its low 16 bits count. */
  readonly pid: number;
  /** Any constant of this process, for example a random int32. */
  readonly hash: number;
  readonly clock: Clock;
}

/** Gives UNIQ_KEYs: address, pid, hash, ms since the start of the local month, counter. */
export class UniqueKeyGenerator {
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #suffix = new DataView(new ArrayBuffer(6));
  #counter = 0;
  #monthStartMs = 0;
  #nextMonthMs = 0;

  constructor(parts: UniqueKeyParts) {
    const address = ipBytes(parts.ip);
    const bytes = new Uint8Array(address.length + 6);
    const view = new DataView(bytes.buffer);
    bytes.set(address);
    view.setInt16(address.length, parts.pid);
    view.setInt32(address.length + 2, parts.hash);
    this.#prefix = toHex(bytes);
    this.#clock = parts.clock;
  }

  /** Unique in this process for 65 536 ids per millisecond. */
  next(): string {
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#nextMonthMs) this.#startMonth(nowMs);
    // A clock that stepped back a little over the turn of a month gives 0, not a negative time.
    const elapsed = nowMs - this.#monthStartMs;
    this.#suffix.setInt32(0, elapsed < 0 && elapsed > -1_000_000 ? 0 : elapsed);
    this.#suffix.setInt16(4, this.#counter);
    this.#counter = (this.#counter + 1) & 0xffff;
    return this.#prefix + toHex(new Uint8Array(this.#suffix.buffer));
  }

  #startMonth(nowMs: number): void {
    const now = new Date(nowMs);
    this.#monthStartMs = new Date(now.getFullYear(), now.getMonth(), 1).getTime();
    this.#nextMonthMs = new Date(now.getFullYear(), now.getMonth() + 1, 1).getTime();
  }
}
