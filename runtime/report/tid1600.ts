import type { Code } from '../../models/manifest.ts';
import { dcm } from './code.ts';
import { type ContentItem, codeItem, containerItem, imageItem } from './content.ts';
import { modalityCode } from './modality.ts';
import type { SourceInstance } from './request.ts';

/** TID 1600 Image Library (PS3.16): all images of the result, a group for each modality. */
export function imageLibrary(images: SourceInstance[]): ContentItem {
  const groups = Map.groupBy(images, ({ modality }) => modalityCode(modality));
  const children = Array.from(groups, ([modality, members]) => libraryGroup(modality, members));
  return containerItem('CONTAINS', dcm('111028', 'Image Library'), children);
}

/** A modality that CID 29 does not have is left out, as TID 1602 lets one do. */
function libraryGroup(modality: Code | undefined, images: SourceInstance[]): ContentItem {
  const name = dcm('121139', 'Modality');
  return containerItem('CONTAINS', dcm('126200', 'Image Library Group'), [
    ...(modality ? [codeItem('HAS ACQ CONTEXT', name, modality)] : []),
    ...images.map((image) => imageItem('CONTAINS', undefined, image)),
  ]);
}
