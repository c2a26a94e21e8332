import { freePort } from '../outside.ts';
import { isListening, type Running, startProgram } from './process.ts';

/**
 * A TPM in software, whose state lies in a folder with an absolute path, and its port.
 * The library finds the control channel on the port behind the server's, which must be free too.
 */
export async function startSoftwareTpm(state: string, attempts = 8): Promise<[number, Running]> {
  const port = await freePort();
  const args = ['socket', '--tpm2', '--tpmstate', `dir=${state}`];
  args.push('--ctrl', `type=tcp,port=${port + 1}`, '--server', `type=tcp,port=${port}`);
  args.push('--flags', 'not-need-init,startup-clear');
  try {
    return [port, await startProgram('swtpm', args, () => isListening(port + 1))];
  } catch (error) {
    if (attempts === 1) throw error;
    return startSoftwareTpm(state, attempts - 1);
  }
}
