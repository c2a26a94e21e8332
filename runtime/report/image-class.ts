const storageArc = '1.2.840.10008.5.1.4.1.1.';

/** SOP classes under the storage arc whose instances are images (PS3.4 B.5), as an IMAGE content item needs. */
const images =
  /^(1(\..+)?|2(\..+)?|3(\.1)?|4(\.[134])?|5|6(\..+)?|7(\..+)?|1[234]\..+|20|30|77\.1\.(?!5\.3$).+|128(\.1)?|130|481\.1|501\..+|601\..+)$/;

/** Whether instances of a Storage SOP class are images: not reports, presentation states, waveforms, segmentations. */
export function isImageClass(sopClassUid: string): boolean {
  return sopClassUid.startsWith(storageArc) && images.test(sopClassUid.slice(storageArc.length));
}
