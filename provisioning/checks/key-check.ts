import type { KeyLevel } from '../../device/root-key.ts';
import { type Check, pass, type Verdict, warn } from './verdict.ts';

/** What it means how the root key is kept: L0 in a file, L1 sealed in the TPM. */
export function judgeKeyLevel(level: KeyLevel): Verdict {
  if (level === 'tpm') return pass({ level: 'L1 (TPM)' });
  return warn('KEY_IN_FILE', 'no TPM holds it', { level: 'L0 (file)' });
}

/** `open` makes the key where there is none. */
export function keyCheck(open: () => KeyLevel): Check {
  return {
    name: 'root-key',
    title: 'Root key of the device',
    run: () => Promise.resolve(judgeKeyLevel(open())),
  };
}
