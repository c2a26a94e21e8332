import { createHash } from 'node:crypto';
import { dirname, extname, join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../../device/clock.ts';
import type { Files } from '../../../device/files.ts';
import { canonicalJson } from '../../../models/canonical-json.ts';
import type { Accelerator, Probe } from './accelerator.ts';
import { type ProbeReply, probeReply } from './probe-service.ts';
import { startThrowaway } from './throwaway.ts';

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const probeProgram = join(import.meta.dirname, `probe-process${extname(import.meta.filename)}`);

export interface ProbeOptions {
  /** The libonnxruntime that would run with TensorRT. */
  library: string;
  /** Folder of the accelerator's files; what the probe found is kept there. */
  folder: string;
  clock: Clock;
  files: Files;
  limitMs?: number;
  program?: string | undefined;
}

/** A build of the trial network takes seconds; loading TensorRT for the first time after a boot takes as many. */
const usualLimitMs = 120_000;

function worksBecause({ tensorrt, cuda, computeCapability, onnxruntime }: Accelerator): string {
  return (
    `TensorRT ${tensorrt} compiled and answered the trial network on a GPU of compute capability ` +
    `${computeCapability}, with CUDA ${cuda} and ONNX Runtime ${onnxruntime}`
  );
}

function toProbe(reply: ProbeReply): Probe {
  if (reply.reply === 'refused')
    return { provider: 'cpu', because: `TensorRT was tried and does not work: ${reply.detail}` };
  const { accelerator } = reply;
  return { provider: 'tensorrt', accelerator, because: worksBecause(accelerator) };
}

function tryInProcess(options: ProbeOptions, scratch: string): Promise<ProbeReply> {
  const { library, clock, limitMs = usualLimitMs, program = probeProgram } = options;
  return new Promise((resolve) => {
    const settle = (reply: ProbeReply) => {
      cancel();
      child.kill('SIGKILL');
      resolve(reply);
    };
    const refuse = (detail: string) => settle({ reply: 'refused', detail });
    const cancel = clock.after(limitMs, () => refuse(`no answer within ${limitMs / 1000} s`));
    const job = { library, scratch };
    const child = startThrowaway({
      program,
      job,
      replies: probeReply,
      onReply: settle,
      onEnd: refuse,
    });
  });
}

const keptSchema = z.strictObject({ of: z.string(), reply: probeReply });

/** Of one build, so the largest, CUDA's, need not be read. */
const fingerprinted = [
  'libonnxruntime_providers_tensorrt.so',
  'libonnxruntime_providers_shared.so',
];

/** Changes when the machine is started again or the libraries are others: a driver changes only with a boot. */
function fingerprint({ library, files }: ProbeOptions): string {
  const hash = createHash('sha256').update(files.readText('/proc/sys/kernel/random/boot_id'));
  const beside = fingerprinted.map((name) => join(dirname(library), name));
  for (const path of [library, ...beside])
    hash.update(path).update(files.exists(path) ? files.readBytes(path) : 'missing');
  return hash.digest('hex');
}

function readKept(files: Files, path: string, of: string): Probe | undefined {
  try {
    const kept = keptSchema.parse(JSON.parse(files.readText(path)));
    return kept.of === of ? toProbe(kept.reply) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Finds out whether TensorRT works here, by using it in a process of its own. Tried once for each boot and libraries
 * where it works, and at every start where it does not: what was missing may be there now. Never rejects: what fails is
 * said in `because`, and the processor serves.
 */
export async function probeAccelerator(options: ProbeOptions): Promise<Probe> {
  const { files, folder } = options;
  const [path, scratch] = [join(folder, 'probe.json'), join(folder, 'probe')];
  const of = fingerprint(options);
  const kept = readKept(files, path, of);
  if (kept) return kept;
  files.makeFolder(scratch);
  const reply = await tryInProcess(options, scratch);
  files.removeFolder(scratch);
  if (reply.reply === 'works') files.replace(path, canonicalJson({ of, reply }));
  return toProbe(reply);
}
