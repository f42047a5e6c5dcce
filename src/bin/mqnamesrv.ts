#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** `mqnamesrv [-c file] [-p]` with Apache's options. Source: NamesrvStartup. */
import { newProgram } from './command-line.ts';
import { runMain } from './run.ts';

runMain(async () => {
  const program = newProgram('mqnamesrv', 'Runs a name server: brokers register, clients ask.')
    .option('-c, --configFile <file>', 'settings, .properties as of Apache RocketMQ')
    .option('-n, --namesrvAddr <list>', "accepted as Apache's; a name server needs none")
    .option('-p, --printConfigItem', 'print every setting and leave')
    .addHelpText('after', '\nExamples:\n  mqnamesrv\n  mqnamesrv -c conf/namesrv.properties')
    .parse();
  const options = program.opts<{ configFile?: string; printConfigItem?: boolean }>();
  const { namesrvSettings, runNamesrv } = await import('./namesrv-process.ts');
  const given = { config: options.configFile };
  if (options.printConfigItem === true) process.stdout.write(namesrvSettings(given).render());
  else await runNamesrv(given);
});
