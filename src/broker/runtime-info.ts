// SPDX-License-Identifier: Apache-2.0
/**
 * Answer 28 as Apache's tools and dashboard parse it. Thread pools that this broker does not have
 * show empty queues. Source: StoreStatsService, AdminBrokerProcessor.prepareRuntimeInfo; admin §4.
 */
import { decodeMessageRecord } from '../protocol/message-record.ts';
import type { MessageStore, StoreStats } from '../store/message-store.ts';
import type { BrokerServices } from './broker-services.ts';
import type { BrokerStats, Counter } from './broker-stats.ts';
import { MAX_COLD_READS_WAITING } from './cold-read-queue.ts';
import type { DiskSpace } from './files.ts';

const BROKER_VERSION_DESC = 'V5_5_0';

export async function runtimeInfo(
  services: BrokerServices,
  nowMs: number,
): Promise<Map<string, string>> {
  const { config, store, stats } = services;
  const space = await services.diskSpace(config.storePathRootDir);
  const counters = store.stats();
  return new Map([
    ['bootTimestamp', String(stats.bootMs)],
    ['runtime', durationText(nowMs - stats.bootMs)],
    ['brokerActive', String(config.brokerId === 0)],
    ['brokerVersionDesc', BROKER_VERSION_DESC],
    ['startAcceptSendRequestTimeStamp', String(config.startAcceptSendRequestTimeStamp)],
    ['earliestMessageTimeStamp', String(earliestMessageMs(store, counters))],
    ...storeEntries(counters),
    ...rateEntries(stats),
    ...dayEntries(stats),
    ...diskEntries(config.storePathRootDir, space),
    ...timerEntries,
    ...queueEntries(services),
  ]);
}

type Entries = [string, string][];

function storeEntries(counters: StoreStats): Entries {
  const { messagesPut, bytesPut } = counters;
  const puts = Math.max(1, messagesPut);
  const unflushed = counters.maxPhysicalOffset - counters.durablePhysicalOffset;
  return [
    ['putMessageTimesTotal', String(puts)],
    ['putMessageSizeTotal', String(bytesPut)],
    ['putMessageAverageSize', decimal(bytesPut / puts)],
    ['commitLogMinOffset', String(counters.minPhysicalOffset)],
    ['commitLogMaxOffset', String(counters.maxPhysicalOffset)],
    ['dispatchBehindBytes', String(counters.dispatchBehindBytes)],
    ['remainHowManyDataToFlush', byteText(Math.max(0, unflushed))],
    // Not in Apache's answer: with putMessageTimesTotal it tells how well syncs are shared.
    ['commitLogSyncTimesTotal', String(counters.commitLogSyncs)],
    // The appender takes no lock that a reader could wait for.
    ['pageCacheLockTimeMills', '0'],
    ['remainTransientStoreBufferNumbs', '2147483647'],
  ];
}

function rateEntries(stats: BrokerStats): Entries {
  const put = stats.rates('messagesPut');
  const read = stats.rates('messagesRead');
  const text = (rate: number | undefined) => (rate === undefined ? '' : decimal(rate));
  return [
    ['putTps', put.map(text).join(' ')],
    ['getTransferredTps', read.map(text).join(' ')],
    // Apache counts calls here; its parsers only want three numbers.
    ['getTotalTps', read.map((rate) => decimal(rate ?? 0)).join(' ')],
  ];
}

function dayEntries(stats: BrokerStats): Entries {
  const entries = (name: string, counter: Counter): Entries => [
    [`${name}YesterdayMorning`, String(stats.yesterdayMorning(counter))],
    [`${name}TodayMorning`, String(stats.todayMorning(counter))],
    [`${name}TodayNow`, String(stats.now(counter))],
  ];
  return [...entries('msgPutTotal', 'messagesPut'), ...entries('msgGetTotal', 'messagesRead')];
}

function diskEntries(path: string, space: DiskSpace | undefined): Entries {
  const used = usedRatio(space);
  const entries: Entries = [
    ['commitLogDiskRatio', decimal(used)],
    [`commitLogDiskRatio_${path}`, decimal(used)],
    ['consumeQueueDiskRatio', decimal(used)],
  ];
  if (space === undefined) return entries;
  const capacity = `Total : ${byteText(space.totalBytes)}, Free : ${byteText(space.freeBytes)}.`;
  return [...entries, ['commitLogDirCapacity', capacity]];
}

/** In whole percents, rounded up, as Apache compares it with its limits; -1 when unknown. */
function usedRatio(space: DiskSpace | undefined): number {
  if (space === undefined) return -1;
  const used = space.totalBytes - space.freeBytes;
  const entire = used + space.usableBytes;
  return entire > 0 ? Math.ceil((used * 100) / entire) / 100 : -1;
}

/** What Apache writes while its timer is off. */
const timerEntries: Entries = [
  ['timerReadBehind', '0'],
  ['timerOffsetBehind', '0'],
  ['timerCongestNum', '0'],
  ['timerEnqueueTps', '0.0'],
  ['timerDequeueTps', '0.0'],
];

function queueEntries({ hotPath }: BrokerServices): Entries {
  const pools = ['send', 'pull', 'litePull', 'query', 'ack'];
  const entries = pools.flatMap((pool): Entries => {
    const isPull = pool === 'pull';
    return [
      [`${pool}ThreadPoolQueueSize`, String(isPull ? hotPath.coldReadsWaiting : 0)],
      [`${pool}ThreadPoolQueueCapacity`, String(isPull ? MAX_COLD_READS_WAITING : 0)],
      [`${pool}ThreadPoolQueueHeadWaitTimeMills`, '0'],
    ];
  });
  return [
    ...entries,
    ['EndTransactionQueueSize', '0'],
    ['EndTransactionThreadPoolQueueCapacity', '0'],
  ];
}

/** Store time of the oldest record, ms; -1 while there is none. */
function earliestMessageMs(store: MessageStore, counters: StoreStats): number {
  if (counters.maxPhysicalOffset <= counters.minPhysicalOffset) return -1;
  const record = store.lookMessage(counters.minPhysicalOffset);
  return record === undefined ? -1 : decodeMessageRecord(record).storeTimestamp;
}

/** As Java prints a double, so that its parsers see the form they know. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `[ 1 days, 2 hours, 3 minutes, 4 seconds ]` */
function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  return `[ ${days} days, ${hours % 24} hours, ${minutes % 60} minutes, ${seconds % 60} seconds ]`;
}

/** `0 B`, `1.5 KiB`, `98.3 GiB` */
function byteText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}
