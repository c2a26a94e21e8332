import { join } from 'node:path';
import { z } from 'zod';
import type { Files } from '../device/files.ts';
import { type ImageFacts, wrapJpeg, type WrappedImage } from '../runtime/dicom/image-writer.ts';

const folder = join(import.meta.dirname, 'radiographs');

const listSchema = z.object({
  radiographs: z.array(
    z.object({
      file: z.string(),
      population: z.enum(['child', 'adult-like']),
      opacity: z.enum(['none', 'one', 'two']),
    }),
  ),
});

export type Radiograph = z.infer<typeof listSchema>['radiographs'][number];

/** The synthetic radiographs that come with the project. */
export function listRadiographs(files: Files): Radiograph[] {
  return listSchema.parse(JSON.parse(files.readText(join(folder, 'radiographs.json')))).radiographs;
}

/** Millimetres between the pixels of a picture of a child's chest, 224 of them on a side. */
const pixelSpacing = 1.1;

/** One of them as a DX object, its JPEG as it lies on the disk. */
export function makeRadiograph(
  files: Files,
  { file }: Radiograph,
  facts: Omit<ImageFacts, 'source' | 'pixelSpacing' | 'burnedInAnnotation'>,
): WrappedImage {
  return wrapJpeg(files.readBytes(join(folder, file)), {
    source: 'scanside demo',
    pixelSpacing,
    burnedInAnnotation: 'NO',
    ...facts,
  });
}
