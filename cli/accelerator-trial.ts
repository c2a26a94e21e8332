import { join } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import type { AcceleratorFinding } from '../provisioning/checks/machine-check.ts';
import type { Configuration } from '../runtime/config.ts';
import { probeAccelerator } from '../runtime/inference/tensorrt/probe.ts';
import { programFolder } from '../runtime/service.ts';
import { Surroundings } from '../runtime/surroundings.ts';

/** Tries TensorRT in a process of its own, as the appliance does at its start. */
export async function findAccelerator(
  { inference, dataFolder }: Configuration,
  files: Files,
  clock: Clock,
): Promise<AcceleratorFinding> {
  const { library, accelerator } = new Surroundings(files, programFolder).settle(inference);
  if (accelerator === 'none')
    return { provider: 'cpu', because: '`inference.accelerator` is none' };
  if (library === undefined)
    return { provider: 'cpu', because: 'there is no ONNX Runtime library with TensorRT' };
  return probeAccelerator({ library, folder: join(dataFolder, 'accelerator'), files, clock });
}
