import { describe, expect, it } from 'vitest';
import { joinMembers } from './ensemble.ts';
import type { Answer, RunningModel } from './model-runner.ts';

const outputs = { logits: 'logits', cam: 'cam', embedding: 'embedding' };

function member(answers: Readonly<Record<string, Answer>>): RunningModel {
  return { run: () => Promise.resolve(answers), release: () => Promise.resolve() };
}

const two = (a: number, b: number, rest: Readonly<Record<string, Answer>> = {}): RunningModel =>
  member({
    logits: { values: Float32Array.of(a, b), dims: [2, 1] },
    cam: { values: Float32Array.of(a, 0, b, 0), dims: [2, 1, 1, 2] },
    embedding: { values: Float32Array.of(a, a, b, b), dims: [2, 2] },
    ...rest,
  });

describe('an ensemble', () => {
  it('answers with the mean of logits and maps, and with its embeddings side by side', async () => {
    const answers = await joinMembers([two(1, 2), two(3, 6)], outputs).run(new Float32Array(), 2);
    expect(answers).toEqual({
      logits: { values: Float32Array.of(2, 4), dims: [2, 1] },
      cam: { values: Float32Array.of(2, 0, 4, 0), dims: [2, 1, 1, 2] },
      embedding: { values: Float32Array.of(1, 1, 3, 3, 2, 2, 6, 6), dims: [2, 4] },
    });
  });

  it('of one answers as that one', async () => {
    const alone = two(1, 2);
    const answers = await joinMembers([alone], outputs).run(new Float32Array(), 2);
    expect(answers).toEqual(await alone.run(new Float32Array(), 2));
  });

  it('is refused where its members answer in different shapes', async () => {
    const other = two(1, 2, { cam: { values: new Float32Array(8), dims: [2, 1, 2, 2] } });
    const joined = joinMembers([two(1, 2), other], outputs);
    await expect(joined.run(new Float32Array(), 2)).rejects.toThrow('cam differ in shape');
  });
});
