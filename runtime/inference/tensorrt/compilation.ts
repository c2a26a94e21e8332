import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../../../device/errors.ts';
import type { Files } from '../../../device/files.ts';
import { type Bundle, loadBundle, readBundleFile } from '../../../models/bundle.ts';
import { graphFile } from '../../../models/manifest.ts';
import { loadForUse } from '../analysis.ts';
import type { Runtime } from '../session/session-port.ts';
import { type BuiltEngine, type CompileJob, timingsFolder } from './compiler-message.ts';
import { buildEngine } from './engine-build.ts';
import { servingHost } from './host.ts';

export interface Compiling {
  runtime: Runtime;
  files: Files;
  /** Told when a member begins, counted from 1, and when the golden cases do. */
  onMember: (member: number) => void;
}

async function buildMembers(
  bundle: Bundle,
  { options, scratch }: CompileJob,
  { runtime, files, onMember }: Compiling,
): Promise<{ path: string; bytes: Buffer }[]> {
  const { identity, network } = bundle.manifest;
  const built: { path: string; bytes: Buffer }[] = [];
  for (const at of network.members.keys()) {
    onMember(at + 1);
    const path = join(scratch, `member-${at + 1}.onnx`);
    const paths = { artefact: path, timings: join(scratch, timingsFolder) };
    const graph = readBundleFile(bundle, graphFile(bundle.manifest, at, 'tensorrt'), files);
    const name = `${identity.name}.${identity.version}.${at + 1}`;
    built.push({ path, bytes: await buildEngine(runtime, files, { name, graph, options, paths }) });
  }
  return built;
}

/**
 * Compiles every member of a bundle, then repeats the bundle's golden cases on what was compiled: those bytes, as they
 * will be loaded. Throws BUNDLE_INVALID, ENGINE_BUILD_FAILED, or MODEL_FAULT in TensorRT's words or the self-test's.
 */
export async function compileBundle(job: CompileJob, work: Compiling): Promise<BuiltEngine[]> {
  const { runtime, files, onMember } = work;
  const bundle = loadBundle(job.folder, files);
  if (bundle.hash !== job.hash)
    throw new ScansideError('BUNDLE_INVALID', `${job.folder}: it is not the bundle that was meant`);
  const built = await buildMembers(bundle, job, work);
  onMember(built.length + 1);
  const host = servingHost(runtime, job.placement.threads, (at) => built[at]!.bytes);
  const loaded = await loadForUse(job.folder, files, host);
  await loaded.ensemble.release();
  return built.map(({ path, bytes }) => ({
    path,
    length: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
}
