// SPDX-License-Identifier: Apache-2.0
/** CRC-32 (IEEE 802.3), as message records and broker registrations carry it. */

const POLYNOMIAL = 0xedb88320;

const table = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  table[byte] = remainder;
}

/** Unsigned 32 bits. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The 31 low bits, never negative: the form Apache stores and sends (UtilAll.crc32). */
export function bodyCrc32(bytes: Uint8Array): number {
  return crc32(bytes) & 0x7fffffff;
}
