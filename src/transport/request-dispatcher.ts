// SPDX-License-Identifier: Apache-2.0
/**
 * Hands each frame to whom it is for: responses to the request that waits, requests to the
 * processor of their code. Source: NettyRemotingAbstract.processMessageReceived; remoting §1.8.
 */
import type { Clock } from '../core/clock.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { ResponseCode, requestCodeName } from '../protocol/codes.ts';
import { decodeFrame } from '../protocol/frame.ts';
import type { ProcessorTable } from '../protocol/processor.ts';
import {
  createResponse,
  isOneway,
  isResponse,
  type RemotingCommand,
} from '../protocol/remoting-command.ts';
import type { RemotingPeer } from './remoting-peer.ts';

export interface RequestDispatcherOptions {
  readonly processors: ProcessorTable;
  readonly clock: Clock;
  readonly log: Log;
}

export class RequestDispatcher {
  readonly #processors: ProcessorTable;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: RequestDispatcherOptions) {
    this.#processors = options.processors;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Serves one whole frame, which may be reused afterwards. A bad one closes the peer. */
  dispatch(peer: RemotingPeer, frame: Uint8Array): void {
    let command: RemotingCommand;
    try {
      command = decodeFrame(frame);
    } catch (error) {
      this.#log.warn('a frame cannot be decoded; the connection is closed', {
        peer: peer.address,
        error: errorText(error),
      });
      peer.close(errorText(error));
      return;
    }
    if (!isResponse(command)) this.#serve(peer, command);
    else if (!peer.settle(command)) {
      this.#log.debug('an answer came that nobody waits for', {
        peer: peer.address,
        opaque: command.opaque,
      });
    }
  }

  #serve(peer: RemotingPeer, request: RemotingCommand): void {
    const processor = this.#processors.get(request.code);
    if (processor === undefined) {
      const remark = ` request type ${request.code} not supported`;
      this.#log.warn('an unknown request code', { peer: peer.address, code: request.code });
      this.#answer(peer, request, notSupported(request, remark));
      return;
    }
    try {
      const result = processor({ connection: peer, request, nowMs: this.#clock.nowMs() });
      if (!(result instanceof Promise)) {
        this.#answer(peer, request, result);
        return;
      }
      peer.beginWork();
      result
        .then(
          (response) => this.#answer(peer, request, response),
          (error) => this.#answer(peer, request, this.#failed(peer, request, error)),
        )
        .finally(() => peer.endWork());
    } catch (error) {
      this.#answer(peer, request, this.#failed(peer, request, error));
    }
  }

  #answer(
    peer: RemotingPeer,
    request: RemotingCommand,
    response: RemotingCommand | undefined,
  ): void {
    if (response === undefined || isOneway(request)) return;
    try {
      peer.send(response);
    } catch (error) {
      // The answer does not fit a frame: say so instead of leaving the client to its timeout.
      peer.send(this.#failed(peer, request, error));
    }
  }

  /** SYSTEM_ERROR for the client; what is our fault goes to the log with its stack. */
  #failed(peer: RemotingPeer, request: RemotingCommand, error: unknown): RemotingCommand {
    const fields = { peer: peer.address, request: requestCodeName(request.code) };
    if (error instanceof ApogeeError) {
      this.#log.warn('a request failed', { ...fields, code: error.code, error: error.message });
    } else {
      const stack = error instanceof Error ? error.stack : String(error);
      this.#log.error('a processor failed', { ...fields, error: stack });
    }
    return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark: remarkOf(error) });
  }
}

function remarkOf(error: unknown): string {
  if (!(error instanceof ApogeeError)) return `internal error: ${errorText(error)}`;
  return error.cure === undefined ? error.message : `${error.message}; ${error.cure}`;
}

function notSupported(request: RemotingCommand, remark: string): RemotingCommand {
  return createResponse(request, ResponseCode.REQUEST_CODE_NOT_SUPPORTED, { remark });
}
