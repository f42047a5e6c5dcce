// SPDX-License-Identifier: Apache-2.0
/** Every limit of this folder, in bytes, milliseconds or counts. */
import { MAX_FRAME_BYTES } from '../protocol/frame.ts';

/** A connection without reads and writes for so long is closed. Source: NettyServerConfig. */
export const IDLE_TIMEOUT_MS = 120_000;

/** Above this many unsent bytes nothing more is read from that peer … */
export const MAX_UNSENT_BYTES = 1024 * 1024;

/** … until no more than this many are left. */
export const RESUME_UNSENT_BYTES = 256 * 1024;

/** A peer that leaves more than this unread is disconnected. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** Received bytes kept for a paused reader where the engine itself cannot pause. */
export const MAX_PAUSED_BYTES = 2 * MAX_FRAME_BYTES;

/** Largest WebSocket message; a frame may also be split over several. */
export const MAX_WEBSOCKET_MESSAGE_BYTES = MAX_FRAME_BYTES;

/** Incomplete frames of all connections of one server together. */
export const MAX_CARRIED_BYTES = 512 * 1024 * 1024;

/** Requests waiting for an answer, per client. Source: NettyClientConfig. */
export const MAX_OUTSTANDING_REQUESTS = 65_535;

/** Requests of one peer that processors work on; nothing more is read from it until some end. */
export const MAX_REQUESTS_IN_WORK = 4096;

/** Connections waiting to be accepted; the kernel may allow less (net.core.somaxconn). */
export const LISTEN_BACKLOG = 4096;

/** Longest time to dial. Source: NettyClientConfig.connectTimeoutMillis. */
export const CONNECT_TIMEOUT_MS = 3000;

/** How often deadlines of requests are looked at. */
export const TIMEOUT_SWEEP_MS = 50;
