// Sums up a verification: names what failed or was skipped, and ends with "N passed, N failed, N skipped".
//   summary.ts REPORT STEP=EXITCODE...      REPORT is the test runner's JSON
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { countTests, describeCounts } from './test-report.ts';

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { testResults: [] };
  }
}

const [path = '', ...steps] = process.argv.slice(2);
const counts = countTests(readReport(path), steps);
for (const line of describeCounts(counts)) console.log(line);
process.exit(counts.failed.length + counts.skipped.length === 0 ? 0 : 1);
