// SPDX-License-Identifier: Apache-2.0
/**
 * Records the golden answers of Apache RocketMQ: `node dist/test/conformance/record-golden.js`.
 * Run it when `golden-requests.ts` changes or another version becomes the reference.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startApacheBroker, startApacheNamesrv } from '../helpers/apache-process.ts';
import { prepareJava, ROCKETMQ_VERSION, type SerializeType } from '../helpers/java.ts';
import { projectRoot, temporaryFolder } from '../helpers/processes.ts';
import { exchange } from './golden-exchange.ts';

async function record(type: SerializeType): Promise<void> {
  const folder = temporaryFolder('golden');
  const stops: (() => Promise<void>)[] = [];
  try {
    const namesrv = await startApacheNamesrv(path.join(folder.path, 'namesrv'), type);
    stops.push(namesrv.stop);
    const broker = await startApacheBroker({
      home: path.join(folder.path, 'broker'),
      namesrvAddr: namesrv.namesrvAddr,
      serializeType: type,
    });
    stops.push(broker.stop);
    const answers = await exchange(broker.brokerAddr, namesrv.namesrvAddr, type);
    const provenance = {
      server: `org.apache.rocketmq:rocketmq-broker:${ROCKETMQ_VERSION} and rocketmq-namesrv`,
      classes: [
        'org.apache.rocketmq.broker.BrokerStartup',
        'org.apache.rocketmq.namesrv.NamesrvStartup',
      ],
      property: `-Drocketmq.serialize.type=${type}`,
      command: 'node dist/test/conformance/record-golden.js',
      masked: 'times, addresses, physical offsets and msgId are shown as # or as zero bytes',
    };
    const file = path.join(projectRoot, 'test/conformance/golden', `answers-${type}.json`);
    writeFileSync(file, `${JSON.stringify({ provenance, answers }, undefined, 1)}\n`);
    console.log(`${file}: ${answers.length} answers`);
  } finally {
    for (const stop of stops.reverse()) await stop();
    folder.remove();
  }
}

await prepareJava();
await record('JSON');
await record('ROCKETMQ');
