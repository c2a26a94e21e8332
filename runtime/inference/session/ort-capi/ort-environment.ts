import koffi from 'koffi';
import type { OrtLibrary } from './ort-library.ts';

/** Failures come back as a status; of what is logged beside, errors alone matter: 2 is warning, 3 error, 4 fatal. */
export const logSeverity = 3;

/** OrtArenaAllocator is 1, OrtDeviceAllocator 0; OrtMemTypeDefault is 0. */
const [deviceAllocator, defaultMemory] = [0, 0];

/** What every session of a library needs once. */
export interface OrtEnvironment {
  readonly library: OrtLibrary;
  readonly env: bigint;
  /** The processor's memory, as a tensor's place. */
  readonly memory: bigint;
  readonly allocator: bigint;
}

export function openEnvironment(library: OrtLibrary): OrtEnvironment {
  const env = library.get('CreateEnv', logSeverity, 'scanside');
  library.check('DisableTelemetryEvents', env);
  return {
    library,
    env,
    memory: library.get('CreateCpuMemoryInfo', deviceAllocator, defaultMemory),
    allocator: library.get('GetAllocatorWithDefaultOptions'),
  };
}

export function closeEnvironment({ library, env, memory }: OrtEnvironment): void {
  library.call('ReleaseMemoryInfo', memory);
  library.call('ReleaseEnv', env);
}

/** A text that the library allocated, which is freed. */
export function takeText({ library, allocator }: OrtEnvironment, text: bigint): string {
  const copy: string = koffi.decode.string(text);
  library.check('AllocatorFree', allocator, text);
  return copy;
}
