// Loads every native part and runs a network; prints what came of it as one line of JSON. Runs on the Node of the image:
//   native-smoke.ts MODEL PACKAGE...
import process from 'node:process';
import Database from 'better-sqlite3-multiple-ciphers';
import { InferenceSession, Tensor } from 'onnxruntime-node';

function keepRow(): unknown {
  const database = new Database(':memory:');
  database.exec("CREATE TABLE study (uid TEXT); INSERT INTO study VALUES ('1.2')");
  return database.prepare('SELECT uid FROM study').pluck().get();
}

/** The first output for a ramp of the input's size. */
async function runNetwork(path: string): Promise<number[]> {
  const session = await InferenceSession.create(path, {
    intraOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const [input] = session.inputMetadata;
  if (!input?.isTensor) throw new Error('The network takes no tensor.');
  const shape = input.shape.map((size) => (typeof size === 'number' ? size : 1));
  const count = shape.reduce((product, size) => product * size, 1);
  const ramp = Float32Array.from({ length: count }, (_, index) => (index % 256) / 256);
  const answers = await session.run({ [input.name]: new Tensor('float32', ramp, shape) });
  const { data } = Object.values(answers)[0] ?? { data: [] };
  return [...(data as Float32Array)];
}

const [model = '', ...packages] = process.argv.slice(2);
for (const name of packages) await import(name);
const answer = {
  machine: process.arch,
  node: process.versions.node,
  loaded: packages,
  stored: keepRow(),
  answer: await runNetwork(model),
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
