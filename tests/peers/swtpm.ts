import { freePort } from '../outside.ts';
import { isListening, type Running, startProgram } from './process.ts';

/** A TPM in software. */
export interface SoftwareTpm {
  /** How tpm2-tools reach it (TPM2TOOLS_TCTI). */
  tcti: string;
  stop(): Promise<void>;
}

/** Starts a TPM whose state lies in a folder; its path must be absolute, or swtpm begins in failure mode. */
export async function startTpm(state: string): Promise<SoftwareTpm> {
  const [port, program] = await serve(state);
  return { tcti: `swtpm:host=127.0.0.1,port=${port}`, stop: () => program.stop() };
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
