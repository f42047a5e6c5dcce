// SPDX-License-Identifier: Apache-2.0
/** What ApogeeMQ promises beside Apache RocketMQ 5.5.0 on two cores, bodies of 128 bytes. */
export const apogeeTargets = {
  sync1: { ratio: 1.6, cpuMicros: 80 },
  sync64: { ratio: 2, cpuMicros: 14 },
  pipelined: { ratio: 8, cpuMicros: 1.5 },
  batch: { ratio: 8 },
  pull: { ratio: 2.5 },
  syncflush64: { ratio: 2, messagesPerSync: 20 },
  java: { ratio: 1.7 },
} as const;

export const footprintTargets = {
  idleRssMegabytes: 85,
  firstSendMs: 1000,
  anonymousGrowthMegabytes: 50,
  idleConnectionKib: 8,
} as const;
