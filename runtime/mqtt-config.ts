import { z } from 'zod';
import { file, restart } from './config-value.ts';

/** Section `mqtt` of the configuration: the broker of the fleet's side. Without it the device speaks to none. */
export const mqtt = z.strictObject({
  url: z
    .url({ protocol: /^mqtts$/, error: 'a URL that begins with mqtts://' })
    .meta(restart('The broker, such as `mqtts://fleet.example:8883`.')),
  authorityFile: file.meta(restart('Certificates of the authorities that sign the broker’s, PEM.')),
  certificateFile: file.meta(
    restart('Own certificate with its chain, PEM. Its common name is the device’s name.'),
  ),
  keyFile: file.meta(restart('Private key of that certificate, PEM.')),
  serverName: z
    .string()
    .min(1)
    .optional()
    .meta(restart('Name that the broker’s certificate must bear, where that is not its host.')),
  telemetrySeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .meta(restart('How often the device says how it stands.')),
  queueMegabytes: z
    .int()
    .min(1)
    .max(4096)
    .default(64)
    .meta(
      restart(
        'Megabytes from which messages that wait for the broker are thinned; reports of updates and checkpoints of the audit log never are.',
      ),
    ),
});

export type MqttConfiguration = z.infer<typeof mqtt>;
