// SPDX-License-Identifier: Apache-2.0
/** Frames of cold requests: both header codecs, both ways. */
import { decodeFrame, encodeFrame, FrameCutter } from '../../src/protocol/frame.ts';
import {
  createRequest,
  createResponse,
  SerializeType,
} from '../../src/protocol/remoting-command.ts';
import { type MicroCase, sendHeaderFields } from './micro-case.ts';

const FRAMES_PER_CHUNK = 64;

function sendCommand(serializeType: SerializeType) {
  const request = createRequest(310, { ...sendHeaderFields }, new Uint8Array(128).fill(0x78));
  return { ...request, opaque: 4711, serializeType };
}

const json = sendCommand(SerializeType.JSON);
const binary = sendCommand(SerializeType.ROCKETMQ);
const jsonFrame = encodeFrame(json);
const binaryFrame = encodeFrame(binary);
const response = createResponse(json, 0, {
  extFields: { msgId: '7F00000100002A9F0000000000001000', queueId: '3', queueOffset: '123456' },
});
const chunk = new Uint8Array(jsonFrame.length * FRAMES_PER_CHUNK);
for (let i = 0; i < FRAMES_PER_CHUNK; i += 1) chunk.set(jsonFrame, i * jsonFrame.length);

function cutChunk(): number {
  let frames = 0;
  for (const frame of new FrameCutter().push(chunk)) frames += frame.length > 0 ? 1 : 0;
  return frames;
}

export const headerCodecCases: readonly MicroCase[] = [
  { name: 'decode a frame, JSON header', run: () => decodeFrame(jsonFrame), target: 7 },
  { name: 'decode a frame, binary header', run: () => decodeFrame(binaryFrame), target: 4 },
  { name: 'encode a request, JSON header', run: () => encodeFrame(json), target: 6 },
  { name: 'encode a request, binary header', run: () => encodeFrame(binary), target: 12 },
  { name: 'encode a response, JSON header', run: () => encodeFrame(response), target: 4 },
  { name: `cut a chunk of ${FRAMES_PER_CHUNK} frames`, run: cutChunk, target: 8 },
];
