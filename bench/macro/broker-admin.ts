// SPDX-License-Identifier: Apache-2.0
/** The two administration requests that a run needs of either broker. */
import { SystemClock } from '../../src/core/clock.ts';
import { ResponseCode } from '../../src/protocol/codes.ts';
import { getBrokerRuntimeInfo } from '../../src/protocol/commands/get-broker-runtime-info.ts';
import { updateAndCreateTopic } from '../../src/protocol/commands/update-and-create-topic.ts';
import { createRequest, type RemotingCommand } from '../../src/protocol/remoting-command.ts';
import { PooledRemotingClient } from '../../src/transport/remoting-client.ts';
import { TcpConnector } from '../../src/transport/tcp-connector.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const PERM_READ_WRITE = 6;

export async function createTopic(
  brokerPort: number,
  topic: string,
  queues: number,
): Promise<void> {
  const { code, request } = updateAndCreateTopic;
  const fields = request.encode({
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: PERM_READ_WRITE,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
  });
  await call(brokerPort, createRequest(code, fields));
}

/** Syncs of the commit log since the broker started; undefined where a broker does not tell. */
export async function commitLogSyncs(brokerPort: number): Promise<number | undefined> {
  const answer = await call(brokerPort, createRequest(getBrokerRuntimeInfo.code));
  const text = new TextDecoder().decode(answer.body);
  const count = /"commitLogSyncTimesTotal":"(\d+)"/.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

async function call(brokerPort: number, request: RemotingCommand): Promise<RemotingCommand> {
  const clock = new SystemClock();
  const client = new PooledRemotingClient({ connector: new TcpConnector({ clock }), clock });
  try {
    const address = `127.0.0.1:${brokerPort}`;
    const answer = await client.invoke(address, request, { timeoutMs: REQUEST_TIMEOUT_MS });
    if (answer.code === ResponseCode.SUCCESS) return answer;
    throw new Error(`code ${request.code} at ${address}: ${answer.code} ${answer.remark ?? ''}`);
  } finally {
    await client.close();
  }
}
