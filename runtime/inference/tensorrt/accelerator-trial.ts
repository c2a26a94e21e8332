import { join } from 'node:path';
import { ScansideError } from '../../../device/errors.ts';
import type { Files } from '../../../device/files.ts';
import type { Runtime } from '../session/session-port.ts';
import { type Accelerator, versionFault } from './accelerator.ts';
import { timingsFolder } from './compiler-message.ts';
import { buildEngine } from './engine-build.ts';
import { buildOptions, servingSettings } from './options.ts';
import {
  makeTrialGraph,
  trialFault,
  trialInput,
  trialNetwork,
  trialOutput,
} from './trial-graph.ts';

/** Workspace of the trial network's build, megabytes. */
const workspace = 256;

async function compileTrial(
  runtime: Runtime,
  files: Files,
  accelerator: Accelerator,
  scratch: string,
): Promise<Buffer> {
  return buildEngine(runtime, files, {
    name: 'trial',
    graph: makeTrialGraph(),
    options: buildOptions({ network: trialNetwork }, accelerator, workspace),
    paths: { artefact: join(scratch, 'trial.onnx'), timings: join(scratch, timingsFolder) },
  });
}

/**
 * Tries the accelerator in the way of a bundle: compiles a small quantised network, opens what was compiled, and holds
 * its answer against the known one. Whether a library lists TensorRT says nothing. Throws ENGINE_LIBRARY_REFUSED,
 * MODEL_FAULT or ENGINE_BUILD_FAILED, in the words of whoever refused.
 */
export async function tryAccelerator(
  runtime: Runtime,
  files: Files,
  accelerator: Accelerator,
  scratch: string,
): Promise<void> {
  const version = versionFault(accelerator);
  if (version) throw new ScansideError('ENGINE_LIBRARY_REFUSED', version);
  const compiled = await compileTrial(runtime, files, accelerator, scratch);
  const session = await runtime.open(compiled, servingSettings('trial', 1));
  const answers = await session.run({ image: trialInput() }, [trialOutput]);
  await session.close();
  const fault = trialFault(answers[trialOutput]);
  if (fault) throw new ScansideError('MODEL_FAULT', fault);
}
