import { z } from 'zod';
import { destinationRule } from './destination-config.ts';
import { file, restart, seconds } from './config-value.ts';

const { results, models } = destinationRule(['report']);

const systemUri = z.string().regex(/^([a-z][a-z0-9+.-]*:)[^\s|]+$/i, {
  error: 'a URI such as urn:oid:1.2.3 or https://hospital.example/patients, without a space or |',
});

const tls = z
  .strictObject({
    authorityFile: file
      .optional()
      .meta(
        restart('PEM file of whoever signs its certificate; without one the usual authorities.'),
      ),
    certificateFile: file
      .optional()
      .meta(restart('PEM file of our own certificate, where the server asks for one.')),
    keyFile: file.optional().meta(restart('PEM file of its private key, without a passphrase.')),
    serverName: z
      .string()
      .min(1)
      .optional()
      .meta(restart('The name that its certificate bears, where that is not the host of the URL.')),
  })
  .refine((keys) => (keys.certificateFile === undefined) === (keys.keyFile === undefined), {
    error: 'certificateFile and keyFile together, or neither',
  });

/** A destination that takes results as FHIR R4 resources: one of `destinations`, told apart by `protocol`. */
export const fhirDestination = z
  .strictObject({
    protocol: z.literal('fhir').meta(restart('Results go as FHIR R4 resources.')),
    name: z.string().min(1).max(32).meta(restart('What logs and the panel call this destination.')),
    url: z
      .url({ protocol: /^https?$/, error: 'a URL that begins with http:// or https://' })
      .meta(restart('Base address of the FHIR server; transactions are posted to it.')),
    tokenFile: file
      .optional()
      .meta(
        restart(
          'File with the token that is sent as `Authorization: Bearer`. It is read again for every request.',
        ),
      ),
    tls: tls.optional().meta(restart('Certificates, for an address with https.')),
    timeoutSeconds: seconds
      .default(30)
      .meta(restart('Longest time of a request, from connecting to the end of the answer.')),
    patientSystem: systemUri
      .optional()
      .meta(
        restart(
          'URI under which the server knows Patient IDs (0010,0020) of images that name no issuer.',
        ),
      ),
    patientSystems: z
      .record(z.string().min(1), systemUri)
      .default({})
      .meta(
        restart(
          'The same for images that name one, by Issuer of Patient ID (0010,0021). An issuer that is missing here gives an identifier without system, which no server can take for another patient’s.',
        ),
      ),
    accessionSystem: systemUri
      .optional()
      .meta(restart('URI under which the server knows Accession Numbers (0008,0050).')),
    results,
    models,
  })
  .refine(({ url, tokenFile }) => tokenFile === undefined || isProtected(url), {
    error: 'an https address, because a token is sent',
    path: ['url'],
  });

export type FhirDestinationConfiguration = z.infer<typeof fhirDestination>;

function isProtected(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname ?? '');
}
