import type { ErrorEntry } from './error-entry.ts';

/** What can go wrong with the keys that seal what lies on the disk. */
export const keyErrors = {
  KEY_EXPOSED: {
    kind: 'caller',
    means: 'others than its owner may read or write the file of the device’s root key',
    remedy:
      'Find out who had access. If nobody, set its mode to 600; otherwise erase what it protects. Nothing was started.',
  },
  ROOT_KEY_MISSING: {
    kind: 'caller',
    means: 'the device’s root key is not there, although data on this disk are sealed with it',
    remedy:
      'Mount or restore keys/ in the data folder. To give up what is sealed, move the spool away. Nothing was started.',
  },
  ROOT_KEY_CHANGING: {
    kind: 'caller',
    means: 'a change of the device’s root key was begun and cut off',
    remedy:
      'Run `scanside keys rotate` again: it goes on where it was cut off. Nothing was started, and nothing is lost.',
  },
  TPM_UNAVAILABLE: {
    kind: 'world',
    means: 'the TPM that holds the device’s root key cannot be asked',
    remedy:
      'Install tpm2-tools, check that /dev/tpmrm0 is there and that this user may open it (group tss). Nothing was started.',
  },
  TPM_STATE_CHANGED: {
    kind: 'world',
    means: 'firmware or secure boot are not as they were when the root key was sealed in the TPM',
    remedy:
      'If nobody has updated the firmware, treat the machine as tampered with. If somebody has, put back the copy of keys/device.key and seal it again with `scanside keys seal`.',
  },
  TPM_CLEARED: {
    kind: 'world',
    means: 'the TPM was cleared after the root key was sealed in it',
    remedy:
      'Find out who cleared it. Put back the copy of keys/device.key and seal it again; without one, what is sealed is lost.',
  },
  TPM_OTHER: {
    kind: 'world',
    means: 'the root key was sealed in the TPM of another machine',
    remedy:
      'Put the disk back into its machine, or put back the copy of keys/device.key and seal it here.',
  },
  KEY_UNUSABLE: {
    kind: 'world',
    means: 'a key is damaged, or was made with another device’s root key',
    remedy:
      'Put back the data folder’s keys/ that belong to this spool; what they protect is lost otherwise.',
  },
  KEY_MISSING: {
    kind: 'world',
    means: 'the key of stored images or results is gone',
    remedy:
      'They cannot be read again. If nobody has erased the study, send it again from the scanner.',
  },
  SEAL_BROKEN: {
    kind: 'world',
    means: 'encrypted data are not as they were written',
    remedy:
      'Check the disk’s health and who had access to it, then send the study again from the scanner.',
  },
} as const satisfies Record<string, ErrorEntry>;
