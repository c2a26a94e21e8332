import { dirname } from 'node:path';
import { ScansideError } from '../../../device/errors.ts';
import type { Files } from '../../../device/files.ts';
import type { Runtime } from '../session/session-port.ts';
import { compiledGraphViolation } from './compiled-graph.ts';
import { type BuildPaths, buildSettings, type TensorrtOptions } from './options.ts';

export interface EngineBuild {
  /** The network's name, for TensorRT's log. */
  name: string;
  graph: Uint8Array;
  options: TensorrtOptions;
  paths: BuildPaths;
}

/**
 * Compiles one graph into the file `paths.artefact`, and returns the file. Minutes, in native code: only for a process
 * that may be lost. Throws MODEL_FAULT or ENGINE_LIBRARY_REFUSED with TensorRT's words, ENGINE_BUILD_FAILED where what
 * comes out is not one whole engine.
 */
export async function buildEngine(
  runtime: Runtime,
  files: Files,
  { name, graph, options, paths }: EngineBuild,
): Promise<Buffer> {
  files.makeFolder(dirname(paths.artefact));
  files.makeFolder(paths.timings);
  files.remove(paths.artefact);
  const session = await runtime.open(graph, buildSettings(name, options, paths));
  await session.close();
  if (!files.isPlainFile(paths.artefact))
    throw new ScansideError('ENGINE_BUILD_FAILED', `${name}: TensorRT wrote no compiled graph`);
  const artefact = files.readBytes(paths.artefact);
  const violation = compiledGraphViolation(artefact);
  if (violation) throw new ScansideError('ENGINE_BUILD_FAILED', `${name}: ${violation}`);
  return artefact;
}
