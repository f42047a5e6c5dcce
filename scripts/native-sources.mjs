// Prints the C++ sources of the native folders given, one per line, for binding.gyp.
import { readdirSync } from 'node:fs';

for (const folder of process.argv.slice(2)) {
  const names = readdirSync(new URL(`../native/${folder}`, import.meta.url)).sort();
  for (const name of names) {
    if (name.endsWith('.cc') && !name.startsWith('fuzz_')) console.log(`native/${folder}/${name}`);
  }
}
