// SPDX-License-Identifier: Apache-2.0
/** What a broker says to name servers. Source: BrokerOuterAPI; namesrv §4.1, §4.3. */
import { ApogeeError } from '../core/errors.ts';
import { ResponseCode, responseCodeName } from '../protocol/codes.ts';
import { registerBroker } from '../protocol/commands/register-broker.ts';
import { unregisterBroker } from '../protocol/commands/unregister-broker.ts';
import { bodyCrc32 } from '../protocol/crc32.ts';
import { decodeKvTable } from '../protocol/kv-table.ts';
import {
  encodeRegisterBrokerBody,
  type RegisterBrokerBody,
} from '../protocol/register-broker-body.ts';
import { createRequest, type RemotingCommand } from '../protocol/remoting-command.ts';
import type { RemotingClient } from '../protocol/transport.ts';

const UNREGISTER_TIMEOUT_MS = 3000;

/** Who registers, and under which addresses. */
export interface BrokerRegistration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  /** `host:port` that clients are told. */
  readonly brokerAddr: string;
  readonly haServerAddr: string;
  /** The host was not set by hand: a name server on this machine may answer a nearer one. */
  readonly addressAuto: boolean;
  readonly webSocketPort: number | undefined;
}

export class BrokerOuterApi {
  readonly #client: RemotingClient;
  readonly #registerTimeoutMs: number;

  constructor(client: RemotingClient, registerTimeoutMs: number) {
    this.#client = client;
    this.#registerTimeoutMs = registerTimeoutMs;
  }

  /**
   * Registers with one name server; the result is its order topics.
   * Errors: those of RemotingClient; BROKER_REFUSED with the name server's text.
   */
  async register(
    nameServer: string,
    broker: BrokerRegistration,
    topics: RegisterBrokerBody,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const body = encodeRegisterBrokerBody(topics);
    const { clusterName, brokerName, brokerId, brokerAddr, haServerAddr, webSocketPort } = broker;
    const fields = registerBroker.request.encode({
      clusterName,
      brokerName,
      brokerId,
      brokerAddr,
      haServerAddr,
      enableActingMaster: false,
      compressed: false,
      bodyCrc32: bodyCrc32(body),
      ...(broker.addressAuto ? { apogeeAddressAuto: true } : {}),
      ...(webSocketPort === undefined ? {} : { apogeeWebSocketPort: webSocketPort }),
    });
    const request = createRequest(registerBroker.code, fields, body);
    const response = await this.#invoke(nameServer, request, this.#registerTimeoutMs, signal);
    return response.body === undefined ? new Map() : decodeKvTable(response.body);
  }

  /** Errors: as `register`. */
  async unregister(nameServer: string, broker: BrokerRegistration): Promise<void> {
    const { clusterName, brokerName, brokerId, brokerAddr } = broker;
    const header = { clusterName, brokerName, brokerId, brokerAddr };
    const fields = unregisterBroker.request.encode(header);
    const request = createRequest(unregisterBroker.code, fields);
    await this.#invoke(nameServer, request, UNREGISTER_TIMEOUT_MS);
  }

  /** Called with the address of a name server whose connection was lost. */
  onDisconnect(listener: (nameServer: string) => void): void {
    this.#client.onDisconnect(listener);
  }

  async #invoke(
    nameServer: string,
    request: RemotingCommand,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<RemotingCommand> {
    const options = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
    const response = await this.#client.invoke(nameServer, request, options);
    if (response.code === ResponseCode.SUCCESS) return response;
    const text = response.remark ?? responseCodeName(response.code);
    throw new ApogeeError('BROKER_REFUSED', `name server ${nameServer} answered: ${text}`, {
      responseCode: response.code,
    });
  }
}
