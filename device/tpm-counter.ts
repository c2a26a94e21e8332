import process from 'node:process';
import { kernelTpm, type Tools, TpmFailure, withTools } from './tpm.ts';

/** A number that only grows, whatever is done to the disk. */
export interface HardwareCounter {
  /** Undefined where it was not made yet. Throws TPM_UNAVAILABLE. */
  read(): number | undefined;
  /** Makes it, with a value that no counter of this TPM has had. Throws TPM_UNAVAILABLE. */
  make(): void;
  /** Adds one. Throws TPM_UNAVAILABLE. */
  increment(): void;
}

/** Ours among the indices of the owner (TCG Registry of Reserved TPM 2.0 Handles, 2.2.2). */
const index = '0x1500016';
const attributes = 'ownerread|ownerwrite|nt=counter';
/** No such index (TPM 2.0 Part 2, 6.6.3, TPM_RC_HANDLE). */
const noHandle = 0x8b;

/** A counter in the memory of the TPM (TPM 2.0 Part 1, 37.2.5). `tcti`: how to reach it. */
export function openTpmCounter(tcti = process.env['TPM2TOOLS_TCTI'] ?? kernelTpm): HardwareCounter {
  const increment = (tools: Tools) => void tools.run('nvincrement', `-C o ${index}`);
  return {
    read: () => withTools(tcti, read),
    make: () =>
      withTools(tcti, (tools) => {
        tools.run('nvdefine', `${index} -C o -a ${attributes}`);
        // Before it cannot be read.
        increment(tools);
      }),
    increment: () => withTools(tcti, increment),
  };
}

function read(tools: Tools): number | undefined {
  try {
    tools.run('nvreadpublic', index);
  } catch (error) {
    if (error instanceof TpmFailure && error.response === noHandle) return undefined;
    throw error;
  }
  return Number(tools.run('nvread', `-C o ${index}`).readBigUInt64BE());
}
