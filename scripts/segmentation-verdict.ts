/** What PixelMed's DicomInstanceValidator says of a Segmentation. */
export interface SegmentationVerdict {
  errors: string[];
  warnings: string[];
  /** Lines in which the validator itself is wrong, by why. */
  excused: { line: string; why: string }[];
  /** Whether its rules ran to their end: without both sentences its silence is no praise. */
  recognised: boolean;
}

/**
 * Where version 20220618 is wrong. Each pattern is one sentence about one attribute: whatever else it says of the
 * attribute counts.
 */
const mistakes: [pattern: RegExp, why: string][] = [
  [
    /^Warning: SOPCommonModule\/SpecificCharacterSet\/: SpecificCharacterSet\/value\[1\]: Unrecognized defined term :ISO_IR 192:$/,
    'does not know UTF-8 (PS3.3 C.12.1.1.2)',
  ],
  [
    /^Error: .*: Illegal character\(s\) '[\u00a0-\u{10ffff}]+' in value of (PN|LO|SH) VR - value is :/u,
    'takes every character beyond ASCII for illegal, whatever the character set (PS3.5 6.1)',
  ],
  [
    /^Error: GeneralSeriesModule\/Laterality\/: : Missing conditional attribute$/,
    'asks for Laterality of what is not said to be a paired structure (PS3.3 C.7.3.1), where dciodvfy forbids it',
  ],
  [
    /^Error: GeneralImageModule\/PatientOrientation\/: PatientOrientation: Incorrect value multiplicity - got 2 but expected 1-1$/,
    'allows Patient Orientation one value, not two (PS3.6)',
  ],
  [
    /^Error: DerivationImageMacro\/DerivationImageSequence\/: SharedFunctionalGroupsSequence\/Item\[1\]\/: Missing required sequence attribute \(Type 2\)$/,
    'asks for the derivation in shared and per-frame groups at once, which PS3.3 C.7.6.16 forbids',
  ],
];

/** Reads its output. */
export function readSegmentationVerdict(output: string): SegmentationVerdict {
  const lines = output.split('\n').filter((line) => /^(Error|Warning)/.test(line));
  const judged = lines.map((line) => ({
    line,
    why: mistakes.find(([pattern]) => pattern.test(line))?.[1],
  }));
  const counted = judged.filter(({ why }) => why === undefined).map(({ line }) => line);
  return {
    errors: counted.filter((line) => line.startsWith('Error')),
    warnings: counted.filter((line) => line.startsWith('Warning')),
    excused: judged.flatMap(({ line, why }) => (why === undefined ? [] : [{ line, why }])),
    recognised:
      output.includes('Found Segmentation IOD') && output.includes('IOD validation complete'),
  };
}

/** How the validator is started on one file: without these limits its rules fail on Java 17, and it exits 0 all the same. */
export const segmentationValidator: readonly string[] = [
  '-Djava.awt.headless=true',
  '-Dstdout.encoding=UTF-8',
  '-Dfile.encoding=UTF-8',
  '-Djdk.xml.xpathExprOpLimit=0',
  '-Djdk.xml.xpathTotalOpLimit=0',
  '-Djdk.xml.xpathExprGrpLimit=0',
  '-cp',
  '/usr/share/java/pixelmed.jar',
  'com.pixelmed.validate.DicomInstanceValidator',
];
