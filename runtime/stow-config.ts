import { z } from 'zod';
import { restart, seconds } from './config-value.ts';
import { destinationName, destinationRule, reportForm } from './destination-config.ts';
import { httpAccess, httpAddress, protectsToken } from './http-config.ts';

/** A destination that takes objects by DICOMweb: one of `destinations`, told apart by `protocol` (docs/dicomweb.md). */
export const stowDestination = z
  .strictObject({
    protocol: z
      .literal('stow')
      .meta(restart('DICOM objects go to the archive by DICOMweb: STOW-RS, proved by QIDO-RS.')),
    name: destinationName,
    url: httpAddress.meta(
      restart('DICOMweb service of the archive; `/studies` is appended, where objects are posted.'),
    ),
    ...httpAccess,
    verify: z
      .enum(['query', 'none'])
      .default('query')
      .meta(
        restart(
          'What proves a delivery: `query` searches the archive for every object that it took. With `none` its word is the last proof that exists.',
        ),
      ),
    commitmentWaitSeconds: seconds
      .default(60)
      .meta(
        restart(
          'How long to wait before an object is looked for again that was not found at once.',
        ),
      ),
    form: reportForm,
    ...destinationRule(['report', 'key-objects', 'measurements', 'segmentation', 'heatmap']),
  })
  .refine(protectsToken, { error: 'an https address, because a token is sent', path: ['url'] });

export type StowDestinationConfiguration = z.infer<typeof stowDestination>;
