#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** `mqbroker [-n host:port;…] [-c file] [-p] [-m]` with Apache's options. Source: BrokerStartup. */
import { newProgram } from './command-line.ts';
import { runMain } from './run.ts';

interface Options {
  readonly namesrvAddr?: string;
  readonly configFile?: string;
  readonly printConfigItem?: boolean;
  readonly printImportantConfig?: boolean;
}

const EXAMPLES = `
Examples:
  mqbroker -n 127.0.0.1:9876
  mqbroker -c conf/2m-noslave/broker-a.properties`;

runMain(async () => {
  const options = newProgram('mqbroker', 'Runs a broker: it takes, keeps and serves messages.')
    .option('-n, --namesrvAddr <list>', 'name servers, for example 10.0.0.1:9876;10.0.0.2:9876')
    .option('-c, --configFile <file>', 'settings, .properties as of Apache RocketMQ')
    .option('-p, --printConfigItem', 'print every setting and leave')
    .option('-m, --printImportantConfig', 'print the important settings and leave')
    .addHelpText('after', EXAMPLES)
    .parse()
    .opts<Options>();
  const { brokerSettings, runBroker } = await import('./broker-process.ts');
  const given = { config: options.configFile, namesrvAddr: options.namesrvAddr };
  if (options.printConfigItem === true) {
    process.stdout.write(brokerSettings(given).render());
  } else if (options.printImportantConfig === true) {
    const { importantKeys } = await import('../core/config/important-keys.ts');
    process.stdout.write(brokerSettings(given).render(importantKeys));
  } else {
    await runBroker(given);
  }
});
