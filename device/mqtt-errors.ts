import type { ErrorEntry } from './error-entry.ts';

/** What can go wrong between a device and its broker. */
export const mqttErrors = {
  MQTT_MESSAGE_MALFORMED: {
    kind: 'world',
    means: 'a message from the broker is not as docs/mqtt.md says',
    remedy: 'It is ignored. Check the version of who sends it.',
  },
} as const satisfies Record<string, ErrorEntry>;
