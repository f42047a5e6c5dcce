// SPDX-License-Identifier: Apache-2.0
/** IP addresses as text and as the 4 or 16 bytes that records and ids hold. No name look-up. */
import { ApogeeError } from '../core/errors.ts';

/** `10.0.0.1:10911`, `[::1]:10911`. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Host (without brackets) and port of `host:port`; undefined when there is no port. */
export function parseHostPort(address: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|(.+)):([0-9]{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** True for 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (host.startsWith('127.') && parseIpv4(host) !== undefined);
}

/** 4 or 16 bytes. Errors: BODY_INVALID for text that is no IP address. */
export function ipBytes(host: string): Uint8Array {
  const bytes = host.includes(':') ? parseIpv6(host) : parseIpv4(host);
  if (bytes === undefined) throw new ApogeeError('BODY_INVALID', `${host} is not an IP address`);
  return bytes;
}

/** Dotted IPv4 for 4 bytes; for 16 the short IPv6 form of RFC 5952. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
  const [start, length] = longestZeroRun(groups);
  const hex = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(':');
  return length < 2
    ? hex(groups)
    : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best[1]) best = [start, length];
  }
  return best;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const numbers = parts.map((part) => (/^[0-9]{1,3}$/.test(part) ? Number(part) : 256));
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = (text.split('%')[0] ?? '').split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(ipv6Groups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const known = head.length + (tail?.length ?? 0);
  if (halves.length === 2 ? known > 7 : known !== 8) return undefined;
  const groups = [...head, ...new Array<number>(8 - known).fill(0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** 16-bit groups of one side of `::`; the last may be a dotted IPv4 address. */
function ipv6Groups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) {
      const view = new DataView(ipv4.buffer);
      groups.push(view.getUint16(0), view.getUint16(2));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
