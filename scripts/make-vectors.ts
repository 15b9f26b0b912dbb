// Writes the test vectors of the blockchain database: node scripts/with-node.mjs scripts/make-vectors.ts. They are checked in,
// and a test makes them again; a change of one is a change of the format.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/node.mjs';
import { vectorFiles, vectorText } from './vectors/files.ts';

for (const [name, content] of Object.entries(vectorFiles())) {
  const path = join(root, 'test', 'vectors', name);
  writeFileSync(path, vectorText(content));
  console.log(path);
}
