// SPDX-License-Identifier: Apache-2.0
/** Requests to brokers by name, and the words for what goes wrong with them. */
import { ApogeeError, errorText } from '../core/errors.ts';
import { ResponseCode, requestCodeName, responseCodeName } from '../protocol/codes.ts';
import {
  createRequest,
  type ExtFields,
  type RemotingCommand,
  type SerializeType,
} from '../protocol/remoting-command.ts';
import type { InvokeOptions, RemotingClient } from '../protocol/transport.ts';
import type { NameServers } from './name-servers.ts';
import type { RouteTable } from './route-table.ts';

/** Codes above this do not fit the int16 of a binary header. */
const MAX_BINARY_CODE = 32_767;

export interface BrokerRequest {
  readonly code: number;
  readonly header: ExtFields;
  readonly body?: Uint8Array | undefined;
}

export interface BrokerTarget {
  readonly brokerName: string;
  readonly address: string;
}

export class BrokerClient {
  readonly #remoting: RemotingClient;
  readonly #routes: RouteTable;
  readonly #nameServers: NameServers;
  readonly #serializeType: SerializeType;

  constructor(
    remoting: RemotingClient,
    routes: RouteTable,
    nameServers: NameServers,
    serializeType: SerializeType,
  ) {
    this.#remoting = remoting;
    this.#routes = routes;
    this.#nameServers = nameServers;
    this.#serializeType = serializeType;
  }

  /** The master of a broker. Errors: NO_ROUTE when the routes in use name none. */
  master(brokerName: string): BrokerTarget {
    const address = this.#routes.brokerAddress(brokerName);
    if (address === undefined) throw this.#unknownBroker(brokerName, 'master');
    return { brokerName, address };
  }

  /** The replica to read from. Errors: NO_ROUTE. */
  reader(brokerName: string, brokerId = 0): BrokerTarget {
    const address = this.#routes.readAddress(brokerName, brokerId);
    if (address === undefined) throw this.#unknownBroker(brokerName, 'address');
    return { brokerName, address };
  }

  #unknownBroker(brokerName: string, what: string): ApogeeError {
    const server = this.#nameServers.currentAddress;
    return new ApogeeError('NO_ROUTE', `name server ${server} has no ${what} of ${brokerName}`, {
      cure: `start ${brokerName}; it registers with the name server within 30 seconds`,
    });
  }

  /** The response, whatever its code. Errors: those of `RemotingClient.invoke`, in words. */
  async invoke(
    target: BrokerTarget,
    request: BrokerRequest,
    options: InvokeOptions,
  ): Promise<RemotingCommand> {
    try {
      return await this.#remoting.invoke(target.address, this.#command(request), options);
    } catch (error) {
      throw this.#explain(error, target);
    }
  }

  /** The response of a request that only code 0 answers well. Errors: BROKER_REFUSED too. */
  async call(
    target: BrokerTarget,
    request: BrokerRequest,
    options: InvokeOptions,
  ): Promise<RemotingCommand> {
    const response = await this.invoke(target, request, options);
    if (response.code !== ResponseCode.SUCCESS) throw refusal(target, request.code, response);
    return response;
  }

  async oneway(
    target: BrokerTarget,
    request: BrokerRequest,
    options: InvokeOptions,
  ): Promise<void> {
    try {
      await this.#remoting.invokeOneway(target.address, this.#command(request), options);
    } catch (error) {
      throw this.#explain(error, target);
    }
  }

  #command(request: BrokerRequest): RemotingCommand {
    const command = createRequest(request.code, request.header, request.body);
    if (request.code <= MAX_BINARY_CODE) command.serializeType = this.#serializeType;
    return command;
  }

  /** A dead end that many meet: the broker registered an address that only it can reach. */
  #explain(error: unknown, target: BrokerTarget): unknown {
    if (!(error instanceof ApogeeError) || error.code !== 'CONNECT_FAILED') return error;
    const { brokerName, address } = target;
    const server = this.#nameServers.currentAddress;
    return new ApogeeError(
      'CONNECT_FAILED',
      `cannot connect to ${brokerName} at ${address}, the address that name server ${server} ` +
        `gives for it: ${errorText(error)}`,
      {
        cure:
          `if ${brokerName} runs, set brokerIP1 in its configuration to an address that this ` +
          'machine can reach and restart it; otherwise start it',
        cause: error,
      },
    );
  }
}

/** BROKER_REFUSED with the broker's own words. */
export function refusal(
  target: BrokerTarget,
  requestCode: number,
  response: RemotingCommand,
): ApogeeError {
  const { brokerName, address } = target;
  const remark = response.remark?.trim();
  return new ApogeeError(
    'BROKER_REFUSED',
    `${brokerName} (${address}) answers ${requestCodeName(requestCode)} with ` +
      `${responseCodeName(response.code)} (${response.code})${remark ? `: ${remark}` : ''}`,
    { responseCode: response.code },
  );
}
