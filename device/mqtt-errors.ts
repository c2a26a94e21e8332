import type { ErrorEntry } from './error-entry.ts';

/** What can go wrong between a device and its broker. */
export const mqttErrors = {
  MQTT_IDENTITY_UNUSABLE: {
    kind: 'caller',
    means: 'the device’s certificate for the broker names no device',
    remedy:
      'Its common name must be 1 to 64 of a-z, 0-9 and hyphens. Have a certificate issued for the device.',
  },
  MQTT_UNREACHABLE: {
    kind: 'world',
    means: 'the broker cannot be reached or ends the connection',
    remedy:
      'Check address, firewall and both certificates. It is tried again by itself; messages wait here.',
  },
  MQTT_REFUSED: {
    kind: 'world',
    means: 'the broker does not let this device say something',
    remedy: 'Compare the broker’s access rules with deploy/mosquitto/acl. The message waits here.',
  },
  MQTT_MESSAGE_MALFORMED: {
    kind: 'world',
    means: 'a message from the broker is not as docs/mqtt.md says',
    remedy: 'It is ignored. Check the version of who sends it.',
  },
  MQTT_COMMAND_REFUSED: {
    kind: 'world',
    means: 'a command has come in a way in which none may come',
    remedy:
      'Send it not retained, with correlation data and the device’s `up/reply` as response topic.',
  },
  MQTT_QUEUE_DAMAGED: {
    kind: 'world',
    means: 'the messages that waited for the broker cannot be read',
    remedy:
      'A new queue was begun, under another `stream`. Have the disk of the device checked; the audit log is not touched.',
  },
} as const satisfies Record<string, ErrorEntry>;
