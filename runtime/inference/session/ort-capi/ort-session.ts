import { asFault } from '../model-fault.ts';
import { checkRun } from '../run-check.ts';
import { RunQueue } from '../run-queue.ts';
import type { Session, SessionSettings } from '../session-port.ts';
import { makeTexts, NativeMemory } from './native-memory.ts';
import type { OrtEnvironment } from './ort-environment.ts';
import { readFacts, readMetadata } from './ort-facts.ts';
import { makeOptions } from './ort-options.ts';
import { type OpenedNetwork, prepareRun, runPrepared } from './ort-run.ts';
import { SlabPool } from './slab-pool.ts';

/** A session of the C API, which also tells what its maker wrote into the model. */
export interface OrtSession extends Session {
  /** The model's `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

type DescribedNetwork = OpenedNetwork & Pick<OrtSession, 'metadata'>;

/** Creates the OrtSession on another thread, from a copy of the model that stays where it is. */
async function createSession(
  { library, env }: OrtEnvironment,
  model: Uint8Array,
  options: bigint,
): Promise<bigint> {
  const [bytes, created] = [new NativeMemory(model.byteLength), new NativeMemory(8)];
  try {
    bytes.write(model);
    const { address } = bytes;
    await library.checkAside(
      'CreateSessionFromArray',
      env,
      address,
      model.byteLength,
      options,
      created.address,
    );
    return created.pointer(0);
  } finally {
    bytes.free();
    created.free();
  }
}

/** What the port tells of a session, and what its runs need. */
function describeNetwork(environment: OrtEnvironment, session: bigint): DescribedNetwork {
  const inputs = readFacts(environment, session, 'inputs');
  const outputs = readFacts(environment, session, 'outputs');
  const metadata = readMetadata(environment, session);
  const inputNames = makeTexts(inputs.map(({ name }) => name));
  const outputNames = makeTexts(outputs.map(({ name }) => name));
  return { environment, session, metadata, inputs, inputNames, outputs, outputNames };
}

async function openNetwork(
  environment: OrtEnvironment,
  model: Uint8Array,
  settings: SessionSettings,
): Promise<DescribedNetwork> {
  const { library } = environment;
  const options = makeOptions(environment, settings);
  let session = 0n;
  try {
    session = await createSession(environment, model, options);
    return describeNetwork(environment, session);
  } catch (error) {
    if (session) library.call('ReleaseSession', session);
    throw error;
  } finally {
    library.call('ReleaseSessionOptions', options);
  }
}

function releaseNetwork({ environment, session, inputNames, outputNames }: OpenedNetwork): void {
  environment.library.call('ReleaseSession', session);
  inputNames.free();
  outputNames.free();
}

/** Opens a graph. `onClose` is called when it is closed. Throws MODEL_FAULT, and ENGINE_LIBRARY_REFUSED for a provider. */
export async function openOrtSession(
  environment: OrtEnvironment,
  model: Uint8Array,
  settings: SessionSettings,
  onClose: (session: Session) => void,
): Promise<OrtSession> {
  const network = await asFault('loading', () => openNetwork(environment, model, settings));
  const [queue, pool] = [new RunQueue(), new SlabPool()];
  let closing: Promise<void> | undefined;
  const close = async () => {
    await queue.close();
    pool.close();
    releaseNetwork(network);
  };
  const session: OrtSession = {
    inputs: network.inputs,
    outputs: network.outputs,
    metadata: network.metadata,
    async run(inputs, outputs, signal) {
      queue.checkOpen();
      checkRun(network, inputs, outputs);
      const run = prepareRun(network, pool, inputs, outputs);
      try {
        const work = () => asFault('running', () => runPrepared(network, run, signal));
        return await queue.enter(work, signal);
      } finally {
        pool.putBack(run.slab);
      }
    },
    close() {
      onClose(session);
      closing ??= close();
      return closing;
    },
  };
  return session;
}
