// SPDX-License-Identifier: Apache-2.0
/** The two answers every processor gives. */
import { ResponseCode } from '../../protocol/codes.ts';
import {
  createResponse,
  type RemotingCommand,
  type ResponseParts,
} from '../../protocol/remoting-command.ts';

export function succeed(request: RemotingCommand, parts: ResponseParts = {}): RemotingCommand {
  return createResponse(request, ResponseCode.SUCCESS, parts);
}

/** `remark` says what is wrong and, where the reader can do something, what. */
export function refuse(request: RemotingCommand, code: number, remark: string): RemotingCommand {
  return createResponse(request, code, { remark });
}
