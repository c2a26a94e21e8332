import { z } from 'zod';
import { file, restart } from './config-value.ts';

/** Both sides show a certificate (RFC 5425 5): what an audit log says of patients goes to nobody else. */
const mutualTls = z.strictObject({
  authorityFile: file.meta(restart('Certificates of the authorities that sign the server’s, PEM.')),
  certificateFile: file.meta(restart('Own certificate with its chain, PEM.')),
  keyFile: file.meta(restart('Private key of that certificate, PEM.')),
  serverName: z
    .string()
    .min(1)
    .optional()
    .meta(restart('Name that the server’s certificate must bear, where that is not its host.')),
});

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,15}$/, 'up to 16 small letters, digits and hyphens')
  .meta(restart('What the repository is called on the panel and in the log. Unique.'));
const tls = mutualTls.meta(restart('Certificates: both sides show one.'));

const forwarder = z.discriminatedUnion('protocol', [
  z.strictObject({
    protocol: z
      .literal('syslog')
      .meta(restart('DICOM audit messages to a syslog server over TLS (PS3.15 A.5, RFC 5425).')),
    name,
    host: z.string().min(1).meta(restart('Host name or address.')),
    port: z.int().min(1).max(65_535).default(6514).meta(restart('TCP port.')),
    tls,
  }),
  z.strictObject({
    protocol: z
      .literal('fhir')
      .meta(restart('AuditEvent resources to a FHIR R4 server (IHE RESTful ATNA ITI-20).')),
    name,
    url: z
      .url({ protocol: /^https$/, error: 'a URL that begins with https://' })
      .meta(restart('Base of the server.')),
    tls,
  }),
]);

/** A repository that the log is sent to. */
export type ForwarderConfiguration = z.infer<typeof forwarder>;

/** Section `audit` of the configuration. */
export const audit = z.strictObject({
  hospitalKeyFile: file
    .optional()
    .meta(
      restart(
        'PEM file with the hospital’s X25519 public key: only who holds the private one can read the audit log. Without it the device makes a pair of its own and keeps the private key sealed, and nobody but the device can read the log.',
      ),
    ),
  quotaMegabytes: z
    .int()
    .min(16)
    .max(65_536)
    .default(4096)
    .meta(restart('Megabytes of the disk that are kept for the audit log.')),
  forwarders: z
    .array(forwarder)
    .max(4)
    .default([])
    .refine((all) => new Set(all.map((each) => each.name)).size === all.length, {
      error: 'each name once',
    })
    .meta(
      restart(
        'Repositories that every record is sent to. What all of them have goes from the device after `keepDays`, or sooner where space is needed; without one nothing is ever removed.',
      ),
    ),
  keepDays: z
    .int()
    .min(1)
    .max(3660)
    .default(366)
    .meta(
      restart(
        'Days that delivered records are kept on the device where there is space; the EU AI Act asks for six months (Art. 19).',
      ),
    ),
  refuseWhenNearFull: z
    .boolean()
    .default(true)
    .meta(
      restart(
        'At 95 % of its quota images are refused with status A700, so that none is handled that could not be recorded. Off, the log fills and ends.',
      ),
    ),
});
