import { z } from 'zod';
import { restart } from './config-value.ts';
import { objectKinds } from './spool/outgoing-object.ts';

/** What every kind of destination is called by. */
export const destinationName = z
  .string()
  .min(1)
  .max(32)
  .meta(restart('What logs and the panel call this destination.'));

/** As what a destination that speaks DICOM has reports. */
export const reportForm = z
  .enum(['auto', 'comprehensive-3d', 'comprehensive', 'enhanced', 'secondary-capture'])
  .default('auto')
  .meta(
    restart(
      'What the PACS is sent as a report: Comprehensive 3D SR, Comprehensive SR or Enhanced SR, which say the same, or a Secondary Capture, which shows it as a picture of text for a PACS that keeps only images. `auto` offers all four and takes the first of them that the PACS accepts.',
    ),
  );

const sopKinds = objectKinds.filter((kind) => kind !== 'message');

/** The keys of a destination that choose what it is sent. `objects`: the kinds without a choice of the site. */
export function destinationRule(objects: typeof sopKinds) {
  return {
    objects: z
      .array(z.enum(sopKinds))
      .min(1)
      .default(objects)
      .meta(
        restart(
          'What is sent: `report` (the result), `key-objects` (flagged slices), `measurements` and `segmentation` (of models with masks), `heatmap` (Secondary Capture), `presentation-state` (boxes), `parametric-map`. Only what the presentation profile of a model allows is ever made.',
        ),
      ),
    results: z
      .enum(['all', 'flagged'])
      .default('all')
      .meta(
        restart(
          'Of which results. With `flagged` a destination is silent about exams without a flag and about exams that were not analysed: nobody there may take silence for an answer.',
        ),
      ),
    models: z
      .array(z.string())
      .default([])
      .meta(restart('Of which bundles, by name; with none, of all and of the device itself.')),
  };
}
