// The contract suite without a test runner, for machines that are too slow or too bare for one:
//   node tests/inference/session/run-contract.ts RUNTIME [LIBRARY]
// RUNTIME is onnxruntime-node, ort-capi, or tensorrt for what only a device with TensorRT can show. LIBRARY is the
// libonnxruntime of the latter two; for ort-capi the packaged one serves without.
// Ends with 0, with 1 where a check fails, with 2 for a wrong call.
import process from 'node:process';
import { contract } from './contract.ts';
import { runtimes } from './contract-runtimes.ts';
import { deviceContract } from './device-contract.ts';

interface Sentence {
  name: string;
  check(): Promise<void>;
}

const [name = '', library] = process.argv.slice(2);

async function findSentences(): Promise<Sentence[] | undefined> {
  if (name === 'tensorrt' && library)
    return deviceContract.map(({ name, check }) => ({ name, check: () => check(library) }));
  const subject = runtimes[name];
  if (!subject) return undefined;
  const runtime = await subject.open(library);
  process.stdout.write(`${runtime.name} ${runtime.version} on ${process.arch}\n`);
  return contract
    .filter(({ needs }) => needs.every((need) => subject.offers.includes(need)))
    .map(({ name, check }) => ({ name, check: () => check(runtime) }));
}

const sentences = await findSentences();
if (!sentences) {
  const names = [...Object.keys(runtimes), 'tensorrt with a LIBRARY'];
  process.stderr.write(`run-contract: RUNTIME is one of ${names.join(', ')}\n`);
  process.exit(2);
}
let failed = 0;
for (const { name: sentence, check } of sentences) {
  try {
    await check();
    process.stdout.write(`ok    ${sentence}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`FAIL  ${sentence}\n${(error as Error).stack ?? String(error)}\n`);
  }
}
process.exit(failed === 0 ? 0 : 1);
