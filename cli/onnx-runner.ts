import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Files } from '../device/files.ts';
import type { ModelRunner, RunningModel } from '../models/quantise/model-runner.ts';
import { asFault } from '../runtime/inference/session/model-fault.ts';
import { sessionOptions } from '../runtime/inference/session/node-session.ts';

const options: InferenceSession.SessionOptions = {
  ...sessionOptions,
  // Warnings say which optimisations are for this machine alone, which is what is wanted.
  logSeverityLevel: 3,
};

async function load(model: Uint8Array, more: InferenceSession.SessionOptions) {
  return asFault('loading', () => InferenceSession.create(model, { ...options, ...more }));
}

function toRunning(session: InferenceSession): RunningModel {
  const [input] = session.inputMetadata;
  const shape = input?.isTensor ? input.shape.slice(1).map(Number) : [];
  return {
    async run(values, count) {
      const tensor = new Tensor('float32', values, [count, ...shape]);
      const feeds = { [session.inputNames[0] ?? '']: tensor };
      const results = await asFault('running', () => session.run(feeds));
      const answers = Object.entries(results).map(([name, { data, dims }]) => {
        return [name, { values: data as Float32Array, dims }] as const;
      });
      return Object.fromEntries(answers);
    },
    release: () => session.release(),
  };
}

/**
 * Runs models in this process, on one thread of the processor: for tools, never in service. Writes optimised graphs
 * into `folder` for a moment, because the runtime hands them out in no other way. Calls fail with MODEL_FAULT.
 */
export function createOnnxRunner(files: Files, folder: string): ModelRunner {
  return {
    load: async (model, { optimise }) =>
      toRunning(await load(model, { graphOptimizationLevel: optimise ? 'all' : 'disabled' })),
    async optimise(model) {
      const path = join(folder, `${randomUUID()}.onnx`);
      try {
        await (await load(model, { optimizedModelFilePath: path })).release();
        return files.readBytes(path);
      } finally {
        files.remove(path);
      }
    },
  };
}
