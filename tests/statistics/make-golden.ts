// Writes data/golden.json from the reference programs. Run it after a change of the sample cases:
// node tests/statistics/make-golden.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programVersions, pythonFigures, rFigures } from './reference-programs.ts';

const golden = { programs: programVersions(), R: rFigures(), Python: pythonFigures() };
const path = join(import.meta.dirname, 'data', 'golden.json');
writeFileSync(path, `${JSON.stringify(golden, null, 2)}\n`);
