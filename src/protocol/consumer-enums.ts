// SPDX-License-Identifier: Apache-2.0
/**
 * Enumerations of consumers, in Apache's order: C++ and Go clients send ordinals.
 * Source: ConsumeType, MessageModel, ConsumeFromWhere, CMResult; remoting §2.0.1, delta §2.3.
 */

export const consumeTypes = ['CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP'] as const;
export type ConsumeType = (typeof consumeTypes)[number];

export const messageModels = ['BROADCASTING', 'CLUSTERING', 'LITE_SELECTIVE'] as const;
export type MessageModel = (typeof messageModels)[number];

export const consumeFromWheres = [
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST',
  'CONSUME_FROM_MIN_OFFSET',
  'CONSUME_FROM_MAX_OFFSET',
  'CONSUME_FROM_FIRST_OFFSET',
  'CONSUME_FROM_TIMESTAMP',
] as const;
export type ConsumeFromWhere = (typeof consumeFromWheres)[number];

export const consumeResults = [
  'CR_SUCCESS',
  'CR_LATER',
  'CR_ROLLBACK',
  'CR_COMMIT',
  'CR_THROW_EXCEPTION',
  'CR_RETURN_NULL',
] as const;
export type ConsumeResult = (typeof consumeResults)[number];
