import { mkdirSync } from 'node:fs';
import { openTpm, type Tpm } from '../../device/tpm.ts';
import { freePort } from '../outside.ts';
import { isListening, type Running, startProgram } from './process.ts';

/** A TPM in software, whose state lies in a folder. */
export interface SoftwareTpm {
  tpm: Tpm;
  tcti: string;
  stop(): Promise<void>;
}

/** Starts the TPM of a machine; the folder of its state must be absolute, or swtpm begins in failure mode. */
export async function startSoftwareTpm(state: string): Promise<SoftwareTpm> {
  mkdirSync(state, { recursive: true });
  const [port, program] = await serve(state);
  const tcti = `swtpm:host=127.0.0.1,port=${port}`;
  return { tpm: openTpm(tcti), tcti, stop: () => program.stop() };
}

/** The library finds the control channel on the port behind the server's, which must be free too. */
async function serve(state: string, attempts = 8): Promise<[number, Running]> {
  const port = await freePort();
  const args = ['socket', '--tpm2', '--tpmstate', `dir=${state}`];
  args.push('--ctrl', `type=tcp,port=${port + 1}`, '--server', `type=tcp,port=${port}`);
  args.push('--flags', 'not-need-init,startup-clear');
  try {
    return [port, await startProgram('swtpm', args, () => isListening(port + 1))];
  } catch (error) {
    if (attempts === 1) throw error;
    return serve(state, attempts - 1);
  }
}
