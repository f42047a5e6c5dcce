// SPDX-License-Identifier: Apache-2.0
/** Bits of a message's sysFlag and of a pull request's. Source: MessageSysFlag, PullSysFlag. */

export const MessageSysFlag = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  TRANSACTION_NOT: 0,
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  TRANSACTION_ROLLBACK: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  NEED_UNWRAP: 0x40,
  INNER_BATCH: 0x80,
} as const;

/** Valid only together with COMPRESSED; 0 is zlib as old clients send it. */
export const CompressionType = { LZ4: 0x100, ZSTD: 0x200, ZLIB: 0x300 } as const;

const TRANSACTION_MASK = 0xc;
const COMPRESSION_MASK = 0x700;

/** One of the TRANSACTION values of MessageSysFlag. */
export function transactionType(sysFlag: number): number {
  return sysFlag & TRANSACTION_MASK;
}

export function withTransactionType(sysFlag: number, type: number): number {
  return (sysFlag & ~TRANSACTION_MASK) | type;
}

export function isCompressed(sysFlag: number): boolean {
  return (sysFlag & MessageSysFlag.COMPRESSED) !== 0;
}

export type CompressionName = 'zlib' | 'lz4' | 'zstd' | 'unknown';

/** How a compressed body is compressed; only meaningful when `isCompressed`. */
export function compressionOf(sysFlag: number): CompressionName {
  switch (sysFlag & COMPRESSION_MASK) {
    case 0:
    case CompressionType.ZLIB:
      return 'zlib';
    case CompressionType.LZ4:
      return 'lz4';
    case CompressionType.ZSTD:
      return 'zstd';
    default:
      return 'unknown';
  }
}

export const PullSysFlag = {
  COMMIT_OFFSET: 0x1,
  SUSPEND: 0x2,
  SUBSCRIPTION: 0x4,
  CLASS_FILTER: 0x8,
  LITE_PULL: 0x10,
} as const;
