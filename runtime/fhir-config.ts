import { z } from 'zod';
import { restart } from './config-value.ts';
import { destinationName, destinationRule } from './destination-config.ts';
import { httpAccess, httpAddress, protectsToken } from './http-config.ts';

const { results, models } = destinationRule(['report']);

const systemUri = z.string().regex(/^([a-z][a-z0-9+.-]*:)[^\s|]+$/i, {
  error: 'a URI such as urn:oid:1.2.3 or https://hospital.example/patients, without a space or |',
});

/** A destination that takes results as FHIR R4 resources: one of `destinations`, told apart by `protocol`. */
export const fhirDestination = z
  .strictObject({
    protocol: z.literal('fhir').meta(restart('Results go as FHIR R4 resources.')),
    name: destinationName,
    url: httpAddress.meta(
      restart('Base address of the FHIR server; transactions are posted to it.'),
    ),
    ...httpAccess,
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
  .refine(protectsToken, { error: 'an https address, because a token is sent', path: ['url'] });

export type FhirDestinationConfiguration = z.infer<typeof fhirDestination>;
