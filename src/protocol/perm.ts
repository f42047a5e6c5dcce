// SPDX-License-Identifier: Apache-2.0
/** Permission bits of topics and brokers, unit bits of topics. Source: PermName, TopicSysFlag. */

export const Perm = { INHERIT: 1, WRITE: 2, READ: 4, PRIORITY: 8 } as const;

/** Read and write, the usual permission of a topic. */
export const PERM_READ_WRITE = 6;

export const TopicSysFlag = { UNIT: 1, UNIT_SUB: 2 } as const;

export function isReadable(perm: number): boolean {
  return (perm & Perm.READ) !== 0;
}

export function isWriteable(perm: number): boolean {
  return (perm & Perm.WRITE) !== 0;
}

export function isInherited(perm: number): boolean {
  return (perm & Perm.INHERIT) !== 0;
}

/** `RW-` for 6, `RWX` for 7, `---` for 0. */
export function permText(perm: number): string {
  const letters = [isReadable(perm) && 'R', isWriteable(perm) && 'W', isInherited(perm) && 'X'];
  return letters.map((letter) => letter || '-').join('');
}
