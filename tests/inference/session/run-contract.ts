// The contract suite without a test runner, for machines that are too slow or too bare for one, such as an emulated one:
//   node tests/inference/session/run-contract.ts RUNTIME [LIBRARY]
// RUNTIME is onnxruntime-node or ort-capi; LIBRARY is the libonnxruntime of ort-capi, in place of the packaged one.
// Ends with 0, with 1 where a check fails, with 2 for a wrong call.
import process from 'node:process';
import { contract } from './contract.ts';
import { runtimes } from './contract-runtimes.ts';

const [name = '', library] = process.argv.slice(2);
const subject = runtimes[name];
if (!subject) {
  process.stderr.write(`run-contract: RUNTIME is one of ${Object.keys(runtimes).join(', ')}\n`);
  process.exit(2);
}
const { offers } = subject;
const runtime = await subject.open(library);
process.stdout.write(`${runtime.name} ${runtime.version} on ${process.arch}\n`);
let failed = 0;
for (const { name: sentence, needs, check } of contract) {
  if (!needs.every((need) => offers.includes(need))) continue;
  try {
    await check(runtime);
    process.stdout.write(`ok    ${sentence}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`FAIL  ${sentence}\n${(error as Error).stack ?? String(error)}\n`);
  }
}
process.exit(failed === 0 ? 0 : 1);
