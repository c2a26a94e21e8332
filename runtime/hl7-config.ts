import { z } from 'zod';
import { port, restart, seconds } from './config-value.ts';
import { destinationName, destinationRule } from './destination-config.ts';
import { destinationTls } from './receiver-config.ts';

const { results, models } = destinationRule(['report']);

/** HD (HL7 v2.5.1 2.A.36): a name, which alone has at most 20 characters, or with a universal identifier and its type. */
const designator = z
  .string()
  .regex(/^[^|^~\\&\p{Cc}]{0,20}(\^[^|^~\\&\p{Cc}]{1,199}\^[A-Z]{1,6})?$/u, {
    error: 'a name of at most 20 characters, or NAME^IDENTIFIER^TYPE such as "RIS^1.2.3^ISO"',
  });

/** A destination that is told results as HL7 v2 messages (docs/hl7.md). */
export const hl7Destination = z.strictObject({
  protocol: z
    .literal('hl7')
    .meta(restart('An HL7 v2.5.1 ORU^R01 message for each result, over MLLP.')),
  name: destinationName,
  host: z.string().min(1).meta(restart('Host name or address of the RIS or interface engine.')),
  port: port.min(1).meta(restart('TCP port of its MLLP listener; 2575 is the registered one.')),
  sendingApplication: designator
    .default('SCANSIDE')
    .meta(restart('What MSH-3 says: this device’s application, as the receiver knows it.')),
  sendingFacility: designator
    .default('')
    .meta(restart('What MSH-4 says: the facility that this device belongs to.')),
  receivingApplication: designator
    .default('')
    .meta(restart('What MSH-5 says: the application that takes the messages.')),
  receivingFacility: designator
    .default('')
    .meta(restart('What MSH-6 says: the facility of that application.')),
  processingId: z
    .enum(['P', 'T', 'D'])
    .default('P')
    .meta(restart('What MSH-11 says: production, training or debugging.')),
  answerSeconds: seconds
    .default(30)
    .meta(restart('How long an acknowledgement may take before the message is sent again.')),
  tls: destinationTls.optional().meta(restart('MLLP over TLS, towards that listener.')),
  results,
  models,
});

export type Hl7DestinationConfiguration = z.infer<typeof hl7Destination>;
