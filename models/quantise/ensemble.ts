import { ScansideError } from '../../device/errors.ts';
import type { OutputNames } from './compare.ts';
import type { Answer, RunningModel } from './model-runner.ts';

type Answers = Readonly<Record<string, Answer>>;

/** The answers of one name, where every member has one of the same shape. Throws MODEL_FAULT where some have not. */
function collect(answers: readonly Answers[], name: string): Answer[] {
  const found = answers.flatMap((one) => one[name] ?? []);
  const [first] = found;
  const alike = found.every(({ dims }) => dims.join() === first?.dims.join());
  if (found.length === 0 || (found.length === answers.length && alike)) return found;
  throw new ScansideError('MODEL_FAULT', `the members' ${name} differ in shape`);
}

function mean(answers: readonly Answer[]): Answer[] {
  const [first] = answers;
  if (!first) return [];
  const values = first.values.map(
    (_, at) => answers.reduce((sum, one) => sum + one.values[at]!, 0) / answers.length,
  );
  return [{ values, dims: first.dims }];
}

/** The embeddings of each image one after the other. */
function joinEmbeddings(answers: readonly Answer[]): Answer[] {
  const [first] = answers;
  if (!first) return [];
  const [images = 0] = first.dims;
  const size = first.values.length / images;
  const values = new Float32Array(first.values.length * answers.length);
  for (let image = 0; image < images; image++)
    for (const [nth, answer] of answers.entries()) {
      const own = answer.values.subarray(image * size, (image + 1) * size);
      values.set(own, (image * answers.length + nth) * size);
    }
  return [{ values, dims: [images, size * answers.length] }];
}

/**
 * Several models as the device runs an ensemble: the mean of their logits and maps. Their embeddings stand side by
 * side.
 */
export function joinMembers(members: readonly RunningModel[], outputs: OutputNames): RunningModel {
  return {
    async run(values, count) {
      const answers: Answers[] = [];
      for (const member of members) answers.push(await member.run(values, count));
      const joined: [string, Answer[]][] = [
        [outputs.logits, mean(collect(answers, outputs.logits))],
        [outputs.cam, mean(collect(answers, outputs.cam))],
        [outputs.embedding, joinEmbeddings(collect(answers, outputs.embedding))],
      ];
      return Object.fromEntries(joined.flatMap(([name, found]) => found.map((one) => [name, one])));
    },
    async release() {
      for (const member of members) await member.release();
    },
  };
}
