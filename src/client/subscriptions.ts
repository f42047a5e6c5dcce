// SPDX-License-Identifier: Apache-2.0
/** What a consumer subscribes to, by topic. */
import { ApogeeError } from '../core/errors.ts';
import { topicNameFault } from '../protocol/names.ts';
import { newSubscriptionData, type SubscriptionData } from '../protocol/subscription.ts';

/** Topics of one consumer; more are a mistake. */
export const MAX_SUBSCRIPTIONS = 10_000;

/** `TagA || TagB`, `*` for all, or an SQL92 expression for the broker to evaluate. */
export type SubscriptionExpression = string | { readonly sql92: string };

export class Subscriptions {
  readonly #byTopic = new Map<string, SubscriptionData>();

  get(topic: string): SubscriptionData | undefined {
    return this.#byTopic.get(topic);
  }

  all(): SubscriptionData[] {
    return [...this.#byTopic.values()];
  }

  topics(): string[] {
    return [...this.#byTopic.keys()];
  }

  /**
   * @param nowMs becomes the version: brokers take the expression with the greatest one
   * Errors: CONFIG_VALUE for a bad topic or too many; MESSAGE_INVALID for a bad expression.
   */
  set(topic: string, expression: SubscriptionExpression, nowMs: number): SubscriptionData {
    const fault = topicNameFault(topic);
    if (fault !== undefined) throw new ApogeeError('CONFIG_VALUE', fault);
    if (this.#byTopic.size >= MAX_SUBSCRIPTIONS && !this.#byTopic.has(topic)) {
      throw new ApogeeError('CONFIG_VALUE', `a consumer has ${MAX_SUBSCRIPTIONS} topics at most`);
    }
    const data =
      typeof expression === 'string'
        ? newSubscriptionData(topic, expression, { subVersion: BigInt(nowMs) })
        : newSubscriptionData(topic, expression.sql92, {
            expressionType: 'SQL92',
            subVersion: BigInt(nowMs),
          });
    this.#byTopic.set(topic, data);
    return data;
  }

  delete(topic: string): boolean {
    return this.#byTopic.delete(topic);
  }
}
