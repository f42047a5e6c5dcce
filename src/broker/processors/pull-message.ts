// SPDX-License-Identifier: Apache-2.0
/**
 * Pulls (11, 361) that native code did not serve. After the checks, which mend what automatic
 * creation may mend, they go back to the native path; the few that cannot be served there are read
 * here and wait by asking again. Source: PullMessageProcessor; remoting §2.4, store §8.3.
 */
import { sleep } from '../../core/clock.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import { type PullMessageHeader, pullMessage } from '../../protocol/commands/pull-message.ts';
import { encodeFrame } from '../../protocol/frame.ts';
import type { RequestContext, RequestProcessor } from '../../protocol/processor.ts';
import {
  createResponse,
  newExtFields,
  type RemotingCommand,
} from '../../protocol/remoting-command.ts';
import { PullSysFlag } from '../../protocol/sys-flag.ts';
import { GetMessageStatus, type ReadResult } from '../../store/message-store.ts';
import type { BrokerServices } from '../broker-services.ts';
import { type AllowedPull, checkPull } from './pull-checks.ts';

/** Pulls that wait here at once; further ones are answered without waiting. */
export const MAX_WAITING_PULLS = 10_000;

/** ms between two looks of a pull that waits here. */
const LOOK_PERIOD_MS = 200;

const statusNames = Object.fromEntries(
  Object.entries(GetMessageStatus).map(([name, status]) => [status, name]),
);

export function pullMessageProcessor(services: BrokerServices): RequestProcessor {
  const slow = new SlowPulls(services);
  return (context) => {
    const header = pullMessage.request.decode(context.request.extFields);
    const allowed = checkPull(services, context, header);
    if ('code' in allowed) {
      const { forbiddenType } = allowed;
      const extFields = newExtFields();
      if (forbiddenType !== undefined) extFields['forbiddenType'] = String(forbiddenType);
      return createResponse(context.request, allowed.code, { remark: allowed.remark, extFields });
    }
    const frame = encodeFrame(context.request);
    if (services.hotPath.serveAgain(context.connection, frame)) return undefined;
    return slow.pull(context, header, allowed);
  };
}

class SlowPulls {
  readonly #services: BrokerServices;
  #waiting = 0;

  constructor(services: BrokerServices) {
    this.#services = services;
  }

  async pull(
    context: RequestContext,
    header: PullMessageHeader,
    allowed: AllowedPull,
  ): Promise<RemotingCommand> {
    const { config, offsets } = this.#services;
    const { consumerGroup, topic, queueId, sysFlag } = header;
    if ((sysFlag & PullSysFlag.COMMIT_OFFSET) !== 0 && header.commitOffset >= 0) {
      offsets.commit(consumerGroup, topic, queueId, header.commitOffset);
    }
    let result = await this.#read(header, allowed);
    const mayWait = (sysFlag & PullSysFlag.SUSPEND) !== 0 && this.#waiting < MAX_WAITING_PULLS;
    if (mayWait && responseCode(result, header) === ResponseCode.PULL_NOT_FOUND) {
      const holdMs = config.longPollingEnable
        ? header.suspendTimeoutMillis
        : config.shortPollingTimeMills;
      result = await this.#waitForMessage(context, header, allowed, holdMs);
    }
    return answer(context, header, allowed, result);
  }

  #read(header: PullMessageHeader, { codes }: AllowedPull): Promise<ReadResult> {
    const { topic, queueId, queueOffset: offset, maxMsgNums: maxMessages } = header;
    return this.#services.diskReads.read({ topic, queueId, offset, maxMessages, codes });
  }

  async #waitForMessage(
    { connection, nowMs }: RequestContext,
    header: PullMessageHeader,
    allowed: AllowedPull,
    holdMs: number,
  ): Promise<ReadResult> {
    const { clock } = this.#services;
    this.#waiting += 1;
    try {
      for (;;) {
        const leftMs = nowMs + holdMs - clock.nowMs();
        await sleep(clock, Math.max(0, Math.min(LOOK_PERIOD_MS, leftMs)));
        const result = await this.#read(header, allowed);
        const isOver = leftMs <= LOOK_PERIOD_MS || !connection.isOpen;
        if (isOver || responseCode(result, header) !== ResponseCode.PULL_NOT_FOUND) return result;
      }
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** Source: store §8.3. */
function responseCode({ status }: ReadResult, { queueOffset }: PullMessageHeader): number {
  switch (status) {
    case GetMessageStatus.FOUND:
      return ResponseCode.SUCCESS;
    case GetMessageStatus.MESSAGE_WAS_REMOVING:
    case GetMessageStatus.NO_MATCHED_MESSAGE:
      return ResponseCode.PULL_RETRY_IMMEDIATELY;
    case GetMessageStatus.NO_MATCHED_LOGIC_QUEUE:
    case GetMessageStatus.NO_MESSAGE_IN_QUEUE:
      return queueOffset === 0 ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_OFFSET_MOVED;
    case GetMessageStatus.OFFSET_FOUND_NULL:
    case GetMessageStatus.OFFSET_OVERFLOW_ONE:
      return ResponseCode.PULL_NOT_FOUND;
    default:
      return ResponseCode.PULL_OFFSET_MOVED;
  }
}

function answer(
  { request }: RequestContext,
  header: PullMessageHeader,
  { topic, group }: AllowedPull,
  result: ReadResult,
): RemotingCommand {
  const code = responseCode(result, header);
  return createResponse(request, code, {
    remark: statusNames[result.status],
    extFields: pullMessage.response.encode({
      suggestWhichBrokerId: 0,
      nextBeginOffset: result.nextBeginOffset,
      minOffset: result.minOffset,
      maxOffset: result.maxOffset,
      offsetDelta: 0,
      topicSysFlag: topic.topicSysFlag,
      groupSysFlag: group.groupSysFlag,
    }),
    body: code === ResponseCode.SUCCESS ? result.records : undefined,
  });
}
