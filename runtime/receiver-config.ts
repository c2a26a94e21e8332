import { z } from 'zod';
import { aeTitle, file, port, restart, seconds } from './config-value.ts';
import { passcodeHashForm } from './dicom/passcode.ts';
import { findSopClassUid } from './dicom/sop-class.ts';
import { findTransferSyntaxUid } from './dicom/transfer-syntax.ts';

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'an IPv4 or IPv6 address or CIDR block, such as "10.1.2.0/24"',
});
const sopClass = z.string().refine((text) => findSopClassUid(text) !== undefined, {
  error: 'a UID, or the name of a SOP class as PS3.6 has it, such as "CT Image Storage"',
});
const transferSyntax = z.string().refine((text) => findTransferSyntaxUid(text) !== undefined, {
  error: 'a UID, or a name as PS3.6 has it, such as "JPEG 2000 Lossless"',
});

const user = z.strictObject({
  name: z.string().min(1).max(64).meta(restart('The username that the caller must state.')),
  passcodeHash: z
    .string()
    .regex(passcodeHashForm, { error: 'a line that `npm run passcode` has printed' })
    .meta(restart('Hash of its passcode, as `npm run passcode` prints it.')),
});

const caller = z.strictObject({
  aeTitle: aeTitle.meta(restart('AE title of the caller.')),
  networks: z
    .array(network)
    .min(1)
    .meta(restart('Addresses and CIDR blocks it calls from, IPv4 and IPv6.')),
  calledAeTitle: aeTitle
    .optional()
    .meta(restart('AE title it calls, where that is another than `receiver.aeTitle`.')),
  sopClasses: z
    .array(sopClass)
    .min(1)
    .optional()
    .meta(restart('SOP classes it may use besides Verification, by name or UID; else all.')),
  transferSyntaxes: z
    .array(transferSyntax)
    .min(1)
    .optional()
    .meta(restart('Transfer syntaxes it may store in, by name or UID; else all.')),
  maxAssociations: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .meta(
      restart('Associations it may have open; else as `receiver.maxAssociationsPerAeTitle` says.'),
    ),
  priority: z.boolean().default(false).meta(restart('Keep one association free for it.')),
  certificateName: z
    .string()
    .min(1)
    .optional()
    .meta(restart('Common name or DNS name that its certificate must bear: it must come by TLS.')),
  user: user.optional().meta(restart('User identity that it must prove.')),
});

const tls = z.strictObject({
  port: port.default(2762).meta(restart('TCP port for DICOM over TLS; 0 picks a free one.')),
  certificateFile: file.meta(restart('Own certificate with its chain, PEM.')),
  keyFile: file.meta(restart('Private key of the certificate, PEM, without a passphrase.')),
  authorityFile: file.meta(restart('Certificates of the authorities that sign callers, PEM.')),
  mutual: z
    .boolean()
    .default(true)
    .meta(restart('Refuse callers without a certificate of those authorities.')),
  minVersion: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .meta(restart('Oldest version of TLS that is spoken.')),
});

/** How to reach a destination over TLS. */
export const destinationTls = z
  .strictObject({
    authorityFile: file.meta(restart('Certificates of the authorities that sign the peer’s, PEM.')),
    certificateFile: file
      .optional()
      .meta(restart('Own certificate with its chain, PEM, for a peer that asks for one.')),
    keyFile: file.optional().meta(restart('Private key of that certificate, PEM.')),
    serverName: z
      .string()
      .min(1)
      .optional()
      .meta(restart('Name that the peer’s certificate must bear, where that is not its `host`.')),
  })
  .refine((own) => (own.certificateFile === undefined) === (own.keyFile === undefined), {
    error: 'certificateFile and keyFile together or neither',
  });

const commitmentPeer = z.strictObject({
  aeTitle: aeTitle.meta(restart('AE title with which the scanner calls.')),
  host: z.string().min(1).meta(restart('Host name or address that takes the report.')),
  port: port.min(1).meta(restart('TCP port that takes the report.')),
  tls: destinationTls.optional().meta(restart('DICOM over TLS towards the scanner.')),
});

/** The keys `receiver.*`. */
export const receiver = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta(restart('Address to listen on. The default reaches this machine alone.')),
    port: port
      .default(11112)
      .meta(restart('TCP port for scanners and for commitment reports; 0 picks a free one.')),
    plain: z
      .boolean()
      .default(true)
      .meta(
        restart(
          'Whether `receiver.port` is open, for DICOM without TLS. Without it `receiver.tls` is needed.',
        ),
      ),
    tls: tls
      .optional()
      .meta(restart('DICOM over TLS, on a port of its own (docs/security/hardening.md).')),
    aeTitle: aeTitle
      .default('SCANSIDE')
      .meta(restart('Own AE title, for scanners and towards the PACS.')),
    acceptAnyCalledAeTitle: z
      .boolean()
      .default(false)
      .meta(restart('Accept associations that call another AE title than ours.')),
    callers: z
      .array(caller)
      .default([])
      .meta(
        restart(
          'Who may open associations, a PACS that reports storage commitment included; with none, anyone.',
        ),
      ),
    maxPduLength: z
      .int()
      .min(4096)
      .max(1_048_576)
      .default(131_072)
      .meta(restart('Largest PDU accepted, in bytes.')),
    maxInstanceBytes: z
      .int()
      .min(1_048_576)
      .max(1_099_511_627_776)
      .default(4_294_967_296)
      .meta(restart('Largest instance kept; a larger one is refused as out of resources.')),
    maxAssociations: z
      .int()
      .min(1)
      .max(1000)
      .default(32)
      .meta(restart('Associations open at the same time.')),
    maxAssociationsPerAddress: z
      .int()
      .min(1)
      .max(1000)
      .default(16)
      .meta(restart('The same from one address.')),
    maxAssociationsPerAeTitle: z
      .int()
      .min(1)
      .max(1000)
      .default(16)
      .meta(restart('The same for one calling AE title.')),
    artimSeconds: seconds
      .default(30)
      .meta(
        restart('How long a peer may take for its TLS handshake and for its association request.'),
      ),
    idleSeconds: seconds
      .default(120)
      .meta(restart('Silence after which an association is aborted; also the longest PDU.')),
    minBytesPerSecond: z
      .int()
      .min(0)
      .max(1_048_576)
      .default(1024)
      .meta(restart('A peer that sends a message more slowly than this is aborted.')),
    rateWindowSeconds: seconds
      .default(30)
      .meta(restart('Time over which `receiver.minBytesPerSecond` is measured.')),
    commitment: z
      .array(commitmentPeer)
      .refine((all) => new Set(all.map((peer) => peer.aeTitle)).size === all.length, {
        error: 'every AE title once',
      })
      .default([])
      .meta(
        restart(
          'Scanners that may ask this device for storage commitment, and where each takes the report. With none the service is not offered.',
        ),
      ),
    mpps: z
      .boolean()
      .default(false)
      .meta(
        restart(
          'Take Modality Performed Procedure Steps: a study whose step is in progress waits, one whose step is completed does not.',
        ),
      ),
    duplicatePolicy: z
      .enum(['keep-first', 'use-latest', 'quarantine'])
      .default('keep-first')
      .meta(
        restart(
          'Which of different images under one SOP Instance UID counts; all are kept. `quarantine`: none, and their study gets no result.',
        ),
      ),
  })
  .refine((own) => own.plain || own.tls !== undefined, {
    error: 'a port to listen on: plain, tls or both',
  });

export type ReceiverConfiguration = z.infer<typeof receiver>;
