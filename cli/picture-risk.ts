import { ScansideError } from '../device/errors.ts';
import type { DataSet } from '../runtime/dicom/data-set.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { allStrings, firstInteger, firstString } from '../runtime/dicom/value.ts';

const recognizableVisualFeatures = 0x0028_0302;

/** Secondary Capture, ultrasound and visible light: screens and photographs, in which names are often written. */
const oftenNamed = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(3|6|7|77\.1)(\.|$)/;
/** Projection radiography: a name on the film happens. */
const sometimesNamed = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(1|12)(\.|$)/;

/**
 * Throws IMAGE_REFUSED where the picture itself names, or may well name, the patient. `checked`: somebody has looked at
 * the pictures of objects that do not say. Returns what somebody should look at all the same.
 */
export function refuseUnsafePicture(
  dataSet: DataSet,
  sopClassUid: string,
  checked: boolean,
): string[] {
  const named = firstString(dataSet, tags.BurnedInAnnotation);
  if (named === 'YES')
    throw refused('Burned In Annotation is YES: clean the picture, set it to NO, and try again');
  if (hasEmbeddedOverlay(dataSet))
    throw refused('an overlay lies in the unused bits of its pixel data; it may be writing');
  const unstated = named !== 'NO' && !checked;
  if (unstated && (oftenNamed.test(sopClassUid) || isScreen(dataSet)))
    throw refused(
      'it does not say whether the patient is named in the picture, as pictures of its kind often do: look at it, then ' +
        'use --pictures-checked',
    );
  const warnings = [
    unstated &&
      sometimesNamed.test(sopClassUid) &&
      'nobody has said whether the picture names the patient',
    firstString(dataSet, recognizableVisualFeatures) === 'YES' && 'a face may be recognized in it',
  ];
  return warnings.filter((warning) => warning !== false);
}

/** A picture of a screen, such as a dose report. */
function isScreen(dataSet: DataSet): boolean {
  return allStrings(dataSet, tags.ImageType).some((term) => /SCREEN|REPORT|PROTOCOL/.test(term));
}

/** Overlays whose bits are kept in the pixel data (retired): Overlay Bits Allocated is not 1, or no Overlay Data. */
function hasEmbeddedOverlay(dataSet: DataSet): boolean {
  const groups = new Set([...dataSet.elements.keys()].map((tag) => tag >>> 16));
  return [...groups].some((group) => {
    if (group < 0x6000 || group > 0x60ff || group % 2 === 1) return false;
    const element = (number: number): number => ((group << 16) | number) >>> 0;
    const rows = dataSet.elements.has(element(0x0010));
    const bits = firstInteger(dataSet, element(0x0100));
    return rows && ((bits ?? 1) !== 1 || !dataSet.elements.has(element(0x3000)));
  });
}

function refused(why: string): ScansideError {
  return new ScansideError('IMAGE_REFUSED', why);
}
