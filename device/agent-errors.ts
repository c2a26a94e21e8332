import type { ErrorEntry } from './error-entry.ts';

/** What can go wrong while a device installs an update. */
export const agentErrors = {
  UPDATE_INTERRUPTED: {
    kind: 'world',
    means: 'the device was started again too often in the midst of one step of an update',
    remedy:
      'The model that ran before runs on. Look for what ends the device (power, memory, heat), then assign again.',
  },
  UPDATE_DISK_FAILED: {
    kind: 'world',
    means: 'the disk did not take an update',
    remedy: 'The model that runs was not touched. Look at the disk’s health, then assign again.',
  },
  UPDATE_MODEL_REFUSED: {
    kind: 'world',
    means: 'a model that was fetched does not pass on this device',
    remedy:
      'It was not put in service. Send the message to whoever made the model; other devices of this kind will refuse it too.',
  },
  UPDATE_MODEL_UNWANTED: {
    kind: 'caller',
    means: 'an assignment names a model that this device is not configured to run',
    remedy:
      'Enable it in `models.enabled` without a version, or assign to the devices that run it.',
  },
  UPDATE_SHADOW_FAILED: {
    kind: 'world',
    means: 'a new model did not hold beside the one that answers',
    remedy: 'It was not put in service. Look at the figures in the report before assigning again.',
  },
  UPDATE_TRIAL_FAILED: {
    kind: 'world',
    means: 'a new model failed in its trial',
    remedy:
      'The model before it answers again, by itself. Stop the rollout and send the message to whoever made the model.',
  },
  UPDATE_TOO_LATE: {
    kind: 'world',
    means: 'an update was not in service when its time was over',
    remedy: 'Nothing was changed. See in the reports what it waited for, then assign again.',
  },
} as const satisfies Record<string, ErrorEntry>;
